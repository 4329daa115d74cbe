import { ConfigError } from '../config/readConfig.ts';
import { roleSchema, tokenEntrySchema } from '../schemas/server/token.ts';
import { readTime } from '../schemas/values/time.ts';
import { addToken } from '../security/tokens/addToken.ts';
import { createToken, digestOf } from '../security/tokens/token.ts';
import { readSecretNames, tokenLine } from '../security/tokens/tokensFile.ts';

/** What `evald token create` was given. */
export type TokenRequest = {
  names: readonly string[];
  role?: string | undefined;
  expires?: string | undefined;
  /** Names of the secrets that its requests may name, with commas, or `*`. */
  secrets?: string | undefined;
  /** To which the token's line is added; null: it is printed. */
  file: string | null;
};

/**
 * `evald token create`. Prints the token on the first line of standard output, and what is for people on standard error.
 * @returns the exit code. @throws ConfigError for what it cannot understand, AccessError when the file cannot be used.
 */
export function createTokenCommand({ names, role, expires, secrets, file }: TokenRequest): number {
  const [name, ...more] = names;
  if (name === undefined) throw new ConfigError('token create: NAME is missing: that of its holder (see --help)');
  if (more.length > 0) throw new ConfigError(`token create: one NAME, not ${names.length} (see --help)`);
  if (role === undefined) throw new ConfigError(`token create: --role is missing: ${roleSchema.options.join(', ')}`);
  const token = createToken();
  const until = expires === undefined ? undefined : new Date(readExpiry(expires, Date.now())).toISOString();
  const read = tokenEntrySchema.safeParse({
    name,
    role,
    digest: digestOf(token),
    expires: until,
    secrets: readSecretNames(secrets, role),
  });
  if (!read.success) throw new ConfigError(`token create: ${read.error.issues[0]?.message}`);
  const entry = read.data;
  const line = tokenLine(entry);
  if (file !== null) addToken(file, entry);
  console.log(file === null ? `${token}\n${line}` : token);
  console.error(
    file === null
      ? 'The first line is the token, shown this once; the second is for the file of --tokens.'
      : `The token is shown this once; ${entry.name} (${entry.role}) was added to ${file}.`,
  );
  return 0;
}

const HOUR = 3_600_000;

/** `90d`, `12h` or a date as milliseconds since 1970. @throws ConfigError when it is none of them, or not to come. */
function readExpiry(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,6})([dh])$/.exec(text) ?? [];
  const at = count === undefined ? readTime(text) : now + Number(count) * HOUR * (unit === 'd' ? 24 : 1);
  if (at === undefined || !(at > now) || at > Date.UTC(9999, 0)) {
    throw new ConfigError(`token create: --expires should be a time to come: 90d, 12h, 2027-02-27; not ${text}`);
  }
  return at;
}
