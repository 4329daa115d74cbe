import { secretNameSchema } from '../schemas/secrets/secretName.ts';
import { requestLimits } from '../schemas/values/limits.ts';
import { AccessError, readPrivateFile } from './privateFile.ts';

/** Characters of a secret; what a run writes of a shorter one could not be told from other text. */
const SHORTEST = 8;

/**
 * Reads a file of secrets: a line each, `NAME=VALUE`, without quotes; spaces around the two are no part of them. A line
 * that begins with `#` is a comment.
 * @returns the secrets by their names. @throws AccessError that names the file and what to do, and no secret.
 */
export function readSecretsFile(file: string): ReadonlyMap<string, string> {
  const remedy = `make it, for the server's user alone: touch ${file}; chmod 600 ${file}; then a line NAME=VALUE each`;
  return parseSecrets(readPrivateFile(file, { option: '--secrets', remedy }), file);
}

/** The secrets of a file's text. @throws AccessError that names the line, and repeats nothing of it. */
export function parseSecrets(text: string, file: string): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const refuse = (what: string) => new AccessError(`--secrets: ${file}, line ${index + 1}: ${what}`);
    const at = trimmed.indexOf('=');
    if (at < 0) throw refuse('a line should be NAME=VALUE');
    const name = secretNameSchema.safeParse(trimmed.slice(0, at).trim());
    if (!name.success) throw refuse(`${name.error.issues[0]?.message}`);
    const value = trimmed.slice(at + 1).trim();
    if (value.length < SHORTEST || value.length > requestLimits.credential) {
      throw refuse(`the secret ${name.data} should have ${SHORTEST} to ${requestLimits.credential} characters`);
    }
    if (/\p{Cc}/u.test(value)) throw refuse(`the secret ${name.data} has a control character`);
    if (secrets.has(name.data)) throw refuse(`there is a secret ${name.data} above already`);
    secrets.set(name.data, value);
  }
  return secrets;
}
