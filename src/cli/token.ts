import { parseArgs } from 'node:util';
import { addToken } from '../access/addToken.ts';
import { createToken, digestOf } from '../access/token.ts';
import { tokenLine } from '../access/tokensFile.ts';
import { ConfigError, readOptions } from '../config/readConfig.ts';
import { roleSchema } from '../schemas/role.ts';
import { readTime } from '../schemas/time.ts';
import { tokenEntrySchema } from '../schemas/token.ts';
import { reasonOf } from '../thrown.ts';

const roles = roleSchema.options.join('|');
const usage = `Usage: evald token create NAME --role ${roles} [--tokens FILE] [--expires TIME]

Makes a token and prints it: the only time that it can be read. What is kept is its SHA-256.

  --role ROLE    read: may look; submit: may also submit, repeat, merge, and cancel and stop jobs of its own;
                 admin: may do everything
  --tokens FILE  as for the server: the token's line is added to the file, which is made if need be (0600); without
                 it the line is printed too. A server that runs reads its file again on SIGHUP
  --expires TIME from when on the token is refused: 90d, 12h, or a date (2027-02-27); without it never`;

/**
 * `evald token …`. Prints the token on the first line of standard output, and what is for people on standard error.
 * @returns the exit code. @throws ConfigError for what it cannot understand, AccessError when the file cannot be used.
 */
export function tokenCommand(args: readonly string[], env: NodeJS.ProcessEnv): number {
  const { help, verb, name, role, file, expires } = readArguments(args, env);
  if (help) {
    console.log(usage);
    return 0;
  }
  if (verb !== 'create') throw new ConfigError(`token: ${verb ?? 'nothing'} is no verb; create`);
  if (name === undefined) throw new ConfigError('token create: NAME is missing: who gets the token (see --help)');
  if (role === undefined) throw new ConfigError(`token create: --role is missing: ${roleSchema.options.join(', ')}`);
  const token = createToken();
  const until = expires === undefined ? undefined : new Date(readExpiry(expires, Date.now())).toISOString();
  const read = tokenEntrySchema.safeParse({ name, role, digest: digestOf(token), expires: until });
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

type Arguments = {
  help: boolean;
  verb?: string;
  name?: string;
  role?: string;
  expires?: string;
  file: string | null;
};

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

function readArguments(args: readonly string[], env: NodeJS.ProcessEnv): Arguments {
  const { values, positionals } = parsed(args);
  const [verb, name, ...more] = positionals;
  if (more.length > 0) throw new ConfigError(`token ${verb}: one NAME, not ${positionals.length - 1} (see --help)`);
  const flags = (values.tokens ?? []).map((file) => `--tokens=${file}`);
  const config = readOptions(['tokens'], flags, env);
  return {
    help: values.help === true || config === 'help',
    ...(verb !== undefined && { verb }),
    ...(name !== undefined && { name }),
    ...(values.role !== undefined && { role: values.role }),
    ...(values.expires !== undefined && { expires: values.expires }),
    file: config === 'help' ? null : config.tokens,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        role: { type: 'string' },
        expires: { type: 'string' },
        tokens: { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    const message = reasonOf(error);
    throw new ConfigError(`token: ${message.split('\n')[0]} (see --help)`);
  }
}
