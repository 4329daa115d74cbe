import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode, errorMessage } from '../errors.ts';
import { parseNote } from '../files/parseJson.ts';
import { writePrivateFile } from '../files/writePrivateFile.ts';
import type { Log } from '../logging/log.ts';
import { AccessError } from './privateFile.ts';
import { readSecretsFile } from './secretsFile.ts';

/** The secrets of the operator that requests name (`secret:NAME`). */
export type NamedSecrets = {
  /** Their names; null: the operator gives none (`--secrets`). */
  names(): readonly string[] | null;
  /** The secret of a name, as the file has it now. */
  lookUp(name: string): string | undefined;
  /**
   * Notes on disk that a run gets secrets, before it does: what it writes is looked through for them, whatever the file has by
   * then. @throws the system's error.
   */
  handOut(secrets: readonly string[]): void;
  /** What no run may show: those of the file, and those that runs were given. Another list after each change. */
  texts(): readonly string[];
  /** Reads the file again. One that cannot be used changes nothing, and the log says so. */
  reload(): void;
  /** To be called when nothing runs: forgets what runs were given and the file has no more. */
  forgetReplaced(): void;
};

/** Where those are kept that runs were given, in the data folder, as JSON. */
const HANDED_OUT = 'secrets-in-use';

/** The file of `--secrets`, and what it had when it was checked. */
export type SecretsFile = { file: string; secrets: ReadonlyMap<string, string> };

/** Reads the file of `--secrets`; null: there is none. @throws AccessError when it cannot be used. */
export const checkSecretsFile = (file: string | null): SecretsFile | null =>
  file === null ? null : { file, secrets: readSecretsFile(file) };

/**
 * Opens the secrets. @param checked null: there are none, but for what runs of an earlier server were given.
 * @throws the system's error when it cannot be read what those were.
 */
export function openNamedSecrets(checked: SecretsFile | null, dataDir: string, log: Log): NamedSecrets {
  const place = join(dataDir, HANDED_OUT);
  let known = checked?.secrets ?? null;
  let handedOut: ReadonlySet<string> = new Set(readHandedOut(place));
  const all = () => [...new Set([...(known?.values() ?? []), ...handedOut])];
  let texts: readonly string[] = all();
  const keep = (secrets: ReadonlySet<string>) => {
    if (secrets.size === 0) rmSync(place, { force: true });
    else writePrivateFile(place, JSON.stringify([...secrets]));
    handedOut = secrets;
    texts = all();
  };
  return {
    names: () => known && [...known.keys()],
    lookUp: (name) => known?.get(name),
    texts: () => texts,
    handOut: (secrets) => {
      if (secrets.some((secret) => !handedOut.has(secret))) keep(new Set([...handedOut, ...secrets]));
    },
    reload: () => {
      if (checked === null) return;
      try {
        known = readSecretsFile(checked.file);
        texts = all();
        log.info(`${known.size} ${known.size === 1 ? 'secret is' : 'secrets are'} known`);
      } catch (error) {
        if (!(error instanceof AccessError)) throw error;
        log.error(`the secrets stay as they were: ${error.message}`);
      }
    },
    forgetReplaced: () => {
      const current = new Set(known?.values());
      if ([...handedOut].some((secret) => !current.has(secret))) keep(handedOut.intersection(current));
    },
  };
}

function readHandedOut(place: string): string[] {
  try {
    return parseNote(readFileSync(place, 'utf8'), z.array(z.string()));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw new Error(
      `${place}, by which runs that continue are kept from showing secrets, cannot be read: ${errorMessage(error)}; when no run continues, delete it`,
      { cause: error },
    );
  }
}
