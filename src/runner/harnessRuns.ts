import { RunError, type RunExecutor, type RunFolders, UnavailableError } from '../machines/ports/runner.ts';
import type { Harness } from './harnesses/contract.ts';
import type { HarnessRegistry } from './harnesses/registry.ts';

/**
 * Runs jobs of several harnesses: each by the executor of its own. A job without the name of one is of an earlier version. One
 * whose harness is not offered any more is not launched; what was launched before is judged by it all the same. A harness that
 * cannot run fails its own jobs, and keeps no others waiting, unless it is the usual one: jobs wait for that.
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
  const nameOf = ({ harness }: RunFolders): string => harness ?? registry.unnamed;
  const of = (job: RunFolders): RunExecutor => {
    const name = nameOf(job);
    return bound(registry.find(name) ?? absentHarness(name, registry.usual));
  };
  /** Prepares or launches a run. What it throws says that no run can be launched only where that is so. */
  const launching = async <T>(job: RunFolders, begin: (runs: RunExecutor) => Promise<T>): Promise<T> => {
    const name = nameOf(job);
    const refusal = await registry.refusalOf(name);
    // By an executor all the same: what an earlier launch left of the job's credentials goes.
    if (refusal !== null) return begin(executorOf(refusing(registry.find(name) ?? registry.usual, refusal)));
    try {
      return await begin(of(job));
    } catch (error) {
      if (!(error instanceof UnavailableError) || name === registry.usual.name) throw error;
      const reason = await registry.reasonOf(name);
      throw reason === null ? error : new RunError(reason, { cause: error });
    }
  };
  return {
    ...usual,
    harnessFor: (named, isRepeated = false) => registry.choose(named ?? (isRepeated ? registry.unnamed : null)),
    check: async (job) => of(job).check(job),
    commandOf: async (job) => of(job).commandOf(job),
    prepare: (job) => launching(job, (runs) => runs.prepare(job)),
    launch: (job, prepared) => launching(job, (runs) => runs.launch(job, prepared)),
    recover: (job) => of(job).recover(job),
    follow: (job, ...how) => of(job).follow(job, ...how),
    collect: (job, ...how) => of(job).collect(job, ...how),
    discard: (job) => of(job).discard(job),
  };
}

/** The same, by which nothing is launched. */
function refusing(harness: Harness, refusal: string): Harness {
  const refuse = async (): Promise<never> => {
    throw new RunError(refusal);
  };
  return { ...harness, check: refuse, command: refuse };
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
