import { requestLimits } from '../../schemas/limits.ts';

/** A part of a file: from `start` up to and without `end`. */
export type ByteRange = { start: number; end: number };

/**
 * What a Range header asks of a file. Null when the whole is to be sent: there is no header, it is none that is
 * understood, or it asks for several parts, which a server need not offer (RFC 9110, 14.2).
 * @param size bytes of the file.
 */
export function readByteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | null {
  if ((header?.length ?? 0) > requestLimits.range) return null;
  const [, first = '', last = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') {
    const start = Math.max(0, size - Number(last));
    return start < size ? { start, end: size } : 'unsatisfiable';
  }
  if (last !== '' && Number(last) < Number(first)) return null;
  if (Number(first) >= size) return 'unsatisfiable';
  return { start: Number(first), end: last === '' ? size : Math.min(size, Number(last) + 1) };
}
