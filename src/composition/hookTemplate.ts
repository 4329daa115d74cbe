import { ConfigError } from '../config/readConfig.ts';
import { readYamlFile } from '../files/readYamlFile.ts';
import { type HookTemplate, templateFaults } from '../schemas/hooks/hookTemplate.ts';

/** Faults that are named. */
const MOST_NAMED = 5;

/**
 * Reads the submission of `--hook-template`: YAML, of which JSON is a part; null: there is none.
 * @throws ConfigError with the file, and of each fault the field and what is allowed.
 */
export async function readHookTemplate(file: string | null): Promise<HookTemplate | null> {
  if (file === null) return null;
  const fail = (reason: string) => new ConfigError(`--hook-template ${file}: ${reason}`);
  const text = (line: number | null) => (line === null ? '' : `line ${line}: `);
  const { value: written } = await readYamlFile(file, { file: 'it', text }).catch(({ message }: Error) => {
    throw fail(message);
  });
  // Faults say what is none.
  const value = written as HookTemplate;
  const faults = templateFaults(value);
  if (faults.length > 0) throw fail(faults.slice(0, MOST_NAMED).join('; '));
  return value;
}
