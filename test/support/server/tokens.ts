import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '../../../src/schemas/server/token.ts';
import { createToken, digestOf } from '../../../src/security/tokens/token.ts';

export type TokensFile = {
  file: string;
  /** The header of whoever has this name. */
  bearer(name: string): { authorization: string };
  /** The token of whoever has this name. */
  tokenOf(name: string): string;
  /** Writes the file anew, with these. Those that were in it before keep their tokens. */
  write(roles: { [name: string]: Role }): Promise<void>;
};

/** A file of tokens, one for each name. It goes at the end of the test. */
export async function tokensFile(
  { onTestFinished }: { onTestFinished(clean: () => Promise<void>): void },
  roles: { [name: string]: Role },
): Promise<TokensFile> {
  const folder = await mkdtemp(join(tmpdir(), 'evald-tokens-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'tokens');
  const tokens = new Map<string, string>();
  const tokenOf = (name: string): string => {
    const token = tokens.get(name) ?? createToken();
    tokens.set(name, token);
    return token;
  };
  const write = async (now: { [name: string]: Role }) => {
    const lines = Object.entries(now).map(([name, role]) => `${name} ${role} ${digestOf(tokenOf(name))}\n`);
    await writeFile(file, lines.join(''), { mode: 0o600 });
  };
  await write(roles);
  return { file, tokenOf, bearer: (name) => ({ authorization: `Bearer ${tokenOf(name)}` }), write };
}
