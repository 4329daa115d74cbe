import { type TokenEntry, tokenEntrySchema } from '../../schemas/server/token.ts';
import { AccessError, readPrivateFile } from '../privateFile.ts';

/**
 * Reads a file of tokens: a line each, `name role sha256-of-token`, `expires=TIME` for one that is good until then, and
 * `secrets=NAME,NAME` for the secrets of `--secrets` that it may name (`*`: any); `#` begins a comment.
 * @throws AccessError that names the file and what to do: it cannot be read, others may read it, or a line is wrong.
 */
export function readTokensFile(file: string): TokenEntry[] {
  return parseTokens(readTokensText(file), file);
}

/** The text of a file of tokens. @throws AccessError that names the file and what to do. */
export function readTokensText(file: string): string {
  const remedy = `make it with \`evald token create NAME --role admin --tokens ${file}\``;
  return readPrivateFile(file, { option: '--tokens', remedy });
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
  const [name, role, digest, ...more] = words;
  const isRight =
    more.every((word) => /^(?:expires|secrets)=/.test(word)) && more.length === new Set(more.map(key)).size;
  if (digest === undefined || !isRight) {
    throw new AccessError(
      `${where}: a line should be "name role sha256-of-token", three words and not ${words.length}; more may say expires=TIME and secrets=NAME,NAME`,
    );
  }
  const said = (name: string) => more.find((word) => key(word) === name)?.slice(name.length + 1);
  const read = tokenEntrySchema.safeParse({
    ...{ name, role, digest, expires: said('expires') },
    secrets: readSecretNames(said('secrets'), role),
  });
  if (read.success) return read.data;
  throw new AccessError(`${where}: ${read.error.issues[0]?.message}`);
}

const key = (word: string) => word.split('=', 1)[0];

/** The names in `secrets=…`; null: any. Where a line does not say, an administrator may name any, and the others none. */
export function readSecretNames(text: string | undefined, role: string | undefined): string[] | null {
  if (text === undefined) return role === 'admin' ? null : [];
  return text === '*' ? null : text.split(',').filter((name) => name !== '');
}

/** A line of the file, as `parseTokens` reads it. */
export function tokenLine({ name, role, digest, expires, secrets }: TokenEntry): string {
  const until = expires === null ? '' : ` expires=${new Date(expires).toISOString()}`;
  const isUsual = role === 'admin' ? secrets === null : secrets?.length === 0;
  const named = isUsual ? '' : ` secrets=${secrets?.join(',') ?? '*'}`;
  return `${name} ${role} ${digest}${until}${named}`;
}
