import { cutTo, widthOf } from '../frame/output/cells.ts';

/** A text of exactly so many columns. */
export function padTo(text: string, width: number): string {
  const short = cutTo(text, width);
  return short + ' '.repeat(Math.max(0, width - widthOf(short)));
}

const two = (number: number) => String(number).padStart(2, '0');

/** A time of day of this machine: `14:05`; of another day with its date: `11-30 14:05`. */
export function timeOfDay(at: number, now: number): string {
  const date = new Date(at);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

/** When something comes: soon as what is left, later as a time of day. */
export function coming(at: number, now: number): string {
  const left = (at - now) / 1_000;
  return left < 90 ? `in ${Math.max(0, Math.round(left))}s` : `at ${timeOfDay(at, now)}`;
}

/** As many of these as there is room for, of which the last ones matter least; how many more there are, if that is wanted. */
export function asManyAs(
  texts: readonly string[],
  room: number,
  { separator = ' · ', counted = false }: { separator?: string; counted?: boolean } = {},
): string {
  for (let shown = texts.length; shown > 0; shown--) {
    const rest = texts.length - shown;
    const text = texts.slice(0, shown).join(separator) + (counted && rest > 0 ? ` +${rest}` : '');
    if (widthOf(text) <= room) return text;
  }
  return cutTo(texts[0] ?? '', Math.max(1, room));
}
