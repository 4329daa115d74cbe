import { isPlain, sensitivityOf } from '../secrets/credentials.ts';
import { hiddenTexts, MASK, maskText } from '../secrets/secrets.ts';

/** A part of `name=value,name=value`; without a name it is all value. */
type Piece = { name: string | null; value: string; isSecret: boolean };

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '"': '"', "'": "'" };

/**
 * `name=value,name=value`, or JSON, as it is shown: the value of each name of a credential is masked, up to the comma that
 * ends it, and so is what looks like one within another value. The same where there is none.
 */
export function maskArguments(text: string): string {
  const whole = maskText(text);
  if (isJson(text)) return whole;
  const shown = piecesOf(text).map(({ name, value, isSecret }) => {
    const kept = isSecret ? MASK : maskText(value);
    return name === null ? maskText(value) : `${name}=${kept}`;
  });
  return shown.join(',');
}

/** The credentials that `maskArguments` masks. */
export function hiddenArguments(text: string): string[] {
  if (isJson(text)) return hiddenTexts(text);
  return piecesOf(text).flatMap(({ value, isSecret }) =>
    isSecret ? new Set([value, unquoted(value)]).values().toArray() : hiddenTexts(value),
  );
}

/** What no text has by chance: masked where a mask stands, the text is what it was. */
const PROBE = 'A1b2-C3d4-E5f6-masked';

/** Whether a mask stands in it for a credential. */
export const areMasked = (text: string): boolean =>
  text.includes(MASK) && maskArguments(text.replaceAll(MASK, PROBE)) === text;

const isJson = (text: string): boolean => /^\s*[[{]/.test(text);
const unquoted = (value: string): string => value.trim().replaceAll(/^["']|["']$/g, '');

function piecesOf(text: string): Piece[] {
  return split(text).map((piece) => {
    const at = piece.indexOf('=');
    if (at < 0) return { name: null, value: piece, isSecret: false };
    const [name, value] = [piece.slice(0, at), piece.slice(at + 1)];
    const [runSecrets, given] = [sensitivityOf(name.trim()), value.trim()];
    return { name, value, isSecret: runSecrets !== null && given !== '' && !isPlain(given, runSecrets) };
  });
}

/** At the commas outside of quotes and brackets; at all where one is not closed. */
function split(text: string): string[] {
  const pieces: string[] = [];
  const open: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    const last = open.at(-1);
    if (char === last) open.pop();
    else if (last === '"' || last === "'") continue;
    else if (CLOSING[char] !== undefined) open.push(CLOSING[char]);
    else if (char === ',' && open.length === 0) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return open.length === 0 ? [...pieces, text.slice(start)] : text.split(',');
}
