import type {
  Exit,
  PreparedRun,
  RunExecutor,
  RunJob,
  RunReport,
  StopReason,
} from '../../../src/machines/ports/runner.ts';
import type { Outcome } from '../../../src/schemas/job/outcome.ts';

/** A server's life: when it has crashed, nothing that it began goes on. */
export type Life = { isOver: boolean };

type Program = {
  devices: readonly string[];
  isStubborn: boolean;
  exit: Exit | null;
  isGone: boolean;
  report: (event: RunReport) => void;
};

/** Does not resolve: whoever waits has crashed. */
const never = new Promise<never>(() => {});

/**
 * Programs without processes, which outlive the servers that launched them. One whose model is `stubborn` ends only when
 * it is killed; the others end when they are asked to.
 */
export function programs() {
  /** By their runs: of a split job each part has one. */
  const all = new Map<string, Program>();
  const launches: string[] = [];

  const program = (run: string): Program => {
    const found = all.get(run);
    if (found === undefined) throw new Error(`nothing of ${run} was launched`);
    return found;
  };
  const exit = (run: string, how: Exit) => {
    const ending = program(run);
    if (ending.exit !== null) return;
    ending.exit = how;
    ending.report({ type: 'run.exited', exit: how });
  };
  const vanish = (run: string) => {
    const ending = program(run);
    if (ending.isGone) return;
    ending.isGone = true;
    ending.report({ type: 'run.gone' });
  };

  const runsOf = (life: Life): RunExecutor => ({
    folderOf: () => null,
    checkpointFile: () => null,
    findFiles: async () => new Set(),
    harnessFor: async (named) => named ?? 'controlled',
    check: async () => [],
    commandOf: async ({ jobId }) => ['controlled', jobId],
    prepare: async (job) => (life.isOver ? never : preparedFor(job)),
    launch: async (job) => {
      if (life.isOver) return never;
      const { jobId, request, resources } = job;
      launches.push(runOf(job));
      const devices = resources.devices ?? [];
      const isStubborn = request.model === 'stubborn';
      all.set(runOf(job), { devices, isStubborn, exit: null, isGone: false, report: () => {} });
      return { jobId, run: runOf(job) };
    },
    probe: async () => {},
    recover: async (job) =>
      all.has(runOf(job)) ? { prepared: preparedFor(job), handle: { jobId: job.jobId, run: runOf(job) } } : null,
    watch: (handle, report) => {
      const watched = program(String(handle['run']));
      const tell = (event: RunReport) => {
        if (!life.isOver) report(event);
      };
      watched.report = tell;
      // What happened before is told too, as the backend does.
      queueMicrotask(() => {
        if (watched.report !== tell) return;
        if (watched.exit !== null) tell({ type: 'run.exited', exit: watched.exit });
        if (watched.isGone) tell({ type: 'run.gone' });
      });
      return () => {
        if (watched.report === tell) watched.report = () => {};
      };
    },
    whereIs: (handle) => ({ name: 'programs', id: String(handle['jobId']), node: 'here' }),
    checkEngineArgs: () => null,
    follow: () => () => {},
    stop: async (handle, how) => {
      const run = String(handle['run']);
      if (life.isOver || (how === 'terminate' && program(run).isStubborn)) return;
      exit(run, { kind: 'signal', signal: 'SIGTERM' });
      vanish(run);
    },
    withdraw: async () => false,
    collect: async (_job, prepared, how, reason) => (life.isOver ? never : judge(prepared, how, reason)),
    discard: async () => {},
  });

  return {
    runsOf,
    /** The runs of which a program was launched, in order. */
    launches,
    /** Runs of which something is left. */
    left: () => [...all].filter(([, { isGone }]) => !isGone).map(([run]) => run),
    devicesOf: (run: string) => program(run).devices,
    /** The program of a job that was launched last ends; nothing of it is left any more. */
    exit: (jobId: string, how: Exit) => exit(lastOf(jobId), how),
    vanish: (jobId: string) => vanish(lastOf(jobId)),
  };

  function lastOf(jobId: string): string {
    return launches.findLast((run) => run.startsWith(jobId)) ?? jobId;
  }
}

/** What the run of a job, or of a part of it, is called. */
const runOf = ({ jobId, part }: RunJob): string => (part === undefined ? jobId : `${jobId} part ${part.number}`);

function preparedFor({ jobId }: RunJob): PreparedRun {
  return { output: `/out/${jobId}`, ownOutput: true, log: `/out/${jobId}/log`, before: [] };
}

function judge({ log }: PreparedRun, exit: Exit, reason: StopReason | null): Outcome {
  if (reason !== null && reason.kind !== 'hung') return { status: 'failed', ...reason, log, tail: [] };
  switch (exit.kind) {
    case 'unknown':
      return { status: 'failed', kind: 'lost', reason: exit.reason };
    case 'notStarted':
      return { status: 'failed', kind: 'launch', reason: exit.reason };
    case 'timedOut':
      return { status: 'failed', kind: 'timedOut', seconds: exit.seconds, log, tail: [] };
    case 'signal':
      return { status: 'failed', kind: 'signalled', signal: exit.signal, log, tail: [] };
    case 'cancelled':
      return { status: 'failed', kind: 'stopped', who: null, reason: exit.reason, log, tail: [] };
    case 'preempted':
    case 'nodeFailed':
    case 'outOfMemory':
      return { status: 'failed', kind: exit.kind, reason: exit.reason, log, tail: [] };
    case 'code':
      return exit.code === 0
        ? { status: 'completed', result: {}, metrics: {}, warnings: [] }
        : { status: 'failed', kind: 'exited', code: exit.code, log, tail: [] };
  }
}
