import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, fileFault } from '../../errors.ts';
import { type TokenEntry, tokenEntrySchema } from '../../schemas/server/token.ts';

/** Bytes; a line has about a hundred. */
const MAX_SIZE = 4 * 1024 * 1024;

/** Before the time in the fourth word of a line. */
const EXPIRES = 'expires=';

/**
 * Reads a file of tokens: a line each, `name role sha256-of-token`, and `expires=TIME` for one that is good until then;
 * `#` begins a comment.
 * @throws AccessError that names the file and what to do: it cannot be read, others may read it, or a line is wrong.
 */
export function readTokensFile(file: string): TokenEntry[] {
  return parseTokens(readTokensText(file), file);
}

/** The tokens of a file's text. @throws AccessError that names the line. */
export function parseTokens(text: string, file: string): TokenEntry[] {
  const entries: TokenEntry[] = [];
  const lineOf = new Map<string, number>();
  for (const [index, line] of text.split('\n').entries()) {
    const words = (line.split('#', 1)[0] ?? '').split(/\s+/).filter((word) => word !== '');
    if (words.length === 0) continue;
    const number = index + 1;
    const entry = readEntry(words, `--tokens: ${file}, line ${number}`);
    for (const [key, what] of [
      [entry.name, `the name ${entry.name}`],
      [entry.digest, 'this token'],
    ] as const) {
      const other = lineOf.get(key);
      if (other !== undefined)
        throw new AccessError(`--tokens: ${file}, line ${number}: ${what} is in line ${other} already`);
      lineOf.set(key, number);
    }
    entries.push(entry);
  }
  return entries;
}

/** @throws AccessError that repeats nothing of the line: it may have a token where a hash should be. */
function readEntry(words: readonly string[], where: string): TokenEntry {
  const [name, role, digest, until] = words;
  if (words.length !== 3 && (words.length !== 4 || until?.startsWith(EXPIRES) !== true)) {
    throw new AccessError(
      `${where}: a line should be "name role sha256-of-token", three words and not ${words.length}; a fourth may say expires=TIME`,
    );
  }
  const read = tokenEntrySchema.safeParse({ name, role, digest, expires: until?.slice(EXPIRES.length) });
  if (read.success) return read.data;
  throw new AccessError(`${where}: ${read.error.issues[0]?.message}`);
}

/** A line of the file, as `parseTokens` reads it. */
export function tokenLine({ name, role, digest, expires }: TokenEntry): string {
  const until = expires === null ? '' : ` ${EXPIRES}${new Date(expires).toISOString()}`;
  return `${name} ${role} ${digest}${until}`;
}

/**
 * The text of a file of tokens: one that only its owner can read, the server's user or root, in folders in which no other user
 * can replace it by another file. What was checked is what is read.
 * @throws AccessError that names the file and what to do.
 */
export function readTokensText(file: string): string {
  const opened = open(file);
  try {
    const { mode, uid, size, isFile } = statOf(opened);
    if (!isFile) throw new AccessError(`--tokens: ${file} is no file`);
    if ((mode & 0o077) !== 0) {
      throw new AccessError(`--tokens: ${file} is open to others than its owner; run chmod 600 ${file}`);
    }
    const own = process.getuid?.();
    if (own !== undefined && uid !== own && uid !== 0) {
      throw new AccessError(
        `--tokens: ${file} belongs to user ${uid}; it should belong to the user of the server (${own}) or root`,
      );
    }
    refuseOpenFolders(file, own);
    if (size > MAX_SIZE) throw new AccessError(`--tokens: ${file} should have at most ${MAX_SIZE} bytes`);
    return readFileSync(opened, 'utf8');
  } finally {
    closeSync(opened);
  }
}

/** Write permission of the group or of all others, and the bit by which only owners may replace what is in a folder. */
const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * The folders on the way, those of the links too: a user that can write in one of them says which file has the tokens.
 * @throws AccessError that names the folder.
 */
function refuseOpenFolders(file: string, own: number | undefined): void {
  for (const path of new Set([file, realpathSync(file)])) {
    for (let folder = realpathSync(dirname(path)); ; folder = dirname(folder)) {
      const { mode, uid } = lstatSync(folder);
      if ((mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0) {
        throw new AccessError(
          `--tokens: others than its owner can write in ${folder}, and so replace ${file}; run chmod go-w ${folder}`,
        );
      }
      if (own !== undefined && uid !== own && uid !== 0) {
        throw new AccessError(
          `--tokens: ${folder} belongs to user ${uid}, who can replace ${file}; it should belong to the user of the server (${own}) or root`,
        );
      }
      if (folder === dirname(folder)) break;
    }
  }
}

function open(file: string): number {
  try {
    // A pipe would keep us waiting for a writer.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const remedy =
      errorCode(error) === 'ENOENT'
        ? `make it with \`evald token create NAME --role admin --tokens ${file}\``
        : 'it must be a file of that user, readable by it alone';
    throw new AccessError(`--tokens: ${file} cannot be read: ${fileFault(error)}; ${remedy}`);
  }
}

function statOf(opened: number) {
  const stat = fstatSync(opened);
  return { mode: stat.mode, uid: stat.uid, size: stat.size, isFile: stat.isFile() };
}

/** The file of tokens, or how callers are admitted, cannot be used. The message is one line, and holds no token. */
export class AccessError extends Error {
  override name = 'AccessError';
}
