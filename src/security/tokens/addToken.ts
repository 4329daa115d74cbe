import { closeSync, existsSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, errorMessage } from '../../errors.ts';
import { syncFolder } from '../../files/syncFolder.ts';
import type { TokenEntry } from '../../schemas/server/token.ts';
import { AccessError } from '../privateFile.ts';
import { parseTokens, readTokensText, tokenLine } from './tokensFile.ts';

/**
 * Adds a token to a file of tokens, made if need be (0600). It is written beside it and renamed, so that a
 * reader meanwhile, or a start after a crash, finds the old file or the new one.
 * @throws AccessError when the name is taken, another process is at it, or the file cannot be used.
 */
export function addToken(file: string, entry: TokenEntry): void {
  const path = existsSync(file) ? realpathSync(file) : file;
  const draft = `${path}.new`;
  // Only one at a time has it: two that add the same name cannot both find it free.
  const opened = openDraft(draft);
  try {
    writeSync(opened, textWith(path, entry));
    fsyncSync(opened);
    renameSync(draft, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(opened);
  }
}

/** The text of the file with a line more. */
function textWith(path: string, entry: TokenEntry): string {
  const { name } = entry;
  const line = `${tokenLine(entry)}\n`;
  if (!existsSync(path)) return line;
  const text = readTokensText(path);
  if (parseTokens(text, path).some((other) => other.name === name)) {
    throw new AccessError(`--tokens: ${path} has a token of ${name} already: choose another name, or delete its line`);
  }
  return text === '' || text.endsWith('\n') ? text + line : `${text}\n${line}`;
}

function openDraft(draft: string): number {
  try {
    return openSync(draft, 'wx', 0o600);
  } catch (error) {
    const isTaken = errorCode(error) === 'EEXIST';
    throw new AccessError(
      isTaken
        ? `--tokens: ${draft} is there: another process adds a token now; if no one does, it is left of one that was cut off: delete it`
        : `--tokens: ${draft} cannot be made: ${errorMessage(error)}`,
    );
  }
}
