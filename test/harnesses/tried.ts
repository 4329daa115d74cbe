import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '../../src/client/client.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { submit } from '../support/jobs/client.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';
import type { Trial, TrialEntry } from './table.ts';

/** What a run waits for, or does: see `test/fixtures/contract/control.*`. */
type Command = 'hold' | 'linger' | 'silent';

/** A harness in a server, whose runs can be held. */
export type Tried = Trial & {
  dataDir: string;
  server(): TestServer;
  client(): Client;
  /** Submits its request, or what is given of another one. @returns the id of the job. */
  submit(more?: object): Promise<string>;
  set(command: Command): Promise<void>;
  clear(command: Command): Promise<void>;
  /** Pids of the runs that have begun to evaluate so far. */
  begun(): Promise<number[]>;
  /** Has the next run wait before it evaluates. @returns its job, and the pid that waits. */
  held(more?: object): Promise<{ id: string; pid: number }>;
  /** Whether a run has written everything and waits, since runs were last told to. */
  lingers(): Promise<boolean>;
  /** Kills the server, and starts another one on its folder. @param harness the default of that one. */
  restart(harness: string): Promise<void>;
  close(): Promise<void>;
};

export async function tryHarness({ name, prepare }: TrialEntry): Promise<Tried> {
  const folder = await mkdtemp(join(tmpdir(), 'evald-trial-'));
  const [own, control, dataDir] = ['own', 'control', 'data'].map((part) => join(folder, part)) as [
    string,
    string,
    string,
  ];
  for (const made of [own, control]) await mkdir(made);
  const trial = await prepare(own);
  const start = (harness: string) =>
    startServer({
      dataDir,
      env: { ...trial.env, TEST_CONTROL: control },
      // Of a run that waits with its results nothing is concluded before the test says so.
      flags: [...trial.flags, '--harness', harness, '--linger', '86400', '--check-names', 'off'],
    });
  let server = await start(name);
  const client = () => createClient({ server: server.url });
  const noted = async (what: string) => {
    const text = await readFile(join(control, what), 'utf8').catch(() => '');
    return [...new Set(text.split('\n').filter(Boolean).map(Number))];
  };
  const set = async (command: Command) => {
    await rm(join(control, 'lingering'), { force: true });
    await writeFile(join(control, command), '');
  };
  const clear = (command: Command) => rm(join(control, command), { force: true });
  const begun = () => noted('begun');
  const send = (more: object = {}) => submit(server.url, { harness: name, ...trial.request, ...more });
  return {
    ...trial,
    ...{ dataDir, client, set, clear, begun, submit: send },
    server: () => server,
    async held(more) {
      await set('hold');
      const before = await begun();
      const id = await send(more);
      const pid = await eventually(async () => (await begun()).find((one) => !before.includes(one)) ?? false);
      return { id, pid };
    },
    lingers: async () => (await noted('lingering')).length > 0,
    async restart(harness) {
      await server.kill();
      server = await start(harness);
    },
    async close() {
      for (const command of ['hold', 'linger', 'silent'] as const) await clear(command);
      await server.stop();
      await trial.remove?.();
      await removeFolder(folder);
    },
  };
}
