import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';

/**
 * Makes a data folder as a version that was released has left it, with jobs that have ended, one that runs and some that wait, and with
 * what that version answered: `node tools/oldDataFolder.ts 0f8c82fa test/fixtures/data-0.2.0`. It needs the history of the repository; the tests
 * (`test/durability/upgrade.test.ts`) need only what it has made. Such a folder is never made again, only one of another version.
 */
const [commit = '', into = ''] = process.argv.slice(2);
if (commit === '' || into === '') throw new Error('usage: node tools/oldDataFolder.ts COMMIT FOLDER');
const root = resolve(import.meta.dirname, '..');
// The paths in the journal are of here: it was moved from where nothing is.
const work = '/tmp/evald-upgraded-from';
rmSync(work, { recursive: true, force: true });
mkdirSync(work);
const source = mkdtempSync(join(tmpdir(), 'evald-source-'));
execFileSync('bash', ['-c', 'git -C "$0" archive "$1" | tar -x -C "$2"', root, commit, source]);
symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'));
cpSync(join(root, 'test/fixtures/counting-lmms-eval'), join(work, 'python'));
const [dataDir, hold, runs] = ['data', 'hold', 'began'].map((name) => join(work, name)) as [string, string, string];
writeFileSync(runs, '');

const flags = ['--port', '0', '--host', '127.0.0.1', '--data-dir', dataDir, '--slots', '1', '--harness', 'lmms-eval'];
const more = ['--python', join(work, 'python'), '--pass-env', 'TEST_RUNS', '--pass-env', 'TEST_HOLD'];
const server = spawn(process.execPath, [join(source, 'src/evald.ts'), ...flags, ...more], {
  cwd: work,
  env: { ...process.env, TEST_RUNS: runs, TEST_HOLD: hold },
  stdio: ['ignore', 'ignore', 'pipe'],
});
const url = await new Promise<string>((listening, failed) => {
  let log = '';
  server.stderr.on('data', (chunk) => {
    log += chunk;
    const found = /listens on (https?:\S+);/.exec(log)?.[1];
    if (found !== undefined) listening(found);
  });
  server.once('exit', () => failed(new Error(log)));
});

type Job = { job_id: string; log: string | null; completed_at: string | null };
const get = async (path: string) => (await fetch(url + path)).json() as Promise<Job>;
const submit = async (tag: string, fields: object = {}, headers: Record<string, string> = {}): Promise<string> => {
  const body = JSON.stringify({ model: 'dummy', tasks: ['t1'], model_args: { tag }, ...fields });
  const answer = await fetch(`${url}/evaluate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as Job).job_id;
};
const when = async (jobId: string, isSo: (job: Job) => boolean): Promise<void> => {
  while (!isSo(await get(`/jobs/${jobId}`))) await setTimeout(50);
};
const hasEnded = ({ completed_at: at }: Job) => at !== null;

const completed = await submit('completed', { labels: { run: 'r7' } }, { 'idempotency-key': 'key-1' });
await when(completed, hasEnded);
const failed = await submit('failed', { tasks: ['t1', 't2'] });
await when(failed, hasEnded);
writeFileSync(hold, '');
const running = await submit('running');
await when(running, ({ log }) => log !== null);
const first = await submit('first');
const urgent = await submit('urgent', { priority: 5 });
const cancelled = await submit('cancelled');
const last = await submit('last');
await fetch(`${url}/jobs/${cancelled}`, { method: 'DELETE' });
while (readFileSync(runs, 'utf8').trim().split('\n').length < 3) await setTimeout(50);

const answers: Record<string, unknown> = {};
for (const jobId of [completed, failed, cancelled])
  for (const path of ['', '/results']) answers[`/jobs/${jobId}${path}`] = await get(`/jobs/${jobId}${path}`);
const ids = { completed, failed, cancelled, running, waiting: [urgent, first, last] };
server.removeAllListeners('exit');
server.kill('SIGKILL');
await once(server, 'exit');
// The run ends while no server is there.
rmSync(hold);
const state = join(dataDir, 'runs', running, '1');
while (!readdirSync(state).includes('exit')) await setTimeout(50);
const database = new DatabaseSync(join(dataDir, 'journal.db'));
database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
database.close();

rmSync(into, { recursive: true, force: true });
cpSync(dataDir, into, { recursive: true });
for (const name of ['lock.db', 'lock.db-journal', 'webhook.secret']) rmSync(join(into, name), { force: true });
const { LAUNCHER_SCRIPT: launcher } = await import(join(source, 'src/runner/local/launcher.ts'));
writeFileSync(join(into, 'launcher.sh'), launcher);
writeFileSync(join(into, 'recorded.json'), `${JSON.stringify({ from: dataDir, ids, answers }, null, 2)}\n`);
rmSync(source, { recursive: true });
rmSync(work, { recursive: true });
