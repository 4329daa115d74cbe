import { expect, onTestFinished, test } from 'vitest';
import { endedJob } from '../support/jobs/jobs.ts';
import { decodings } from '../support/requests/decoded.ts';
import { everyAnswer, everyStream } from '../support/requests/everyAnswer.ts';
import { startReceiver } from '../support/requests/receiver.ts';
import { fixture } from '../support/runs/localRun.ts';
import { leakyServer, planted } from '../support/server/leakyServer.ts';
import { runMain } from '../support/server/runMain.ts';
import { eventually } from '../support/waiting/eventually.ts';

const flags = ['--python', fixture('hostile-lmms-eval.mjs')];
/** Enough of a secret to be one: the rest is not left either. */
const PARTS = ['LANTED-"in', 'the-request', 'request-4711', 'LANTED_in_the', 'environment', 'ment_0815'];

/** The parts of secrets that can be read from answers, with where. */
function readable(answers: Iterable<readonly [string, string]>): string[] {
  return [...answers].flatMap(([name, text]) => {
    const readings = decodings(text);
    return PARTS.filter((part) => readings.some((reading) => reading.includes(part))).map((part) => `${name}: ${part}`);
  });
}

test('what a run writes in any form is found by the reader of this test', () => {
  const { asked } = planted;
  const forms = [
    asked,
    [...asked].join('\u001b[31m'),
    [...asked].map((char) => `x\b${char}`).join(''),
    JSON.stringify(JSON.stringify({ asked })),
    encodeURIComponent(asked),
    [...asked].map((char) => `&#${char.codePointAt(0)};`).join(''),
    ...['', 'u', 'us'].map((user) => Buffer.from(`${user}${asked}:more`).toString('base64')),
  ];
  for (const form of forms) expect(readable([['form', `before ${form} after`]])).not.toEqual([]);
});

test('a hostile run shows its secrets by no answer, stream, webhook or export, whatever form it writes them in', async (context) => {
  const leaky = await leakyServer(context);
  await leaky.hold();
  const receiver = await startReceiver();
  const server = await leaky.start({ flags });
  const all = everyStream(server.url, null);
  const jobId = await leaky.submit(server, { callback_url: `${receiver.url}/hook` });
  const ofJob = everyStream(server.url, jobId);
  await eventually(() => ofJob.text().includes('held: '));
  await eventually(async () =>
    (await (await fetch(`${server.url}/jobs/${jobId}`)).text()).includes('Model Responding ('),
  );
  expect(readable(await everyAnswer(server.url, jobId, 't1'))).toEqual([]);

  await leaky.release();
  expect(await endedJob(server.url, jobId)).toMatchObject({ status: 'completed' });
  await eventually(() => receiver.posts.length > 0);
  await eventually(() => ofJob.text().includes('event: completed'));
  const answers = await everyAnswer(server.url, jobId, 't1');
  expect(answers.get(`/jobs/${jobId}/samples/t1 {}`)).toContain('"doc_id":0');
  expect(readable(answers)).toEqual([]);
  expect(readable(receiver.posts.map(({ body }) => ['webhook', body]))).toEqual([]);
  expect(
    readable([
      ['all', all.text()],
      ['job', ofJob.text()],
      ['log', server.log()],
    ]),
  ).toEqual([]);
  all.close();
  ofJob.close();
  await server.stop();
  expect(readable([['export', (await runMain(['journal', 'export', '--data-dir', leaky.dataDir])).stdout]])).toEqual(
    [],
  );
});

test('the error of a run that fails, and its webhook, have no secret in any form', async () => {
  const leaky = await leakyServer({ onTestFinished });
  const server = await leaky.start({ flags });
  const jobId = await leaky.submit(server, { model: 'exit' });
  const job = await endedJob(server.url, jobId);
  expect(job).toMatchObject({ status: 'failed', failure_kind: 'exited' });
  expect(job.error).toContain('Last words: ');
  expect(readable(await everyAnswer(server.url, jobId, 't1'))).toEqual([]);
});
