import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { getJob, submit } from '../../support/jobs/client.ts';
import { endedJob, jobWhen } from '../../support/jobs/jobs.ts';
import { describeWith, slurmdbd } from '../../support/needs.ts';
import { healthOf } from '../../support/requests/health.ts';
import { send } from '../../support/requests/send.ts';
import { countedRuns } from '../../support/runs/countedRuns.ts';
import { fixture } from '../../support/runs/localRun.ts';
import { eventually } from '../../support/waiting/eventually.ts';

/** QOS by name, each with what it is made with. */
const QOS = {
  submits: ['MaxSubmitJobsPerUser=2'],
  runs: ['MaxJobsPerUser=2'],
  devices: ['GrpTRES=gres/gpu=2'],
  strict: ['MaxTRESPerJob=gres/gpu=1', 'Flags=DenyOnLimit'],
  lenient: ['MaxTRESPerJob=gres/gpu=1'],
  ended: ['PreemptMode=CANCEL'],
  requeued: ['PreemptMode=REQUEUE'],
  urgent: ['Preempt=ended,requeued'],
};
/** Accounts by name, each with what its users may do. */
const ACCOUNTS = { evals: [], few: ['MaxSubmitJobs=2'], group: ['GrpSubmitJobs=2'], slow: ['MaxJobs=2'], agreed: [] };

describeWith(slurmdbd, 'evald on a Slurm with accounts', () => {
  // Four devices.
  const { cluster } = withCluster({ accounting: true });

  beforeAll(async () => {
    if (!slurmdbd.present) return;
    const manage = (...words: string[]) => cluster().command('sacctmgr', '--immediate', ...words);
    for (const [name, words] of Object.entries(QOS)) await manage('add', 'qos', name, 'set', ...words);
    const qos = `qos=normal,${Object.keys(QOS).join(',')}`;
    for (const [name, words] of Object.entries(ACCOUNTS)) {
      await manage('add', 'account', name, qos, 'DefaultQOS=normal', ...words);
      await manage('add', 'user', 'root', `account=${name}`);
    }
    await manage('modify', 'user', 'root', 'set', 'DefaultAccount=evals');
  });

  const onSlurm = (...args: string[]) => ({
    flags: ['--backend', 'slurm', '--slots', '0', ...(args.length === 0 ? [] : ['--slurm-args', args.join(' ')])],
    env: cluster().env,
  });
  const begin = async (context: TestContext, ...args: string[]) => {
    const runs = await countedRuns(context);
    return { runs, server: await runs.start(onSlurm(...args)) };
  };
  /** The same with a harness whose runs end as their tags say. */
  const ending = async (context: TestContext, ...args: string[]) => {
    const runs = await countedRuns(context);
    const python = join(runs.folder, 'python');
    const lines = ['#!/bin/sh', 'case "$*" in *tag=exits*) exit 3 ;; *tag=killed*) kill -KILL $$ ;; esac'];
    await writeFile(python, [...lines, `exec ${fixture('counting-lmms-eval')} "$@"`, ''].join('\n'), { mode: 0o755 });
    const { flags, env } = onSlurm(...args);
    return { runs, server: await runs.start({ flags: [...flags, '--python', python], env }) };
  };
  const idIn = ({ backend }: JobInfo) => backend?.id ?? '';
  /**
   * What slurmdbd has on record, once it has the ends of all of it: one row a start of a job.
   * @param which a word for sacct.
   */
  const accounted = async (which: string) => {
    const words = [
      '--noheader',
      '--parsable2',
      '--allocations',
      '--duplicates',
      '--format=JobID,State,ExitCode,NodeList',
    ];
    const text = await eventually(async () => {
      const said = await cluster()
        .command('sacct', ...words, which)
        .catch(() => '');
      return said !== '' && !/\|(PENDING|RUNNING|COMPLETING|REQUEUED)\|/.test(said) && said;
    });
    return text.split('\n').map((row) => {
      const [id = '', state = '', exit = '', node = ''] = row.split('|');
      // `CANCELLED by 0`
      return { id, state: state.split(' ')[0], exit, node };
    });
  };
  const jobsOf = (ids: string[]) => `--jobs=${ids.join(',')}`;

  describe('what Slurm does not know', () => {
    const unknown: [string, string, string][] = [
      ['a partition', '--partition=nosuch', 'Invalid partition name specified'],
      ['an account', '--account=nosuch', 'Invalid account or account/partition combination specified'],
      ['a QOS', '--qos=nosuch', 'Invalid qos specification'],
    ];

    test.for(unknown)('a server does not start with %s that Slurm does not have', async ([, word, words], context) => {
      await expect(begin(context, word)).rejects.toThrow(`evald: Slurm refuses every submission: ${words}`);
    });

    test('a job with a partition, an account or a QOS that Slurm does not have fails alone, in the words of Slurm', async (context) => {
      const { runs, server } = await begin(context);
      const wrong = await Promise.all(
        unknown.map(([, word]) => submit(server.url, { ...runs.request('wrong'), engine_args: [word] })),
      );
      const right = await submit(server.url, runs.request('right'));
      for (const [at, id] of wrong.entries()) {
        const { failure_kind, error } = await endedJob(server.url, id);
        expect(failure_kind).toBe('launch');
        expect(error).toMatch(
          new RegExp(
            `^Evaluation could not be started: Slurm refused it: .*Batch job submission failed: ${unknown[at]?.[2]}$`,
          ),
        );
      }
      expect(await endedJob(server.url, right)).toMatchObject({ status: 'completed', error: null });
      expect(await runs.runs()).toEqual(['right']);
      expect(await healthOf(server.url)).toMatchObject({ status: 'healthy' });
    });
  });

  describe('limits', () => {
    test.for([
      ['a QOS lets a user submit', '--qos=submits', /^NOT SUBMITTED \(QOSMaxSubmitJobPerUserLimit;/],
      ['an account lets a user submit', '--account=few', /^NOT SUBMITTED \(AssocMaxSubmitJobLimit;/],
      ['an account lets all submit', '--account=group', /^NOT SUBMITTED \(AssocGrpSubmitJobsLimit;/],
      ['a QOS lets a user run', '--qos=runs', /^PENDING \(QOSMaxJobsPerUserLimit\)$/],
      ['an account lets a user run', '--account=slow', /^PENDING \(AssocMaxJobsLimit\)$/],
      ['a QOS has GPUs for', '--qos=devices', /^PENDING \(QOSGrpGRES\)$/],
    ] as [string, string, RegExp][])(
      'more jobs than %s wait with the reason of Slurm, none fails, and all complete in the end, each once',
      async ([, word, waiting], context) => {
        const { runs, server } = await begin(context, word);
        await runs.hold();
        const tags = ['a', 'b', 'c', 'd'];
        const ids = await Promise.all(tags.map((tag) => submit(server.url, runs.request(tag))));
        const isPlaced = ({ backend }: JobInfo) => backend?.state === 'RUNNING' || waiting.test(backend?.state ?? '');
        const jobs = await Promise.all(ids.map((id) => jobWhen(server.url, id, isPlaced)));
        expect(jobs.map(({ backend }) => backend?.state === 'RUNNING').toSorted()).toEqual([false, false, true, true]);
        await eventually(async () => (await runs.runs()).length === 2);
        await runs.release();
        const ended = await Promise.all(ids.map((id) => endedJob(server.url, id)));
        expect(ended.map(({ status, error }) => error ?? status)).toEqual(ids.map(() => 'completed'));
        expect((await runs.runs()).toSorted()).toEqual(tags);
        const rows = await accounted(jobsOf(ended.map(idIn)));
        expect(rows.map(({ state }) => state)).toEqual(ids.map(() => 'COMPLETED'));
      },
    );

    test('a job that asks for more than its QOS ever gives fails alone where that QOS refuses it, and waits with the reason where it does not', async (context) => {
      const { runs, server } = await begin(context);
      const large = (qos: string) => ({ ...runs.request(qos), num_gpus: 2, engine_args: [`--qos=${qos}`] });
      const [refused, waits] = [await submit(server.url, large('strict')), await submit(server.url, large('lenient'))];
      const { failure_kind, error } = await endedJob(server.url, refused);
      expect(failure_kind).toBe('launch');
      expect(error).toMatch(/Slurm refused it: QOSMaxGRESPerJob; .*Job violates accounting\/QOS policy/);
      await jobWhen(server.url, waits, ({ backend }) => backend?.state === 'PENDING (QOSMaxGRESPerJob)');
      const other = await submit(server.url, runs.request('other'));
      expect(await endedJob(server.url, other)).toMatchObject({ status: 'completed' });
      expect(await runs.runs()).toEqual(['other']);
    });

    test('a server that starts while its account may submit no more is healthy: its jobs wait, and a wrong one fails alone', async (context) => {
      const held = ['--parsable', '--hold', '--account=few', '--output=/dev/null', '--wrap=true'];
      const before = [await cluster().command('sbatch', ...held), await cluster().command('sbatch', ...held)];
      const { runs, server } = await begin(context, '--account=few');
      const waits = await submit(server.url, runs.request('waits'));
      const wrong = await submit(server.url, { ...runs.request('wrong'), engine_args: ['--qos=nosuch'] });
      await jobWhen(server.url, waits, ({ backend }) => /^NOT SUBMITTED \(Assoc/.test(backend?.state ?? ''));
      expect(await endedJob(server.url, wrong)).toMatchObject({
        failure_kind: 'launch',
        error: expect.stringContaining('Invalid qos specification'),
      });
      const health = await eventually(async () => {
        const found = await healthOf(server.url);
        return found.engine.reason !== null && found;
      });
      expect(health).toMatchObject({
        status: 'healthy',
        engine: { reachable: true, reason: expect.stringContaining('AssocMaxSubmitJobLimit') },
      });
      await cluster().command('scancel', ...before);
      expect(await endedJob(server.url, waits)).toMatchObject({ status: 'completed', error: null });
      expect(await runs.runs()).toEqual(['waits']);
    });
  });

  describe('preemption by QOS', () => {
    /** Two jobs that fill the cluster, and one before which they have to go. All wait until they are released. */
    const preempting = async (context: TestContext, qos: 'ended' | 'requeued', more: object = {}) => {
      const { runs, server } = await begin(context, `--qos=${qos}`);
      await runs.hold();
      const of = (tag: string, fields: object = more) =>
        submit(server.url, { ...runs.request(tag), num_gpus: 2, ...fields });
      const low = [await of('a'), await of('b')];
      for (const id of low) await jobWhen(server.url, id, ({ backend }) => backend?.state === 'RUNNING');
      await eventually(async () => (await runs.runs()).length === 2);
      return { runs, server, low, urgent: () => of('urgent', { engine_args: ['--qos=urgent'] }) };
    };

    test.for(['ended', 'requeued'] as const)(
      'a job that has to make room for one of a QOS before its own, in a QOS whose jobs are %s, fails as preempted, in the words of Slurm; no other does',
      async (qos, context) => {
        const { runs, server, low, urgent } = await preempting(context, qos);
        const first = await urgent();
        const gone = await Promise.race(low.map((id) => endedJob(server.url, id)));
        expect(gone).toMatchObject({ failure_kind: 'preempted', attempts: [] });
        expect(gone.error).toMatch(
          /^Evaluation had to make room: it was preempted in Slurm by another job \(Slurm: PREEMPTED\)/,
        );
        await runs.release();
        const others = [first, ...low.filter((id) => id !== gone.job_id)];
        const ended = await Promise.all(others.map((id) => endedJob(server.url, id)));
        expect(ended.map(({ status, error }) => error ?? status)).toEqual(['completed', 'completed']);
        expect((await runs.runs()).toSorted()).toEqual(['a', 'b', 'urgent']);
        const rows = await accounted(jobsOf([gone, ...ended].map(idIn)));
        const states = Object.fromEntries(rows.map(({ id, state }) => [id, state]));
        expect([gone, ...ended].map((job) => states[idIn(job)])).toEqual(['PREEMPTED', 'COMPLETED', 'COMPLETED']);
      },
    );

    test.for([
      ['ends it', false],
      ['would start it again', true],
    ] as const)(
      'a job with a policy of retries that has to make room is tried again by evald alone, and completes, where Slurm %s',
      async ([, requeue], context) => {
        const retry = { max: 2, on: ['preempted'] };
        const { runs, server, low, urgent } = await preempting(context, 'requeued', { retry });
        const before = await Promise.all(low.map((id) => getJob(server.url, id)));
        // As an operator may do, or a site by itself: evald has asked for no second start.
        if (requeue) {
          for (const job of before) await cluster().command('scontrol', 'update', `JobId=${idIn(job)}`, 'Requeue=1');
        }
        const first = await urgent();
        const again = await Promise.race(
          low.map((id) => jobWhen(server.url, id, ({ attempts }) => attempts.length === 1)),
        );
        expect(again).toMatchObject({ status: 'running', attempts: [{ number: 1, failure_kind: 'preempted' }] });
        await jobWhen(server.url, first, ({ backend }) => backend?.state === 'RUNNING');
        await runs.release();
        const ended = await Promise.all([first, ...low].map((id) => endedJob(server.url, id)));
        expect(ended.map(({ status, error }) => error ?? status)).toEqual(['completed', 'completed', 'completed']);
        const repeated = low[0] === again.job_id ? 'a' : 'b';
        expect((await runs.runs()).toSorted()).toEqual(['a', 'b', repeated, 'urgent'].toSorted());
        const preempted = idIn(before.find(({ job_id }) => job_id === again.job_id) as JobInfo);
        const rows = await accounted(jobsOf([preempted, ...ended.map(idIn)]));
        const statesOf = (wanted: string) => rows.filter(({ id }) => id === wanted).map(({ state }) => state);
        expect(statesOf(preempted)).toEqual(requeue ? ['PREEMPTED', 'CANCELLED'] : ['PREEMPTED']);
        expect(ended.map((job) => statesOf(idIn(job)))).toEqual(ended.map(() => ['COMPLETED']));
      },
    );
  });

  test('sacct agrees with evald on the end, the exit code and the node of every job, and has no other job', async (context) => {
    /** By their tags: what evald calls it, what sacct does, and its exit code there; a signal is written as one. */
    const ends: Record<string, [string | undefined, string, string]> = {
      completes: [undefined, 'COMPLETED', '0:0'],
      exits: ['exited', 'FAILED', '3:0'],
      killed: ['signalled', 'FAILED', '9:0'],
      stopped: ['stopped', 'FAILED', '15:0'],
      cancelled: ['stopped', 'CANCELLED', expect.any(String)],
      late: ['timedOut', 'FAILED', '15:0'],
    };
    const { runs, server } = await ending(context, '--account=agreed');
    await runs.hold();
    const ids: Record<string, string> = {};
    for (const tag of Object.keys(ends)) {
      ids[tag] = await submit(server.url, { ...runs.request(tag), timeout: tag === 'late' ? 3 : null });
    }
    const idOf = (tag: string) => ids[tag] ?? '';
    const held = ['completes', 'stopped', 'cancelled'];
    for (const tag of held) await jobWhen(server.url, idOf(tag), ({ backend }) => backend?.state === 'RUNNING');
    await eventually(async () => {
      const begun = await runs.runs();
      return held.every((tag) => begun.includes(tag));
    });
    await send(`${server.url}/jobs/${idOf('stopped')}/stop`, { method: 'POST' });
    await cluster().command('scancel', idIn(await getJob(server.url, idOf('cancelled'))));
    for (const tag of Object.keys(ends)) if (tag !== 'completes') await endedJob(server.url, idOf(tag));
    await runs.release();
    const jobs = await Promise.all(Object.keys(ends).map((tag) => endedJob(server.url, idOf(tag))));
    expect(jobs.map(({ failure_kind }) => failure_kind ?? undefined)).toEqual(
      Object.values(ends).map(([kind]) => kind),
    );
    const rows = await accounted('--accounts=agreed');
    const inOrder = jobs.map((job) => rows.find(({ id }) => id === idIn(job)));
    expect(inOrder).toMatchObject(
      Object.values(ends).map(([, state, exit], at) => ({ state, exit, node: jobs[at]?.backend?.node })),
    );
    expect(rows).toHaveLength(jobs.length);
  });

  test('jobs run and complete while slurmdbd is away, and sacct has them when it is back', async (context) => {
    const { runs, server } = await begin(context);
    await cluster().slurmdbd?.end('SIGKILL');
    const id = await submit(server.url, { ...runs.request('a'), engine_args: ['--qos=runs', '--account=few'] });
    const job = await endedJob(server.url, id);
    expect(job).toMatchObject({ status: 'completed', error: null });
    expect(await healthOf(server.url)).toMatchObject({ status: 'healthy' });
    await cluster().slurmdbd?.start();
    expect(await accounted(jobsOf([idIn(job)]))).toMatchObject([{ id: idIn(job), state: 'COMPLETED', exit: '0:0' }]);
  });
});
