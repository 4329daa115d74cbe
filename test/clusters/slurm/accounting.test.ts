import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { submit } from '../../support/jobs/client.ts';
import { endedJob, jobWhen } from '../../support/jobs/jobs.ts';
import { describeWith, slurmdbd } from '../../support/needs.ts';
import { healthOf } from '../../support/requests/health.ts';
import { countedRuns } from '../../support/runs/countedRuns.ts';
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
const ACCOUNTS = { evals: [], few: ['MaxSubmitJobs=2'], group: ['GrpSubmitJobs=2'], slow: ['MaxJobs=2'] };

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
  /** What slurmdbd has on record of jobs of Slurm, once it has their ends; each start of one that began twice. */
  const accounted = async (ids: string[]) => {
    const words = ['--noheader', '--parsable2', '--allocations', '--duplicates', `--jobs=${ids.join(',')}`];
    const rows = await eventually(async () => {
      const text = await cluster().command('sacct', ...words, '--format=JobID,State,ExitCode,NodeList,Account,QOS');
      return !/\|(PENDING|RUNNING|COMPLETING|REQUEUED)\|/.test(text) && text.split('\n').filter(Boolean);
    });
    return rows.map((row) => {
      const [id = '', state = '', exit = '', node = '', account = '', qos = ''] = row.split('|');
      // `CANCELLED by 0`
      return { id, state: state.split(' ')[0], exit, node, account, qos };
    });
  };
  const idIn = ({ backend }: JobInfo) => backend?.id ?? '';
  const begin = async (context: TestContext, ...args: string[]) => {
    const runs = await countedRuns(context);
    const server = await runs.start(onSlurm(...args));
    return { runs, server };
  };

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
        const rows = await accounted(ended.map(idIn));
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
});
