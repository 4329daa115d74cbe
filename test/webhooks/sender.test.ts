import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { MAX_ATTEMPTS, waits } from '../../src/machines/delivery/deliveryWaits.ts';
import type { TransitionReport } from '../../src/schemas/server/machines.ts';
import { MAX_IN_FLIGHT } from '../../src/webhooks/hostFairness.ts';
import { MAX_WAITING } from '../../src/webhooks/sender.ts';
import { hang, type Posted, startReceiver, status } from '../support/requests/receiver.ts';
import { sending } from '../support/requests/sending.ts';
import { failedOutcome } from '../support/runs/controlledRuns.ts';
import { eventually } from '../support/waiting/eventually.ts';

const isSigned = ({ headers, body }: Posted, secret = 'the secret') =>
  headers['x-evald-signature'] ===
  `sha256=${createHmac('sha256', secret).update(`${headers['x-evald-timestamp']}.${body}`).digest('hex')}`;

describe('an ended job', () => {
  test('an ended job is posted once, as it is shown, and is then done with', async () => {
    const receiver = await startReceiver();
    const { end, getJob, due, clock, log, logged } = sending();
    clock.set(1_700_000_000_000);
    const jobId = await end([`${receiver.url}/hook?token=s3cret`]);
    await logged('is delivered');
    expect(receiver.posts).toHaveLength(1);
    const [post] = receiver.posts;
    expect(post).toMatchObject({
      method: 'POST',
      path: '/hook?token=s3cret',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'evald/1.2.3',
        'x-evald-event': 'job.completed',
        'x-evald-delivery': '1',
        'x-evald-timestamp': '1700000000',
      },
    });
    expect(JSON.parse(post?.body ?? '')).toEqual(getJob(jobId));
    await eventually(() => due().length === 0);
    expect(log.join()).toContain(`${receiver.url}/hook?token=*** is delivered`);
    expect(log.join()).not.toContain('s3cret');
  });

  test('a post of an ended job is signed: a changed byte, another time or another secret does not verify', async () => {
    const receiver = await startReceiver();
    const { end } = sending();
    await end([receiver.url], failedOutcome);
    const post = await eventually(() => receiver.posts[0]);
    expect(post.headers['x-evald-event']).toBe('job.failed');
    expect(isSigned(post)).toBe(true);
    expect(isSigned(post, 'another')).toBe(false);
    expect(isSigned({ ...post, body: post.body.replace('failed', 'failes') })).toBe(false);
    expect(isSigned({ ...post, headers: { ...post.headers, 'x-evald-timestamp': '1' } })).toBe(false);
  });

  test('an ended job reaches each of its receivers by a delivery of its own', async () => {
    const [one, other] = [await startReceiver(), await startReceiver()];
    const { end, due } = sending();
    await end([one.url, other.url]);
    await eventually(() => due().length === 0);
    expect([...one.posts, ...other.posts].map(({ headers }) => headers['x-evald-delivery']).sort()).toEqual(['1', '2']);
    expect(one.posts[0]?.body).toBe(other.posts[0]?.body);
  });
});

describe('a receiver that is down', () => {
  test('a receiver that is down is tried again after waits that grow, and has the job once it is up', async () => {
    const { port, url, down } = await startReceiver();
    await down();
    const { end, attempts, passWait, due, clock, log } = sending();
    await end([url]);
    const passed: number[] = [];
    for (let count = 1; count <= 4; count++) {
      await attempts(count);
      passed.push(passWait());
    }
    expect(passed).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(log[0]).toMatch(/failed \(attempt 1\), again in 5 s: .*ECONNREFUSED/);

    await attempts(5);
    const receiver = await startReceiver({ port });
    expect(receiver.posts).toEqual([]);
    passWait();
    await eventually(() => due().length === 0);
    expect(receiver.posts).toHaveLength(1);
    // Signed when it is sent, not when it was due: a receiver may refuse what is old.
    expect(receiver.posts[0]?.headers['x-evald-timestamp']).toBe(String(Math.floor(clock.now() / 1_000)));
  });

  test.each([-3_600_000, -31_536_000_000, 31_536_000_000])(
    'a receiver that is down is tried after the same waits when the clock jumps by %i ms, signed with the time it then shows',
    async (jump) => {
      const { port, url, down } = await startReceiver();
      await down();
      const { end, attempts, passWait, due, setClock, clock } = sending();
      clock.set(1_700_000_000_000);
      await end([url]);
      await attempts(1);
      setClock(jump);
      expect(passWait()).toBe(5_000);
      await attempts(2);
      const receiver = await startReceiver({ port });
      expect(passWait()).toBe(10_000);
      await eventually(() => due().length === 0);
      const seconds = Math.floor((clock.now() + jump) / 1_000);
      expect(receiver.posts.map(({ headers }) => headers['x-evald-timestamp'])).toEqual([String(seconds)]);
    },
  );

  test('a receiver that is down is given up after the last attempt, about a day after the first', async () => {
    const { url, posts } = await startReceiver({ answer: status(500) });
    const { end, attempts, passWait, due, clock, log, logged } = sending();
    await end([`${url}/?token=s3cret`]);
    for (let count = 1; count < MAX_ATTEMPTS; count++) {
      await attempts(count);
      passWait();
    }
    await logged(`is given up after attempt ${MAX_ATTEMPTS}: answered 500`);
    await eventually(() => due().length === 0);
    expect(posts).toHaveLength(MAX_ATTEMPTS);
    expect(clock.now()).toBe(waits.reduce((sum, wait) => sum + wait) * 1_000);
    expect(clock.now() / 3_600_000).toBeGreaterThan(22);
    expect(clock.now() / 3_600_000).toBeLessThan(26);
    expect(log.join()).not.toContain('s3cret');
  });
});

describe('an answer', () => {
  test.each([500, 503, 404, 400, 401, 429])(
    'an answer of %i is a failure, and the same delivery is sent again',
    async (code) => {
      let answers = 0;
      const { url, posts } = await startReceiver({
        answer: (response) => status(answers++ === 0 ? code : 200)(response),
      });
      const { end, attempts, passWait, due, log } = sending();
      await end([url]);
      await attempts(1);
      expect(log.join()).toContain(`answered ${code}`);
      passWait();
      await eventually(() => due().length === 0);
      expect(posts.map(({ headers }) => headers['x-evald-delivery'])).toEqual(['1', '1']);
      expect(posts.every((post) => isSigned(post))).toBe(true);
    },
  );

  test('an answer of 410 gives up at once', async () => {
    const { url, posts } = await startReceiver({ answer: status(410) });
    const { end, due, logged } = sending();
    await end([url]);
    await logged('is given up: answered 410');
    await eventually(() => due().length === 0);
    expect(posts).toHaveLength(1);
  });

  test.each([301, 302, 307, 308])('an answer of %i is not followed', async (code) => {
    const other = await startReceiver();
    const { url } = await startReceiver({ answer: status(code, { Location: other.url }) });
    const { end, attempts, log } = sending();
    await end([url]);
    await attempts(1);
    expect(log.join()).toContain(`answered ${code}; redirects are not followed`);
    expect(other.posts).toEqual([]);
  });

  test.each([
    ['hangs up', 'socket hang up', (socket: NodeJS.WritableStream) => socket.end()],
    [
      'speaks another protocol',
      'closed without an answer',
      (socket: NodeJS.WritableStream) =>
        socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    ],
    ['speaks none', 'Parse Error', (socket: NodeJS.WritableStream) => socket.end('what?\r\n\r\n')],
  ])('an answer that is none is a failure: the receiver %s', async (_what, reason, speak) => {
    const { url } = await startReceiver({ answer: ({ socket }) => socket && speak(socket) });
    const { end, attempts, log } = sending();
    await end([url]);
    await attempts(1);
    expect(log.join()).toContain(reason);
  });

  test('an answer without an end is read up to a bound, and its status counts', async () => {
    const closed = Promise.withResolvers<void>();
    const { url } = await startReceiver({
      answer: (response) => {
        response.writeHead(200);
        const pour = () => {
          while (response.write('x'.repeat(16_384)));
        };
        response.on('drain', pour);
        response.on('close', closed.resolve);
        pour();
      },
    });
    const { end, logged } = sending();
    await end([url]);
    await logged('is delivered: answered 200');
    await closed.promise;
  });
});

describe('a slow receiver', () => {
  test('a slow receiver does not keep another waiting, however much waits for it, and times out', async () => {
    const slow = await startReceiver({ answer: hang });
    const { end, clock, log, due } = sending();
    for (let count = 0; count < 20; count++) await end([slow.url]);
    await eventually(() => slow.posts.length > 0);
    const fast = await startReceiver();
    await end([fast.url]);
    await eventually(() => fast.posts.length === 1);
    expect(slow.posts.length).toBeLessThanOrEqual(2);

    await eventually(() => slow.posts.length === 2);
    clock.increment(9_999);
    expect(log.join()).not.toContain('no answer');
    clock.increment(1);
    await eventually(() => due().filter(({ attempts }) => attempts === 1).length === 2);
    expect(log.join()).toContain('no answer within 10 s');
    await eventually(() => slow.posts.length === 4);
  });

  test('a slow receiver times out also when its answer has begun', async () => {
    const { url, posts } = await startReceiver({ answer: (response) => void response.writeHead(200).write('so') });
    const { end, clock, logged } = sending();
    await end([url]);
    await eventually(() => posts.length === 1);
    // Bit by bit, so that the head of the answer is there before the time is over.
    void eventually(() => clock.increment(1_000) ?? clock.now() >= 10_000);
    await logged('no answer within 10 s');
  });
});

describe('delivery at least once', () => {
  test('a post that was answered and could not be noted is sent again by the next server, under the same number', async () => {
    const receiver = await startReceiver();
    const first = sending();
    await first.end([receiver.url]);
    first.journal.break('the disk is full');
    await first.logged('the disk is full');
    await first.sender.close();
    first.journal.mend();

    const next = sending({ journal: first.journal, clock: first.clock });
    await eventually(() => next.due().length === 0);
    expect(receiver.posts.map(({ headers }) => headers['x-evald-delivery'])).toEqual(['1', '1']);
  });

  test('a post that could not be noted is noted later, and not sent again and again meanwhile', async () => {
    const receiver = await startReceiver();
    const { journal, end, clock, logged, due, sender, log } = sending();
    await end([receiver.url]);
    journal.break('the disk is full');
    await logged('the disk is full');
    sender.wake();
    clock.increment(5_000);
    sender.wake();
    journal.mend();
    clock.increment(5_000);
    await eventually(() => {
      clock.increment(5_000);
      return due().length === 0;
    });
    expect(receiver.posts).toHaveLength(1);
    expect(log.filter((line) => line.includes('the disk is full'))).toHaveLength(1);
  });

  test('a post under way when the server closes is aborted at once and stays due', async () => {
    const receiver = await startReceiver({ answer: hang });
    const { end, sender, due } = sending();
    await end([receiver.url]);
    await eventually(() => receiver.posts.length === 1);
    await sender.close();
    expect(due()).toMatchObject([{ number: 1, attempts: 0 }]);
  });
});

describe('deliveries as actors', () => {
  const statesOf = ({ sender }: ReturnType<typeof sending>) => sender.getLiveStates().deliveries;

  test('deliveries at work and the next ones are actors, however many rows there are, and all arrive', async () => {
    const many = 400;
    const receiver = await startReceiver({ answer: status(500) });
    const parts = sending();
    const { end, due, clock, log } = parts;
    for (let job = 0; job < many; job++) await end([`${receiver.url}/${job}`]);
    const failed = () => log.filter((line) => line.includes('failed (attempt 1)')).length;
    let most = 0;
    await eventually(() => {
      most = Math.max(most, statesOf(parts).length);
      return failed() === many;
    });
    const later = await eventually(() => statesOf(parts).length === MAX_WAITING && statesOf(parts));
    expect(later.every(({ states }) => states[0] === 'waiting.scheduled')).toBe(true);
    expect(most).toBeLessThanOrEqual(MAX_IN_FLIGHT + 2 * MAX_WAITING);

    await receiver.down();
    const again = await startReceiver({ port: receiver.port });
    clock.increment(5_000);
    await eventually(() => due().length === 0);
    expect(new Set(again.posts.map(({ path }) => path)).size).toBe(many);
    expect(statesOf(parts)).toEqual([]);
  });

  test('deliveries wait for what is left when another server makes them anew', async () => {
    const { port, url, down } = await startReceiver();
    await down();
    const first = sending();
    const jobId = await first.end([url]);
    await first.attempts(1);
    await first.sender.close();
    first.clock.increment(2_000);

    const receiver = await startReceiver({ port });
    const next = sending({ journal: first.journal, clock: first.clock });
    await eventually(() => statesOf(next).length === 1);
    expect(statesOf(next)).toEqual([{ number: 1, job_id: jobId, states: ['waiting.scheduled'] }]);
    first.clock.increment(2_999);
    expect(statesOf(next)[0]?.states).toEqual(['waiting.scheduled']);
    first.clock.increment(1);
    await eventually(() => next.due().length === 0);
    expect(receiver.posts).toHaveLength(1);
  });

  test('deliveries report each of their transitions to an observer, with the job and without the URL', async () => {
    let answers = 0;
    const { url } = await startReceiver({ answer: (response) => status(answers++ === 0 ? 500 : 204)(response) });
    const { sender, end, attempts, passWait, due } = sending();
    const reports: TransitionReport[] = [];
    const stop = sender.observeTransitions((report) => reports.push(report));
    const jobId = await end([`${url}/?token=s3cret`]);
    await attempts(1);
    await eventually(() => reports.at(-1)?.to === 'waiting');
    passWait();
    await eventually(() => due().length === 0 && reports.at(-1)?.to === 'delivered');
    expect(reports.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'waiting.scheduled waiting.due',
      'waiting.due posting',
      'posting failed',
      'failed recording',
      'recording.writing waiting',
      'waiting.scheduled waiting.scheduled',
      'waiting.scheduled waiting.due',
      'waiting.due posting',
      'posting recording',
      'recording.writing delivered',
    ]);
    expect(reports.at(-1)).toMatchObject({
      machine: 'delivery',
      actor: 'delivery:1',
      job_id: jobId,
      transition: 'recording.writing--done.record--delivered--isDelivered',
      states: ['delivered'],
    });
    expect(JSON.stringify(reports)).not.toContain('s3cret');

    stop();
    const count = reports.length;
    await end([url]);
    await eventually(() => due().length === 0);
    expect(reports).toHaveLength(count);
  });
});
