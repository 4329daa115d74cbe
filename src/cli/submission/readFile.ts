import { readFileSync } from 'node:fs';
import { errorCode } from '../../errors.ts';
import { UsageError } from '../frame/exitCodes.ts';
import type { Body } from './sweep.ts';

/** Bytes of a file of submissions: the server takes less in one. */
const MOST = 16 * 1_024 * 1_024;

/**
 * The submissions of a file, or of standard input (`-`): YAML, of which JSON is a part. One, a list, or several documents.
 * @throws UsageError
 */
export async function readSubmissions(file: string): Promise<Body[]> {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new UsageError(`-f ${file} cannot be read: ${errorCode(error)}`);
  }
  if (text.length > MOST) throw new UsageError(`-f ${file} is longer than ${MOST / 1_024 / 1_024} MiB`);
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text, { prettyErrors: true });
  const bodies = [...documents].flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new UsageError(`-f ${file}: ${error.message.split('\n', 1)[0]?.replace(/:$/, '')}`);
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch {
      throw new UsageError(`-f ${file}: its aliases stand for too much`);
    }
    return Array.isArray(value) ? value : value === null ? [] : [value];
  });
  for (const body of bodies) {
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) continue;
    throw new UsageError(`-f ${file}: a submission should be an object, as {model: NAME, tasks: [NAME]}`);
  }
  if (bodies.length === 0) throw new UsageError(`-f ${file} has no submission`);
  return bodies as Body[];
}
