import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { commandLinesWith, filesWith } from '../support/files/filesWith.ts';
import { getJob } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith } from '../support/needs.ts';
import { everyAnswer } from '../support/requests/everyAnswer.ts';
import { isRunning, processesOf } from '../support/runs/processes.ts';
import { eventually } from '../support/waiting/eventually.ts';
import type { TrialEntry } from './table.ts';
import { type Tried, tryHarness } from './tried.ts';

/** Milliseconds: real harnesses take many seconds to be imported, on a machine that others use. */
const LIMIT = 900_000;
const SECRET = 'sk-planted-in-the-contract-4711';

/** What each harness promises, tried by real runs of it in a real server. */
export function keepsPromises(entry: TrialEntry): void {
  const { name, need } = entry;
  const suite = (title: string, tests: () => void) =>
    need === null ? describe(title, tests) : describeWith(need, title, tests);

  suite(`the harness ${name}`, () => {
    let tried: Tried;
    beforeAll(async () => {
      tried = await tryHarness(entry);
    }, LIMIT);
    afterAll(() => tried?.close(), LIMIT);
    const ended = (id: string) => endedJob(tried.server().url, id);

    test(
      `a run of ${name} completes with its numbers and what made them, and shows its credential nowhere`,
      async () => {
        const [task] = tried.request.tasks;
        const model_args = { ...tried.request.model_args, api_key: SECRET };
        const { id } = await tried.held({ model_args });
        expect(await commandLinesWith([SECRET])).toEqual([]);
        expect(shown(await everyAnswer(tried.server().url, id, task))).toEqual([]);
        // The run has it all the same: it is kept for it alone.
        expect(await filesWith(tried.dataDir, [SECRET])).toContain(`runs/${id}/1/config.json`);
        await tried.clear('hold');

        const job = await ended(id);
        expect(job).toMatchObject({ status: 'completed', error: null, harness: name, metrics: tried.numbers });
        expect(job.answers).toMatchObject({ [task]: { failed: 0, empty: 0 } });
        const { harnesses } = await tried.client().harnesses();
        const version = harnesses.find((one) => one.name === name)?.version;
        expect(version).toEqual(expect.any(String));
        const made = { harness: name, harness_version: version, num_gpus: 1, tasks: { [task]: {} } };
        expect(job.provenance).toMatchObject({
          ...made,
          arguments: { model: tried.request.model, model_args: { ...model_args, api_key: '***' } },
        });
        expect(await tried.client().results(id)).toMatchObject({ provenance: made, partial: false });
        expect(await tried.client().samples(id, task)).toMatchObject({ partial: false, next_offset: null });
        expect(shown(await everyAnswer(tried.server().url, id, task))).toEqual([]);
        expect(await filesWith(tried.dataDir, [SECRET])).toEqual([]);
      },
      LIMIT,
    );

    test(
      `a run of ${name} that is stopped leaves no process, and its job says so`,
      async () => {
        const { id, pid } = await tried.held();
        await tried.client().stop(id);
        expect(await ended(id)).toMatchObject({ status: 'failed', failure_kind: 'stopped', metrics: null });
        await tried.clear('hold');
        expect(await isRunning(pid)).toBe(false);
        expect(await processesOf(id)).toEqual([]);
      },
      LIMIT,
    );

    test(
      `a run of ${name} that takes longer than its limit has failed as such, and what it had measured is kept`,
      async () => {
        await tried.set('linger');
        const job = await timedOut(tried);
        await tried.clear('linger');
        expect(job).toMatchObject({ status: 'failed', failure_kind: 'timedOut', metrics: null });
        expect(job).toMatchObject({ partial_metrics: tried.numbers, provenance: { harness: name, num_gpus: 1 } });
        expect(await processesOf(job.job_id)).toEqual([]);
      },
      LIMIT,
    );

    test(
      `a run of ${name} goes on while its server is killed; the next one counts it once, and jobs keep their harness`,
      async () => {
        const { id, pid } = await tried.held();
        const waiting = await tried.submit();
        const before = (await tried.begun()).length;
        await tried.restart(name === 'demo' ? 'auto' : 'demo');
        expect(await isRunning(pid)).toBe(true);
        for (const one of [id, waiting]) expect(await getJob(tried.server().url, one)).toMatchObject({ harness: name });
        await tried.client().cancel(waiting);
        await tried.clear('hold');
        expect(await ended(id)).toMatchObject({ status: 'completed', harness: name, metrics: tried.numbers });
        expect(await tried.begun()).toHaveLength(before);
        const { scores } = await tried.client().scores({ job: id });
        expect(scores).toHaveLength(Object.values(tried.numbers).flatMap(Object.keys).length);
        expect(new Set(scores.map(({ harness }) => harness))).toEqual(new Set([name]));
      },
      LIMIT,
    );

    test(
      `a retry of the missing runs the task alone of which a run of ${name} has left nothing whole`,
      async () => {
        const [whole, spoiled] = tried.request.tasks;
        await tried.set('linger');
        const id = await tried.submit();
        await eventually(() => tried.lingers());
        await tried.spoil(dirname((await getJob(tried.server().url, id)).log ?? ''), spoiled);
        await tried.clear('linger');
        const job = await ended(id);
        expect(job).toMatchObject({ status: 'failed', failure_kind: 'incompleteResults', metrics: null });
        expect(job.partial_metrics).toMatchObject({ [whole]: tried.numbers[whole] });
        const { job_id: again } = await tried.client().retry(id, { missing: true });
        expect(await ended(again)).toMatchObject({
          ...{ status: 'completed', harness: name, request: { tasks: [spoiled] } },
          metrics: { [spoiled]: tried.numbers[spoiled] },
        });
        const { merged } = await tried.client().results(again);
        expect(merged).toMatchObject({ metrics: tried.numbers, jobs: { [whole]: id, [spoiled]: again } });
      },
      LIMIT,
    );

    test(
      `a run of ${name} that exits 0 and leaves no results has failed`,
      async () => {
        await tried.set('silent');
        const job = await ended(await tried.submit());
        await tried.clear('silent');
        expect(job).toMatchObject({ status: 'failed', failure_kind: 'noResults', metrics: null });
        expect(job).toMatchObject({ partial_metrics: null, provenance: null });
      },
      LIMIT,
    );
  });
}

const shown = (answers: Map<string, string>): string[] =>
  [...answers].flatMap(([asked, text]) => (text.includes(SECRET) ? [asked] : []));

/**
 * A job whose run had measured everything when its time was over: how long that takes is the machine's matter, so it is given more
 * until it is enough.
 */
async function timedOut(tried: Tried): Promise<JobInfo> {
  for (let timeout = 2; ; timeout *= 2) {
    const job = await endedJob(tried.server().url, await tried.submit({ timeout }));
    if (await tried.lingers()) return job;
  }
}
