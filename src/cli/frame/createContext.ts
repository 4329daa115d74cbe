import { once } from 'node:events';
import type { Client } from '../../client/client.ts';
import { type Context, cannotAsk, type Terminal } from './context.ts';
import { UsageError } from './exitCodes.ts';
import type { OutputChoice } from './output/listing.ts';
import { show } from './output/show.ts';
import { type Choice, chooseServer } from './servers.ts';

type Given = {
  server: string | undefined;
  yes: boolean;
  output: OutputChoice;
  signal: AbortSignal;
};

/** The context of a verb in this process. */
export function createContext({ server: flag, yes, output, signal }: Given): Context {
  const { env, stdin, stdout, stderr } = process;
  const terminal: Terminal = {
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    isOutput: stdout.isTTY === true,
    isTalk: stderr.isTTY === true,
    get width() {
      return stdout.columns || stderr.columns || 80;
    },
    get height() {
      return stdout.rows || 24;
    },
    color: stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
  };
  let chosen: Choice | undefined;
  const server = () => {
    chosen ??= chooseServer(flag, env);
    return chosen;
  };
  let client: Promise<Client> | undefined;
  const connect = async (): Promise<Client> => {
    const { url, token } = server();
    const { createClient } = await import('../../client/client.ts');
    try {
      return createClient({ server: url, token });
    } catch (error) {
      // What it says has neither the address nor the token.
      if (error instanceof TypeError) throw new UsageError(error.message, 'evald config list');
      throw error;
    }
  };
  const print = (line: string) => void stdout.write(`${line}\n`);
  const drained = async () => {
    if (stdout.writableNeedDrain) await once(stdout, 'drain');
  };
  const say = (line: string) => void stderr.write(`${line}\n`);

  const ask: Context['ask'] = async (question, { hidden = false } = {}) => {
    if (!terminal.canAsk) throw cannotAsk(question);
    const [{ createInterface }, { Writable }] = await Promise.all([
      import('node:readline/promises'),
      import('node:stream'),
    ]);
    // What is typed is shown by readline, on its output: hidden, that is nowhere.
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: stdin, output: hidden ? nowhere : stderr, terminal: true });
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    if (hidden) stderr.write(`${question} `);
    try {
      return await lines.question(hidden ? '' : `${question} `, { signal });
    } catch {
      const { ClientError } = await import('../../client/errors.ts');
      throw new ClientError({ code: 'interrupted' }, 'The question was interrupted');
    } finally {
      lines.close();
      if (hidden) stderr.write('\n');
    }
  };

  return {
    server,
    client: () => {
      client ??= connect();
      return client;
    },
    env,
    terminal,
    output,
    signal,
    write: (data) => void stdout.write(data),
    print,
    drained,
    say,
    decide: (code) => {
      process.exitCode = code;
    },
    show: (listing, instead = output) =>
      show(listing, {
        output: instead,
        width: terminal.isOutput ? terminal.width : null,
        color: terminal.color,
        print,
        drained,
        say,
      }),
    confirm: async (question) => {
      if (yes) return true;
      if (!terminal.canAsk) throw cannotAsk(question);
      return /^y(es)?$/i.test((await ask(`${question} [y/N]`)).trim());
    },
    ask,
  };
}
