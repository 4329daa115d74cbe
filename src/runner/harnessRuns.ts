import { RunError, type RunExecutor, type RunFolders } from '../machines/ports/runner.ts';
import type { Harness } from './harnesses/harness.ts';
import type { HarnessRegistry } from './harnesses/registry.ts';

/**
 * Runs jobs of several harnesses: each by the executor of its own. A job without the name of one is of an earlier version, and of
 * the usual one. One whose harness is not offered any more is not launched; what was launched before is judged by it all the same.
 * @param executorOf binds a harness, once for each.
 */
export function createHarnessRuns(
  registry: HarnessRegistry,
  executorOf: (harness: Harness) => RunExecutor,
): RunExecutor {
  const executors = new Map<string, RunExecutor>();
  const bound = (harness: Harness): RunExecutor => {
    const known = executors.get(harness.name) ?? executorOf(harness);
    executors.set(harness.name, known);
    return known;
  };
  const usual = bound(registry.usual);
  const of = ({ harness: name = null }: RunFolders): RunExecutor => {
    const harness = name === null ? registry.usual : registry.find(name);
    return bound(harness ?? absentHarness(name ?? '', registry.usual));
  };
  const launchable = async (job: RunFolders): Promise<RunExecutor> => {
    const refusal = job.harness ? await registry.refusalOf(job.harness) : null;
    if (refusal !== null) throw new RunError(refusal);
    return of(job);
  };
  return {
    ...usual,
    harnessFor: (named) => registry.choose(named),
    check: async (job) => of(job).check(job),
    commandOf: async (job) => of(job).commandOf(job),
    prepare: async (job) => (await launchable(job)).prepare(job),
    launch: async (job, prepared) => (await launchable(job)).launch(job, prepared),
    recover: (job) => of(job).recover(job),
    follow: (job, ...how) => of(job).follow(job, ...how),
    collect: (job, ...how) => of(job).collect(job, ...how),
    discard: (job) => of(job).discard(job),
  };
}

/** Stands for one that the server had when a job was launched, and has no more: nothing can be read of its run. */
function absentHarness(name: string, other: Harness): Harness {
  const absent = async (): Promise<never> => {
    throw new RunError(`there is no harness ${name} here any more, by which its output could be read`);
  };
  return {
    ...{ name, env: {}, operatorOptions: [], python: null },
    // Which files there are is seen without it.
    list: other.list,
    ...{ check: absent, command: absent, configText: absent, judge: absent, listTasks: absent, listModels: absent },
    ...{ allModels: absent, tasksChangedAt: absent },
    measure: async () => null,
    version: async () => null,
    whyNot: async () => 'it is not there any more',
    close: () => {},
  };
}
