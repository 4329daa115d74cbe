import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createClient } from '../../client/client.ts';
import { openStandardStream } from '../../logging/standardStreams.ts';
import { ownCommand } from '../../ownFiles.ts';
import { followJobs } from '../watch/follow.ts';
import { createLines, createScreen, terminalOutput } from '../watch/screen.ts';
import { colours, noColours } from '../watch/style.ts';
import { submitExamples } from './exampleJobs.ts';
import { scoreTable } from './scoreTable.ts';

/** Seconds a sample takes: long enough to see the bars move, short enough to be done in seconds. */
const DELAY = 0.008;
/** Milliseconds that the last lines get to reach whatever reads them. */
const LAST_LINES = 1_000;

/**
 * Shows evald working, without Python or a GPU: starts a server on a free port, submits three evaluations of the
 * built-in harness, shows their progress, and prints their scores. With `--stay` the server goes on, with two training runs to
 * look at in its page, until it is interrupted.
 */
const isStaying = process.argv.includes('--stay');
const dataDir = await mkdtemp(join(tmpdir(), 'evald-demo-'));
const flags = ['--port', '0', '--host', '127.0.0.1', '--data-dir', dataDir, '--harness', 'demo'];
// A terminal that is stopped must not keep the demo from ending its server.
const terminal = process.stdout;
const { isTTY } = terminal;
const output = openStandardStream(1);
const print = (text: string) => output.take(`${text}\n`);
// What ends the demo ends its server with it.
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP']) process.once(signal, () => interruption.abort());
const [program, ...words] = ownCommand('evald');
const server = spawn(program, [...words, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
try {
  const url = await listeningUrl();
  print(`A server runs on ${url}. Three evaluations are submitted; it runs one at a time.\n`);
  const client = createClient({ server: url });
  const ids: string[] = [];
  for (const model of ['nearest-template', 'majority', 'random']) {
    const tasks = ['demo_digits', 'demo_shapes'];
    ids.push((await client.submit({ model, tasks, model_args: { delay: DELAY } })).job_id);
  }
  const display = isTTY
    ? createScreen(
        terminalOutput(terminal, (text) => output.take(text)),
        { isCompact: false, style: process.env['NO_COLOR'] ? noColours : colours },
      )
    : createLines(print);
  const following = followJobs(client, ids, { signal: interruption.signal, onState: display.show });
  const { jobs: known } = await following.finally(display.end);
  const jobs = ids.flatMap((id) => known.get(id) ?? []);

  print(`\n${scoreTable(jobs)}\n\nAccuracy ± standard error. These tasks measure nothing but the plumbing.`);
  for (const { request, error } of jobs) if (error !== null) console.error(`${request.model}: ${error}`);
  process.exitCode = jobs.every(({ status }) => status === 'completed') ? 0 : 1;
  if (isStaying) {
    print('\nMore jobs are submitted, to be looked at …');
    await submitExamples(client, interruption.signal);
    print(`The page: ${url}/  (Ctrl-C ends the server, and deletes what it wrote)`);
    const [code] = await once(server, 'exit', { signal: interruption.signal }).catch(unlessInterrupted);
    if (code !== undefined) throw new Error(`the server ended by itself, with exit code ${code}`);
  }
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  console.error('interrupted');
  process.exitCode = 130;
} finally {
  if (server.exitCode === null && server.signalCode === null) {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
  await rm(dataDir, { recursive: true, force: true });
  await output.settle(LAST_LINES);
}

/** That the demo is interrupted is how it ends when it stays. */
function unlessInterrupted(error: unknown): unknown[] {
  if (interruption.signal.aborted) return [];
  throw error;
}

/** Where the server answers, as its log says. @throws with its last line when it ends instead. */
async function listeningUrl(): Promise<string> {
  let last = '';
  for await (const line of createInterface({ input: server.stderr })) {
    const url = /listens on (http:\S+);/.exec(line)?.[1];
    if (url !== undefined) {
      server.stderr.resume(); // No one reads on: without this the server would block on a full pipe.
      return url;
    }
    last = line;
  }
  throw new Error(`the server did not start: ${last}`);
}
