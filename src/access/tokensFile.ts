import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { type TokenEntry, tokenEntrySchema } from '../schemas/token.ts';
import { reasonOf } from '../thrown.ts';
import { AccessError } from './accessError.ts';

/** Bytes; a line has about a hundred. */
const MAX_SIZE = 4 * 1024 * 1024;

/**
 * Reads a file of tokens: a line each, `name role sha256-of-token`; `#` begins a comment.
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

/** @throws AccessError that repeats nothing of the line: somebody may have put a token there. */
function readEntry(words: readonly string[], where: string): TokenEntry {
  const [name, role, digest] = words;
  if (words.length !== 3) {
    throw new AccessError(
      `${where}: a line should be "name role sha256-of-token", three words and not ${words.length}`,
    );
  }
  const read = tokenEntrySchema.safeParse({ name, role, digest });
  if (read.success) return read.data;
  throw new AccessError(`${where}: ${read.error.issues[0]?.message}`);
}

/**
 * The text of a file of tokens: one that only its owner can read, who is us or root. What was checked is what is read.
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
    if (size > MAX_SIZE) throw new AccessError(`--tokens: ${file} should have at most ${MAX_SIZE} bytes`);
    return readFileSync(opened, 'utf8');
  } finally {
    closeSync(opened);
  }
}

function open(file: string): number {
  try {
    // A pipe would keep us waiting for somebody who writes.
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new AccessError(`--tokens: ${file} cannot be read: ${reasonOf(error)}`);
  }
}

function statOf(opened: number) {
  const stat = fstatSync(opened);
  return { mode: stat.mode, uid: stat.uid, size: stat.size, isFile: stat.isFile() };
}
