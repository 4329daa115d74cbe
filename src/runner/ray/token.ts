import { readFile, stat } from 'node:fs/promises';

/**
 * Reads the token of a file; at each use, so that one that was renewed counts at once.
 * @throws with one line that names the file, never the token: when it cannot be read, is empty, or open to other users.
 */
export async function readToken(file: string): Promise<string> {
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) throw new Error(`the token in ${file} is open to other users; run chmod 600 on it`);
  const token = (await readFile(file, 'utf8')).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Error(`${file} must hold a token: one word of printable characters`);
  return token;
}
