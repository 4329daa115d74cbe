import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config/readConfig.ts';
import { fileFault } from '../errors.ts';
import { type HookTemplate, templateFaults } from '../schemas/hooks/hookTemplate.ts';

/** Characters of a file: what is longer is something else. */
const MOST = 256 * 1_024;
/** Faults that are named. */
const MOST_NAMED = 5;

/**
 * Reads the submission of `--hook-template`: YAML, of which JSON is a part; null: there is none.
 * @throws ConfigError with the file, and of each fault the field and what is allowed.
 */
export async function readHookTemplate(file: string | null): Promise<HookTemplate | null> {
  if (file === null) return null;
  const fail = (reason: string) => new ConfigError(`--hook-template ${file}: ${reason}`);
  const text = await readFile(file, 'utf8').catch((error) => {
    throw fail(`it cannot be read: ${fileFault(error)}`);
  });
  if (text.length > MOST) throw fail(`it has more than ${MOST} characters`);
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    throw fail(`line ${lines.linePos(error.pos[0]).line}: ${error.message.split('\n', 1)[0]}`);
  }
  let value: HookTemplate;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    throw fail('its aliases stand for too much');
  }
  const faults = templateFaults(value);
  if (faults.length > 0) throw fail(faults.slice(0, MOST_NAMED).join('; '));
  return value;
}
