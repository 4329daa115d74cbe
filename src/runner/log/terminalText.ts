const ESCAPE = '\u001b';
const BELL = '\u0007';

/**
 * The lines that a terminal would show: colours dropped; what a carriage return or a cursor movement upwards (several
 * progress bars) lets be overwritten, overwritten. Takes time linear in the length of the text.
 */
export function terminalLines(text: string): string[] {
  const lines = [''];
  let row = 0;
  let atStart = true;
  for (const token of tokens(text)) {
    if (token === '\n') {
      row += 1;
      if (row === lines.length) lines.push('');
      atStart = true;
    } else if (token === '\r') {
      atStart = true;
    } else if (token.startsWith(ESCAPE)) {
      row = Math.max(0, row - rowsUp(token));
      if (token.endsWith('K') && atStart) lines[row] = '';
    } else {
      // A frame replaces the whole line: a shorter one is padded with blanks by programs that draw them.
      lines[row] = atStart ? token : `${lines[row]}${token}`;
      atStart = false;
    }
  }
  return lines.map((line) => line.trimEnd());
}

/** Line ends, escape sequences that move or erase, and the printable text between; other sequences are left out. */
function* tokens(text: string): Generator<string, void> {
  let printable = '';
  for (let at = 0; at < text.length; ) {
    const end = endOfControl(text, at);
    if (end === at) {
      const from = at;
      while (at < text.length && !isControl(text.charCodeAt(at))) at += 1;
      printable += text.slice(from, at);
      continue;
    }
    const control = text.slice(at, end);
    at = end;
    const isMove = control.startsWith(`${ESCAPE}[`) && (control.endsWith('A') || control.endsWith('K'));
    if (!isMove && control !== '\n' && control !== '\r') continue;
    if (printable !== '') yield printable;
    printable = '';
    yield control;
  }
  if (printable !== '') yield printable;
}

/** Where the control character or escape sequence at `at` ends; `at` itself when there is none. */
function endOfControl(text: string, at: number): number {
  if (!isControl(text.charCodeAt(at))) return at;
  if (text[at] !== ESCAPE) return at + 1;
  const kind = text[at + 1];
  if (kind === '[') return endOfParameters(text, at + 2);
  if (kind !== undefined && ']PX^_'.includes(kind)) return endOfString(text, at + 2);
  return endOfIntermediates(text, at + 1);
}

/** The shortest sequences: intermediates, then one final character. */
function endOfIntermediates(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) <= 0x2f) at += 1;
  return at < text.length && !isControl(text.charCodeAt(at)) ? at + 1 : at;
}

/** A CSI sequence: parameters and intermediates, then one final character. */
function endOfParameters(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) >= 0x20 && text.charCodeAt(at) <= 0x3f) at += 1;
  const final = text.charCodeAt(at);
  return final >= 0x40 && final <= 0x7e ? at + 1 : at;
}

/** An OSC or like sequence: text up to BEL or ESC \. One that does not end in its line is only its introducer. */
function endOfString(text: string, start: number): number {
  let at = start;
  while (at < text.length && !isControl(text.charCodeAt(at))) at += 1;
  if (text[at] === BELL) return at + 1;
  return text.startsWith(`${ESCAPE}\\`, at) ? at + 2 : start;
}

/** C0 but the tab, DEL, and C1. */
function isControl(code: number): boolean {
  return (code < 0x20 && code !== 0x09) || (code >= 0x7f && code <= 0x9f);
}

function rowsUp(sequence: string): number {
  if (!sequence.endsWith('A')) return 0;
  const count = Number.parseInt(sequence.slice(2, -1), 10);
  return Number.isNaN(count) || count < 1 ? 1 : count;
}
