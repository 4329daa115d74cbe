import { resolve } from 'node:path';
import type {
  Exit,
  RunExecutor,
  RunHandle,
  RunReport,
  RunSign,
  StopMethod,
} from '../../../src/machines/ports/runner.ts';
import type { CompletedOutcome, FailedOutcome, Outcome } from '../../../src/schemas/job/outcome.ts';
import type { LaunchedRun, Progress } from '../../../src/schemas/job/run.ts';
import { until } from '../waiting/until.ts';

export const completedOutcome: CompletedOutcome = {
  status: 'completed',
  result: { m: { results: '/out/m/1_results.json', samples: [] } },
  metrics: { t1: { acc: { value: 0.5, stderr: 0.1, higher_is_better: true, n: 4 } } },
  warnings: [],
};

export const failedOutcome: FailedOutcome = {
  status: 'failed',
  kind: 'exited',
  code: 3,
  log: '/out/log',
  tail: ['boom'],
};

const logOf = (jobId: string): string => `/out/${jobId}/log`;

/**
 * Runs without processes: a test decides when each is launched, ends, and how. Nothing happens by itself.
 * @param onEngine their handles do not tell a node: an engine gives them one, or lets them wait.
 */
export function controlledRuns({ onEngine = false } = {}) {
  const reports = new Map<string, (event: RunReport) => void>();
  const signs = new Map<string, (sign: RunSign) => void>();
  const outcomes = new Map<string, Outcome>();
  const launched: string[] = [];
  const stops: { jobId: string; how: StopMethod }[] = [];
  const discarded: string[] = [];
  const withdrawable = new Set<string>();
  const recoverable = new Map<string, LaunchedRun>();
  const checkpoints = new Set<string>();
  let launchError: Error | null = null;
  let probeError: Error | null = null;
  const probes: string[] = [];
  let reportFull: (reason: string) => void = () => {};
  const idOf = (handle: RunHandle): string => String(handle['jobId']);

  const runs: RunExecutor = {
    folderOf: ({ output_dir }) => (output_dir ? resolve(output_dir) : null),
    checkpointFile: ({ model_args: args }, name) =>
      typeof args?.['pretrained'] === 'string' ? `${args['pretrained']}/${name}` : null,
    findFiles: async (files) => new Set(files.filter((file) => checkpoints.has(file))),
    harnessFor: async (named) => named ?? 'controlled',
    check: async () => [],
    commandOf: async ({ jobId }) => ['controlled', jobId],
    prepare: async ({ jobId }) => ({ output: `/out/${jobId}`, ownOutput: true, log: logOf(jobId), before: [] }),
    launch: async ({ jobId }) => {
      if (launchError) throw launchError;
      launched.push(jobId);
      return onEngine ? { jobId } : { jobId, node: 'here' };
    },
    probe: async () => {
      probes.push(probeError === null ? 'well' : 'ill');
      if (probeError) throw probeError;
    },
    watchDisks: (report) => {
      reportFull = report;
      return () => {};
    },
    recover: async ({ jobId }) => recoverable.get(jobId) ?? null,
    watch: (handle, report) => {
      reports.set(idOf(handle), report);
      return () => {};
    },
    whereIs: (handle) => {
      const { node } = handle;
      return { name: 'controlled', id: idOf(handle), node: typeof node === 'string' ? node : null };
    },
    checkEngineArgs: () => null,
    follow: ({ jobId }, _prepared, report) => {
      signs.set(jobId, report);
      return () => {};
    },
    stop: async (handle, how) => {
      stops.push({ jobId: idOf(handle), how });
    },
    withdraw: async ({ jobId }) => withdrawable.has(String(jobId)),
    collect: async ({ jobId }, { log }, _exit, stopReason) =>
      stopReason === null || stopReason.kind === 'hung'
        ? (outcomes.get(jobId) ?? completedOutcome)
        : { status: 'failed', ...stopReason, log, tail: [] },
    discard: async ({ jobId }) => {
      discarded.push(jobId);
    },
  };

  return {
    runs,
    /** Ids of the launched jobs, in order. */
    launched,
    /** Signals asked for, in order. */
    stops,
    /** Jobs whose folders were deleted. */
    discarded,
    /** A run that was launched and not recorded: it is found when it is looked for. */
    recoverable,
    /** Jobs whose run has not begun, and can be taken back. */
    withdrawable,
    /** Files of checkpoints that are there. */
    checkpoints,
    /** Looks whether a run could be launched, and what each showed. */
    probes,
    /** Makes every launch from now on fail; null: none. @param isSeen whether that shows without a launch. */
    failLaunches: (error: Error | null, isSeen = false) => {
      launchError = error;
      probeError = isSeen ? error : null;
    },
    /** The watch of the disks sees that one has no room for another run. */
    fillDisk: (reason: string) => reportFull(reason),
    /** The log of a run shows something. */
    sign: async (jobId: string, sign: RunSign) => {
      await until(() => signs.has(jobId));
      signs.get(jobId)?.(sign);
    },
    /** The program of a run tells how far it is. */
    async progress(jobId: string, progress: Progress) {
      await this.sign(jobId, { type: 'run.progress', progress });
    },
    /** The engine of a run puts it on a node, or lets it wait for one. */
    place: async (jobId: string, node: string, state: string, id?: string) => {
      await until(() => reports.has(jobId));
      reports.get(jobId)?.({ type: 'run.placed', node, state, ...(id !== undefined && { id }) });
    },
    /** The program of a run ends; processes that it left behind go on. */
    exit: async (jobId: string, exit: Exit = { kind: 'code', code: 0 }) => {
      await until(() => reports.has(jobId));
      reports.get(jobId)?.({ type: 'run.exited', exit });
    },
    /** The last process of a run ends. */
    gone: async (jobId: string) => {
      await until(() => reports.has(jobId));
      reports.get(jobId)?.({ type: 'run.gone' });
    },
    /** A report that no runner can make sense of: the runner breaks on it. */
    break: async (jobId: string) => {
      await until(() => reports.has(jobId));
      const exit = (): Exit => {
        throw new Error('the report cannot be read');
      };
      reports.get(jobId)?.({
        type: 'run.exited',
        get exit() {
          return exit();
        },
      });
    },
    /** A run ends, and is judged so. */
    async end(jobId: string, outcome: Outcome = completedOutcome) {
      outcomes.set(jobId, outcome);
      await this.exit(jobId);
      await this.gone(jobId);
    },
  };
}
