import Anser from 'anser';

/** Hits of a line that are marked: no reader looks at more. */
const MARKED = 100;

/** A piece of a line, all of one look. */
export type Segment = { text: string; look: string; isHit: boolean };

/** Looks that the styles know; any other colour is that of the text. */
const colours = new Set(['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white']);

/** A line as pieces with their looks: text only, in which nothing steers a terminal any more. */
export function segmentsOf(text: string): Segment[] {
  return Anser.ansiToJson(withoutTitles(text), { json: true, use_classes: true, remove_empty: true }).map(
    ({ content, fg, bg, decorations }) => ({
      text: plain(content),
      look: [look(fg), bg === null ? '' : 'log-filled', ...decorations.filter(isShown).map((name) => `log-${name}`)]
        .filter((name) => name !== '')
        .join(' '),
      isHit: false,
    }),
  );
}

/** A line as text alone. */
export const plainText = (text: string): string =>
  segmentsOf(text)
    .map((segment) => segment.text)
    .join('');

/** The same pieces, with those apart that have what is looked for, whatever its case. */
export function withHits(segments: readonly Segment[], needle: string): Segment[] {
  const whole = segments.map(({ text }) => text).join('');
  const [lower, wanted] = [whole.toLowerCase(), needle.toLowerCase()];
  // A few characters are longer in lower case: then nothing is said about where the text is.
  if (wanted === '' || lower.length !== whole.length || !lower.includes(wanted)) return [...segments];
  const hits: { start: number; end: number }[] = [];
  for (
    let at = lower.indexOf(wanted);
    at !== -1 && hits.length < MARKED;
    at = lower.indexOf(wanted, at + wanted.length)
  ) {
    hits.push({ start: at, end: at + wanted.length });
  }
  let offset = 0;
  return segments.flatMap((segment) => {
    const [start, end] = [offset, offset + segment.text.length];
    offset = end;
    const cuts = hits.flatMap((hit) => [hit.start, hit.end]).filter((cut) => cut > start && cut < end);
    const borders = [start, ...cuts, end];
    return borders.slice(1).map((until, at) => {
      const from = borders[at] ?? start;
      const isHit = hits.some((hit) => from >= hit.start && until <= hit.end);
      return { ...segment, text: segment.text.slice(from - start, until - start), isHit };
    });
  });
}

/** `ansi-bright-red` as `log-red`; null and what is no name of a colour as nothing. */
function look(colour: string | null): string {
  const name = colour?.replace(/^ansi-(?:bright-)?/, '') ?? '';
  return colours.has(name) ? `log-${name}` : '';
}

const isShown = (name: string): boolean => ['bold', 'dim', 'italic', 'underline', 'strikethrough'].includes(name);

/** Without what sets a terminal's title or makes a link: it would stand in the text. */
const withoutTitles = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: such a sequence begins and ends with one.
  text.replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, '');

/** Control characters as pictures of them; those that change the direction of what follows as well, for they mislead. */
function plain(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced.
      .replace(/[\u0000-\u0008\u000a-\u001f]/g, (control) => String.fromCharCode(0x2400 + control.charCodeAt(0)))
      .replace(/[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
  );
}
