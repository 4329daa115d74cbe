import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { operations } from '../../src/http/app.ts';
import { send } from '../support/requests/send.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

/** What becomes of a credential that is sent in a text. */
type Decision =
  /** Masked where it is shown, the true one kept beside the job until it ends. */
  | 'kept apart'
  /** Masked where it is shown; kept, for webhooks need it. */
  | 'masked'
  | 'refused'
  /** Asked with, and kept nowhere. */
  | 'passing'
  /** Of a few words or a number: no other text is taken. */
  | 'no text';

/** One row for each field that a client can send. A new one needs a row, and what the row says is tried. */
const decisions: { [field: string]: Decision } = {
  'POST /evaluate body model': 'refused',
  'POST /evaluate body tasks': 'refused',
  'POST /evaluate body model_args': 'kept apart',
  'POST /evaluate body num_fewshot': 'no text',
  'POST /evaluate body batch_size': 'no text',
  'POST /evaluate body device': 'refused',
  'POST /evaluate body limit': 'no text',
  'POST /evaluate body gen_kwargs': 'kept apart',
  'POST /evaluate body log_samples': 'no text',
  'POST /evaluate body predict_only': 'no text',
  'POST /evaluate body num_gpus': 'no text',
  'POST /evaluate body output_dir': 'refused',
  'POST /evaluate body labels': 'refused',
  'POST /evaluate body harness': 'refused',
  'POST /evaluate body split': 'no text',
  'POST /evaluate body pool': 'refused',
  'POST /evaluate body priority': 'no text',
  'PATCH /jobs/{job_id} body priority': 'no text',
  'POST /evaluate body cpus': 'no text',
  'POST /evaluate body memory': 'refused',
  'POST /evaluate body timeout': 'no text',
  'POST /evaluate body stall_timeout': 'no text',
  'POST /evaluate body retry': 'no text',
  'POST /evaluate body callback_url': 'masked',
  'POST /evaluate body engine_args': 'refused',
  'POST /evaluate body ready_file': 'refused',
  'POST /evaluate body ready_timeout': 'no text',
  'POST /evaluate body after': 'refused',
  'POST /evaluate body after_any': 'no text',
  'POST /evaluate headers Idempotency-Key': 'refused',
  'POST /evaluate query dry_run': 'no text',
  'GET /jobs query status': 'no text',
  'GET /jobs query model': 'passing',
  'GET /jobs query task': 'passing',
  'GET /jobs query label': 'passing',
  'GET /jobs query submitted_by': 'passing',
  'GET /jobs query since': 'no text',
  'GET /jobs query id_prefix': 'no text',
  'GET /jobs query q': 'passing',
  'GET /jobs query order': 'no text',
  'GET /jobs query limit': 'no text',
  'GET /jobs query cursor': 'no text',
  'GET /jobs/{job_id} query wait': 'no text',
  'POST /jobs/{job_id}/retry query missing': 'no text',
  'POST /jobs/{job_id}/retry headers Idempotency-Key': 'refused',
  'POST /jobs/actions body action': 'no text',
  'POST /jobs/actions body ids': 'passing',
  'POST /jobs/actions body filter': 'passing',
  'POST /jobs/actions body cursor': 'no text',
  'POST /jobs/actions body priority': 'no text',
  'POST /jobs/actions body missing': 'no text',
  'POST /jobs/actions body dry_run': 'no text',
  'POST /jobs/actions headers Idempotency-Key': 'refused',
  'GET /events query after': 'no text',
  'GET /events query follow': 'no text',
  'GET /events headers Last-Event-ID': 'passing',
  'GET /jobs/{job_id}/events query after': 'no text',
  'GET /jobs/{job_id}/events query follow': 'no text',
  'GET /jobs/{job_id}/events headers Last-Event-ID': 'passing',
  'GET /jobs/{job_id}/log query tail': 'no text',
  'GET /jobs/{job_id}/log query attempt': 'no text',
  'GET /jobs/{job_id}/log query follow': 'no text',
  'GET /jobs/{job_id}/log query raw': 'no text',
  'GET /jobs/{job_id}/log query task': 'passing',
  'GET /jobs/{job_id}/log headers Range': 'passing',
  'GET /jobs/{job_id}/log headers Last-Event-ID': 'passing',
  'GET /jobs/{job_id}/samples/{task} query offset': 'no text',
  'GET /jobs/{job_id}/samples/{task} query limit': 'no text',
  'GET /jobs/{job_id}/samples/{task} query filter': 'no text',
  'GET /jobs/{job_id}/artifacts/{path} headers Range': 'passing',
  'GET /jobs/{job_id}/artifacts/{path} headers If-Range': 'passing',
  'GET /scores query job': 'passing',
  'GET /scores query model': 'passing',
  'GET /scores query task': 'passing',
  'GET /scores query metric': 'passing',
  'GET /scores query filter': 'passing',
  'GET /scores query label': 'passing',
  'GET /scores query since': 'no text',
  'GET /scores query x': 'no text',
  'GET /scores query missing': 'no text',
  'GET /scores query limit': 'no text',
  'GET /scores query order': 'no text',
  'GET /scores query cursor': 'no text',
  'GET /scores/export query job': 'passing',
  'GET /scores/export query model': 'passing',
  'GET /scores/export query task': 'passing',
  'GET /scores/export query metric': 'passing',
  'GET /scores/export query filter': 'passing',
  'GET /scores/export query label': 'passing',
  'GET /scores/export query since': 'no text',
  'GET /scores/export query x': 'no text',
  'GET /scores/export query format': 'no text',
  'GET /compare query a': 'passing',
  'GET /compare query b': 'passing',
  'GET /compare query task': 'passing',
  'GET /compare query metric': 'passing',
  'GET /compare query filter': 'passing',
  'GET /compare query allow_unpaired': 'no text',
  'POST /gate body baseline': 'passing',
  'POST /gate body candidate': 'passing',
  'POST /gate body policy': 'no text',
  'POST /gate body allow_unpaired': 'no text',
  'POST /imports body dir': 'refused',
  'POST /imports body labels': 'refused',
  'GET /queue query limit': 'no text',
  'GET /tasks query harness': 'no text',
  'GET /models query harness': 'no text',
  'GET /queue headers If-None-Match': 'passing',
  'GET /machines query job': 'passing',
  'POST /hooks/checkpoint query wait': 'no text',
  'POST /hooks/checkpoint body event': 'no text',
  'POST /hooks/checkpoint body step': 'no text',
  'POST /hooks/checkpoint body checkpoint_dir': 'refused',
  'POST /hooks/checkpoint body output_dir': 'refused',
  'GET /hooks/checkpoint/{job_id} query wait': 'no text',
  'POST /merge body checkpoint_path': 'refused',
  'POST /merge body output_path': 'refused',
  'POST /merge body checkpoint_type': 'no text',
};

const planted = 'PLANTED-0123456789abcdef';
const text = `api_key=${planted}`;
/** How it is sent in fields that are no plain text. */
const values: { [field: string]: unknown } = {
  'POST /evaluate body tasks': [text],
  'POST /evaluate body model_args': { api_key: planted },
  'POST /evaluate body labels': { note: text },
  'POST /jobs/actions body filter': { q: text },
  'POST /imports body dir': `/earlier/${text}`,
  'POST /imports body labels': { note: text },
  'POST /evaluate body callback_url': `https://example.org/hook?${text}`,
};

type Field = { name: string; method: string; path: string; part: 'body' | 'query' | 'headers'; field: string };

const fields: Field[] = operations.flatMap(({ method, path, ...parts }) =>
  (['body', 'query', 'headers'] as const).flatMap((part) =>
    namesOf(parts[part]).map((field) => {
      const name = `${method.toUpperCase()} ${path} ${part} ${field}`;
      return { name, method: method.toUpperCase(), path, part, field };
    }),
  ),
);

function namesOf(schema: z.ZodType | undefined): string[] {
  const inner = schema instanceof z.ZodPipe ? schema.out : schema;
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** What the server submits for a hook: every text of one is in it. */
const template = join(tmpdir(), `evald-textFields-${process.pid}.json`);
const submitted = { model: 'majority', tasks: ['demo'], labels: { of: '{event}, {checkpoint_dir}, {output_dir}' } };

let server: TestServer;
let jobId = '';
beforeAll(async () => {
  await writeFile(template, JSON.stringify(submitted));
  server = await startServer({ flags: ['--hook-template', template] });
  // What is taken waits: nothing is posted, nor run.
  await send(`${server.url}/queue/pause`, { method: 'POST' });
  jobId = Object(await post('/evaluate', bodies['/evaluate'] ?? {}, {}).then(({ json }) => json)).job_id;
});
afterAll(async () => {
  await server.stop();
  await rm(template, { force: true });
});

const bodies: { [path: string]: object } = {
  '/evaluate': { model: 'nearest-template', tasks: ['demo'] },
  '/hooks/checkpoint': { event: 'save', step: 1, checkpoint_dir: '/run/1', output_dir: '/run' },
  '/merge': { checkpoint_path: '/nonexistent' },
  '/imports': { dir: '/nonexistent' },
  '/jobs/actions': { action: 'stop', ids: ['nobody'] },
  '/gate': { baseline: 'one', candidate: 'other', policy: { tasks: { demo: { max_drop: 0 } } } },
};

const post = (path: string, body: object, headers: Record<string, string>, method = 'POST') =>
  send(`${server.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** Sends the credential in one field, the rest as it should be. Of a stream only its head is read. */
async function ask({ name, method, path, part, field }: Field): Promise<{ status: number; text: string }> {
  const value = values[name] ?? text;
  const filled = path.replace('{job_id}', jobId).replace('{task}', 'demo').replace('{path}', 'log');
  const query = part === 'query' ? `?${new URLSearchParams({ [field]: text })}` : '';
  const headers = part === 'headers' ? { [field]: text } : {};
  const body = part === 'body' ? { ...bodies[path], [field]: value } : bodies[path];
  if (method === 'POST' || method === 'PATCH') return post(filled + query, body ?? {}, headers, method);
  const hangUp = new AbortController();
  const answer = await fetch(`${server.url}${filled}${query}`, { headers, signal: hangUp.signal });
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const shown = isStream ? '' : await answer.text();
  hangUp.abort();
  return { status: answer.status, text: shown };
}

/** All that clients can read of the jobs that were submitted. */
async function everything(): Promise<string> {
  const list = await (await fetch(`${server.url}/jobs?limit=100`)).text();
  const { jobs } = JSON.parse(list) as { jobs: { job_id: string }[] };
  const each = jobs.map(async ({ job_id }) => (await fetch(`${server.url}/jobs/${job_id}`)).text());
  return [list, ...(await Promise.all(each)), server.log()].join('\n');
}

test('each field that a client can send has a row that says what becomes of a credential in it', () => {
  expect(Object.keys(decisions).toSorted()).toEqual(fields.map(({ name }) => name).toSorted());
});

test.each(fields)('a credential in $name is never shown, and accepted only where it is kept apart', async (field) => {
  const { status, text: shown } = await ask(field);
  expect(shown).not.toContain(planted);
  const decision = decisions[field.name];
  if (decision === 'refused' || decision === 'no text') expect([status, shown]).toEqual([422, expect.any(String)]);
  else if (decision === 'passing') expect(status).toBeLessThan(500);
  else expect([status, shown]).toEqual([200, expect.any(String)]);
  expect(await everything()).not.toContain(planted);
});

test.each([
  ['a password in a URL', { output_dir: `s3://me:${planted}@bucket/out` }, 'output_dir'],
  ['what HTTP authorizes by', { labels: { note: `Bearer ${planted}` } }, 'labels'],
  ['a variable for the engine', { engine_args: [`--export=HF_TOKEN=${planted}`] }, 'engine_args'],
])('a request with %s is refused, naming the field, where any client may read it', async (_, more, field) => {
  const answer = await post('/evaluate', { ...bodies['/evaluate'], ...more }, {});
  expect(answer).toMatchObject({ status: 422, json: { detail: [{ loc: expect.arrayContaining(['body', field]) }] } });
  expect(answer.text).not.toContain(planted);
});

test.each([
  { labels: { data: 'tokens: 300B' } },
  { labels: { order: 'sort_key: accuracy', pooling: 'image_token:pooled' } },
  { labels: { order: 'sort_key=metric_name_accuracy_x', data: 'tokens=300B_of_fineweb_edu_v2' } },
  { labels: { path: '/r/vision_tokens=576-pooled-by-avg/run1' } },
  { labels: { words: '--wckey=visionlab_project_2026' } },
  { labels: { words: '--wckey=visionlab2026project' } },
])('the request %j is accepted as it is', async (more) => {
  const answer = await post('/evaluate', { ...bodies['/evaluate'], ...more }, {});
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
});

test.each(['sweep-key:step-100', 'ckpt-token:300B', 'run/tokens=300B/step=1'])(
  'the Idempotency-Key %s has no credential',
  async (key) => {
    const answer = await post('/evaluate', bodies['/evaluate'] ?? {}, { 'Idempotency-Key': key });
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  },
);

test.each([
  'key: sk-planted-planted-planted',
  'token=hf_PlantedPlantedPlanted',
  'X-Api-Key:0123abcd-0123-abcd-0123-abcd01234567',
  '--api-key PlantedPlanted0123',
])('a text that is surely a credential is refused in a label and as Idempotency-Key: %s', async (sure) => {
  const answer = await post('/evaluate', { ...bodies['/evaluate'], labels: { note: sure } }, {});
  expect(answer).toMatchObject({ status: 422, json: { detail: [{ loc: ['body', 'labels', 'note'] }] } });
  const keyed = await post('/evaluate', bodies['/evaluate'] ?? {}, {
    'Idempotency-Key': sure.replace(': ', ':').replace(' ', '='),
  });
  expect(keyed).toMatchObject({ status: 422, json: { detail: [{ loc: ['header', 'idempotency-key'] }] } });
});

test.each(['/runs/token=bpe/7', '/runs/lr=1e-5,use_auth=true', '/r/password-reset'])(
  'the folder %s is a path like any other',
  async (path) => {
    const answer = await post('/evaluate', { ...bodies['/evaluate'], labels: { path } }, {});
    expect(answer).toMatchObject({ status: 200 });
  },
);

test('a warning of an unknown field shows no credential of its name', async () => {
  const answer = await post('/evaluate', { ...bodies['/evaluate'], [text]: 1 }, {});
  expect(answer).toMatchObject({ status: 200, json: { warnings: [expect.stringContaining('***')] } });
  expect(await everything()).not.toContain(planted);
});

test('texts that only resemble a credential are accepted unchanged', async () => {
  const more = { labels: { token: 'r7', key: '12', note: 'max_tokens=16' }, output_dir: null, device: 'cuda:0' };
  expect(await post('/evaluate', { ...bodies['/evaluate'], ...more }, {})).toMatchObject({ status: 200 });
});

test('an export of all that was sent here has no credential', async () => {
  const { stdout } = await runMain(['journal', 'export', '--data-dir', server.dataDir]);
  expect(stdout).toContain('***');
  expect(stdout).not.toContain(planted);
});
