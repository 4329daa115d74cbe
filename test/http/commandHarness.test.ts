import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { commandServers } from '../support/harnesses/commandServer.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { processesOf } from '../support/runs/processes.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

type Commands = Awaited<ReturnType<typeof commandServers>>;
type Server = Awaited<ReturnType<Commands['start']>>;

let common: Commands;
let server: Server;
beforeAll(async () => {
  common = await commandServers(null, { version: '1.2', higher_is_better: { acc: true } });
  server = await common.start();
});
afterAll(() => common.close());

const post = (url: string, body: object) =>
  send(`${url}/evaluate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const detailOf = ({ json }: { json: unknown }) => JSON.stringify((json as { detail?: unknown }).detail);

/** What everybody can read of the processes of runs. */
const commandLines = async ({ dataDir }: Commands) =>
  Promise.all((await processesOf(dataDir)).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));

test('a command completes with the numbers and the samples that it left, like the harnesses that are built in', async () => {
  const client = createClient({ server: server.url });
  const id = await submit(server.url, common.request('right', { limit: 3, labels: { step: 1 } }));
  const job = await endedJob(server.url, id);
  expect(job).toMatchObject({ status: 'completed', harness: 'command:mine', warnings: [] });
  const acc = {
    ...{ value: 2 / 3, stderr: 0.25, higher_is_better: true, filter: 'none' },
    ...{ n: 3, n_failed: 0, n_empty: 0, n_unscored: 0 },
  };
  expect(job.metrics).toMatchObject({ letters: { acc }, digits: { acc } });
  expect(job.answers?.['digits']).toMatchObject({ answered: 3, empty: 0, failed: 0 });

  const results = await client.results(id);
  expect(results).toMatchObject({ harness: { name: 'command:mine', version: '1.2' }, metrics: { digits: { acc } } });
  expect(results.samples).toMatchObject({ letters: { effective: 3, answered: 3 } });
  const page = await client.samples(id, 'digits', { filter: 'wrong' });
  expect(page).toMatchObject({ total: 1, samples: [{ doc_id: 0, doc: { question: 'digits 0?' } }] });
  const { scores } = await client.scores({ task: 'digits' });
  expect(scores).toMatchObject([
    { task: 'digits', metric: 'acc', n: 3, harness: 'command:mine', harness_version: '1.2' },
  ]);

  const other = await submit(server.url, common.request('right', { limit: 3 }));
  await endedJob(server.url, other);
  const compared = await client.compare({ a: id, b: other });
  expect(compared.comparisons).toMatchObject(
    ['letters', 'digits'].map((task) => ({ task, metric: 'acc', n_paired: 3, delta: 0 })),
  );
});

test.each([
  ['exits 0 and leaves no results', 'silent', 'noResults', /./],
  ['leaves a task out', 'forgetful', 'incompleteResults', /digits/],
  [
    'leaves fewer samples than its results say',
    'careless',
    'incompleteResults',
    /samples file of letters: it has 3 rows with acc, and the results say acc of 4 samples/,
  ],
  ['exits with another code', 'failing', 'exited', /the model would not load/],
  [
    'writes results of another shape',
    'bare',
    'noResults',
    /task "letters", metric "acc": it should be an object, as \{"value": 0.5, "n": 200\}/,
  ],
])('a command that %s has not completed', async (_, model, kind, error) => {
  const job = await endedJob(server.url, await submit(server.url, common.request(model)));
  expect(job).toMatchObject({ status: 'failed', failure_kind: kind, metrics: null });
  expect(job.error).toMatch(error);
  if (model === 'forgetful') expect(job.partial_metrics).toMatchObject({ letters: { acc: { value: 0.75, n: 4 } } });
});

test('numbers of a command carry what made them and of how many samples they are, of which its results say nothing', async () => {
  const id = await submit(server.url, common.request('laconic', { limit: 4, num_gpus: 2, model_args: { a: 1 } }));
  const job = await endedJob(server.url, id);
  const acc = { higher_is_better: true, filter: 'none', n: 3, n_empty: 0, n_failed: 0, n_unscored: 1 };
  expect(job).toMatchObject({ status: 'completed', metrics: { letters: { acc }, digits: { acc } } });
  const provenance = {
    ...{ harness: 'command:mine', harness_version: '1.2', git_hash: null, num_gpus: 2, operator_options: [] },
    arguments: { model: 'laconic', model_args: { a: 1 }, limit: 4, num_fewshot: null },
    tasks: { letters: { version: null, num_fewshot: null } },
  };
  expect(job.provenance).toMatchObject(provenance);
  expect((await createClient({ server: server.url }).results(id)).provenance).toEqual(job.provenance);
});

test('what a failed run of a command had measured carries what made it', async () => {
  const job = await endedJob(server.url, await submit(server.url, common.request('forgetful')));
  expect(job).toMatchObject({
    status: 'failed',
    partial_metrics: { letters: { acc: { n: 4, n_unscored: 0, filter: 'none' } } },
    provenance: { harness: 'command:mine', harness_version: '1.2', num_gpus: 1, arguments: { model: 'forgetful' } },
  });
  expect(await createClient({ server: server.url }).results(job.job_id)).toMatchObject({
    partial: true,
    provenance: { harness: 'command:mine', tasks: { letters: {} } },
  });
});

test('a command that keeps no samples completes, with the numbers of samples that its results say', async () => {
  const job = await endedJob(server.url, await submit(server.url, common.request('terse')));
  expect(job).toMatchObject({ status: 'completed', metrics: { letters: { acc: { n: 4, n_failed: null } } } });
});

test('a score of a command that is not a number is null, with a warning', async () => {
  const job = await endedJob(server.url, await submit(server.url, common.request('lost')));
  expect(job).toMatchObject({
    status: 'completed',
    metrics: { letters: { loss: { value: null }, acc: { value: 0.75 } } },
  });
  expect(job.warnings).toContain('letters: loss is not a finite number');
});

test('results that lie in a folder before a command runs are never taken for its own', async (context) => {
  const commands = await commandServers(context);
  const server = await commands.start();
  const folder = join(commands.folder, 'named');
  await mkdir(folder);
  const asked = commands.request('silent', { output_dir: folder });
  await commands.hold();
  const blocking = await submit(server.url, commands.request('right'));
  const waiting = await submit(server.url, asked);
  await writeFile(
    join(folder, 'results.json'),
    JSON.stringify({ letters: { acc: { value: 1 } }, digits: { acc: { value: 1 } } }),
  );
  const refused = await post(server.url, asked);
  expect(refused.status).toBe(422);
  expect(detailOf(refused)).toMatch('`output_dir` has a results.json already, which this run would write over');
  await commands.release();
  await endedJob(server.url, blocking);
  const job = await endedJob(server.url, waiting);
  expect(job).toMatchObject({ status: 'failed', failure_kind: 'launch', metrics: null });
  expect(job.error).toMatch('has a results.json already');
});

test('what a command shows of its progress is seen while it runs, and it ends when it is stopped', async (context) => {
  const commands = await commandServers(context);
  await commands.hold();
  const server = await commands.start();
  const id = await submit(server.url, commands.request('right'));
  const { progress } = await jobWhen(server.url, id, (job) => job.progress !== null);
  expect(progress).toEqual({ phase: 'letters', done: 4, total: 8, percent: 50, rate: null, eta_seconds: null });
  await createClient({ server: server.url }).stop(id);
  expect(await endedJob(server.url, id)).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
  expect((await commandLines(commands)).filter((line) => line.includes('command-harness.mjs'))).toEqual([]);
});

test('a command goes on when its server is killed, and the next one reports its progress and its numbers', async (context) => {
  const commands = await commandServers(context);
  await commands.hold();
  const first = await commands.start();
  const id = await submit(first.url, commands.request('right'));
  await jobWhen(first.url, id, (job) => job.progress !== null);
  await first.kill();
  const next = await commands.start();
  expect(await getJob(next.url, id)).toMatchObject({ status: 'running', harness: 'command:mine' });
  await commands.release();
  const job = await endedJob(next.url, id);
  expect(job).toMatchObject({ status: 'completed', progress: { phase: 'digits', percent: 100 } });
  expect(job.metrics).toMatchObject({ digits: { acc: { value: 0.75, n: 4 } } });
});

test('a credential reaches a command in a file that its user alone can read, and stands on no command line', async (context) => {
  const secret = 'sk-planted-4711-0815';
  const commands = await commandServers(context);
  await commands.hold();
  const server = await commands.start();
  const id = await submit(
    server.url,
    commands.request('right', { model_args: { api_key: secret, pretrained: '/ckpt' } }),
  );
  const { log } = await jobWhen(server.url, id, (job) => job.progress !== null);
  const lines = await eventually(async () => {
    const ours = (await commandLines(commands)).filter((line) => line.includes('command-harness.mjs'));
    return ours.length > 0 && ours;
  });
  expect(lines.join()).not.toContain(secret);
  const config = /--config=([^\0]+)/.exec(lines.join())?.[1] ?? '';
  expect((await stat(config)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(config, 'utf8'))).toMatchObject({
    model_args: { api_key: secret, pretrained: '/ckpt' },
  });
  await commands.release();
  expect(await endedJob(server.url, id)).toMatchObject({ status: 'completed' });
  // It had written its whole configuration into its log.
  const text = await readFile(log ?? '', 'utf8');
  expect(text).toContain('"pretrained": "/ckpt"');
  expect(text).not.toContain(secret);
});

test('a request is refused whose credential, or whose wish, the words of a command cannot carry', async (context) => {
  const commands = await commandServers(context, { command: ['true', '{output}', '{model}', '{model_args}'] });
  const server = await commands.start();
  const secret = await post(server.url, commands.request('m', { model_args: { api_key: 'sk-planted-4711-0815' } }));
  expect([secret.status, detailOf(secret)]).toEqual([422, expect.stringMatching(/no \{config\}/)]);
  expect(secret.text).not.toContain('sk-planted');
  const long = await post(server.url, commands.request('m', { model_args: { text: 'x'.repeat(200_000) } }));
  expect([long.status, detailOf(long)]).toEqual([
    422,
    expect.stringContaining('`model_args` is too long for a command line'),
  ]);
  const limited = await post(server.url, commands.request('m', { limit: 5 }));
  expect([limited.status, detailOf(limited)]).toEqual([
    422,
    expect.stringContaining('`limit` was asked, and the command of command:mine has no {limit} that says so'),
  ]);
});

test('a command is listed with what it knows, and names that it does not list are warned of', async () => {
  const client = createClient({ server: server.url });
  const { harnesses } = await client.harnesses();
  expect(harnesses.find(({ name }) => name === 'command:mine')).toEqual({
    ...{ name: 'command:mine', is_default: false, offered: true, version: '1.2', can_start: true, reason: null },
    ...{ python: null, warm_starts: false },
  });
  expect(await client.tasks({ harness: 'command:mine' })).toEqual({ tasks: ['letters', 'digits'] });
  expect(await client.models({ harness: 'command:mine' })).toEqual({ models: [] });
  const { json } = await post(server.url, common.request('any', { tasks: ['leters'] }));
  expect(json).toMatchObject({
    warnings: ['`tasks` "leters" is no name that command:mine knows; did you mean "letters"? (GET /tasks)'],
  });
});

test('names are not looked up for a command that lists none, and one whose program is not there says so', async (context) => {
  const commands = await commandServers(context, {
    list_tasks: null,
    command: ['/no/such/program', '{output}', '{model}'],
  });
  const server = await commands.start({ flags: ['--check-names', 'refuse', '--enable-harness', 'command:mine'] });
  const client = createClient({ server: server.url });
  expect(await client.tasks({ harness: 'command:mine' })).toEqual({ tasks: [] });
  expect((await post(server.url, commands.request('any'))).json).toMatchObject({ warnings: [] });
  const { harnesses } = await client.harnesses();
  expect(harnesses.find(({ name }) => name === 'command:mine')).toMatchObject({
    can_start: false,
    reason: expect.stringMatching(/^\/no\/such\/program was not found, or is not executable \(.*mine\.json\)$/),
  });
});

test('a start is refused where the file of a command has a fault, or a name stands twice', async () => {
  const file = join(await temporaryFolder(), 'mine.yaml');
  await writeFile(file, 'command: [run, "{output}", "{model}"]\nprogres: x\n');
  await expect(startServer({ flags: ['--command-harness', `mine=${file}`] })).rejects.toThrow(
    `--command-harness mine: ${file}, line 2: \`progres\`: there is no such field; there are command, env, progress, list_tasks, higher_is_better, version`,
  );
  await expect(
    startServer({ flags: ['--command-harness', `mine=${file}`, '--command-harness', `mine=${file}`] }),
  ).rejects.toThrow('--command-harness mine is named twice');
});
