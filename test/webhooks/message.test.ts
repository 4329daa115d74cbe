import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { jobInfo } from '../../src/projections/job.ts';
import { newRecord } from '../../src/schemas/job/jobRecord.ts';
import { messageOf } from '../../src/webhooks/message.ts';
import { newJob } from '../support/jobs/newJob.ts';
import { startReceiver, status } from '../support/requests/receiver.ts';
import { sending } from '../support/requests/sending.ts';
import { eventually } from '../support/waiting/eventually.ts';

const job = jobInfo(newRecord(newJob('j')));
const base64 = (text: string) => Buffer.from(text).toString('base64');
const message = (secret: string, at = Date.now()) =>
  messageOf(job, { number: 7, jobId: 'j' }, { version: '1.2.3', secret }, at);

test('a library of Standard Webhooks takes a message by the secret in base64, and by no other', () => {
  const { body, headers } = message('the secret');
  expect(new Webhook(base64('the secret')).verify(body, headers)).toEqual(job);
  expect(() => new Webhook(base64('another')).verify(body, headers)).toThrow('No matching signature');
});

test.each([
  ['another body', { body: `${message('the secret').body} ` }],
  ['another id', { headers: { 'Webhook-Id': 'j-8' } }],
  ['another time', { headers: { 'Webhook-Timestamp': String(Math.floor(Date.now() / 1_000) - 1) } }],
])('a message with %s does not verify', (_what, changed: { body?: string; headers?: Record<string, string> }) => {
  const { body, headers } = message('the secret');
  const verify = () =>
    new Webhook(base64('the secret')).verify(changed.body ?? body, { ...headers, ...changed.headers });
  expect(verify).toThrow('No matching signature');
});

test('a message of six minutes ago is too old for the library', () => {
  const { body, headers } = message('the secret', Date.now() - 360_000);
  expect(() => new Webhook(base64('the secret')).verify(body, headers)).toThrow('too old');
});

test('a secret in the form of Standard Webhooks is the key as it is', () => {
  const secret = `whsec_${base64('twenty-four bytes or more')}`;
  const { body, headers } = message(secret);
  expect(new Webhook(secret).verify(body, headers)).toEqual(job);
});

test.each(['whsec_', 'whsec_=', 'whsec_not base64'])(
  'the secret %j has no key in it, and is the key itself',
  (secret) => {
    const { body, headers } = message(secret);
    expect(new Webhook(base64(secret)).verify(body, headers)).toEqual(job);
  },
);

test('a job that is sent again has the same webhook-id, and each receiver of it another', async () => {
  let answers = 0;
  const { url, posts } = await startReceiver({ answer: (response) => status(answers++ === 0 ? 500 : 204)(response) });
  const { end, attempts, passWait, due } = sending();
  const jobId = await end([url]);
  await attempts(1);
  passWait();
  await eventually(() => due().length === 0);
  await end([`${url}/one`, `${url}/two`]);
  await eventually(() => due().length === 0);
  const ids = posts.map(({ headers }) => headers['webhook-id']);
  expect(ids.slice(0, 2)).toEqual([`${jobId}-1`, `${jobId}-1`]);
  expect(new Set(ids).size).toBe(3);
});
