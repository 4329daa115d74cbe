/** How a text is set off. Colours are of the 16 of ANSI, and those that can be read on dark and on light. */
export type Style = {
  [Name in 'good' | 'bad' | 'odd' | 'busy' | 'strong']: (text: string) => string;
};

const sgr = (on: number, off: number) => (text: string) => (text === '' ? '' : `\x1b[${on}m${text}\x1b[${off}m`);

/** Green, red, magenta, cyan, bold. Yellow, blue and grey vanish on one ground or the other. */
export const colours: Style = {
  good: sgr(32, 39),
  bad: sgr(31, 39),
  odd: sgr(35, 39),
  busy: sgr(36, 39),
  strong: sgr(1, 22),
};

const same = (text: string) => text;

/** Without colours: for NO_COLOR, files and pipes. Each line says by a sign what a colour says. */
export const noColours: Style = { good: same, bad: same, odd: same, busy: same, strong: same };
