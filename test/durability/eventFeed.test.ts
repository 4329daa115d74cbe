import { expect, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { dataOf, openEvents } from '../support/requests/eventStream.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { eventually } from '../support/waiting/eventually.ts';

/** Kills, each while submissions and runs are under way. */
const KILLS = 4;

test(`a client that follows the events across ${KILLS} kills of the server sees each once, in order`, async (context) => {
  const counted = await countedRuns(context);
  const seen: { id: number; line: string }[] = [];
  const submitted: string[] = [];
  for (let kill = 0; kill <= KILLS; kill++) {
    const server = await counted.start();
    const stream = await openEvents(`${server.url}/events`, { 'last-event-id': String(seen.at(-1)?.id ?? 0) });
    const submitting = Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => submit(server.url, counted.request(`${kill}.${n}`))),
    );
    // In the middle of things: some are acknowledged, some run, some have ended.
    await eventually(() => dataOf(stream.received).length > 5);
    if (kill === KILLS) {
      await eventually(async () => (await submitting).length === 10);
      const all = seen.length + 40;
      await eventually(() => seen.length + dataOf(stream.received).length >= all);
      stream.close();
    } else await server.kill();
    for (const { id, data } of dataOf(await stream.ended)) seen.push({ id, line: `${data.job_id} ${data.type}` });
    for (const one of await submitting) if (one.status === 'fulfilled') submitted.push(one.value);
  }
  expect(seen.map(({ id }) => id)).toEqual(seen.map((_, index) => index + 1));
  expect(new Set(seen.map(({ line }) => line)).size).toBe(seen.length);
  for (const jobId of submitted) expect(seen.map(({ line }) => line)).toContain(`${jobId} submitted`);
});
