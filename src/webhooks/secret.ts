import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileFault } from '../errors.ts';
import { writePrivateFile } from '../files/writePrivateFile.ts';

/** What posts are signed with, and where it came from, for the log. */
export type Secret = { text: string; source: string };

export type SecretSources = {
  /** A file that holds it; null when none was named. */
  file: string | null;
  /** The secret itself, as a variable gave it. */
  variable: string | undefined;
  /** Where one is kept that evald makes. */
  dataDir: string;
};

/**
 * The secret of the file, else of the variable, else one that is made once and kept in the data folder (0600).
 * @throws when it is empty, or in a file that everybody on the machine may read; the message is one line.
 */
export function readSecret({ file, variable, dataDir }: SecretSources): Secret {
  if (file !== null) return fromFile(file);
  if (variable !== undefined) return { text: filled(variable, 'EVALD_WEBHOOK_SECRET'), source: 'EVALD_WEBHOOK_SECRET' };
  const own = join(dataDir, 'webhook.secret');
  if (!existsSync(own)) writePrivateFile(own, `${randomBytes(32).toString('hex')}\n`);
  return fromFile(own);
}

function fromFile(file: string): Secret {
  const text = textOf(file);
  if ((statSync(file).mode & 0o007) !== 0) {
    throw new Error(`the secret in ${file} is open to every user of the machine; run chmod 600 on it`);
  }
  return { text: filled(text, file), source: file };
}

/** @throws one line that says what to do. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const remedy =
      'write one into it that only its owner can read, or leave --webhook-secret-file out to have one made';
    throw new Error(`the webhook secret in ${file} cannot be read: ${fileFault(error)}; ${remedy}`, { cause: error });
  }
}

function filled(text: string, source: string): string {
  const secret = text.trim();
  if (secret === '') throw new Error(`the webhook secret in ${source} is empty`);
  return secret;
}
