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
  const all = new Map<string, Program>();
  const launches: string[] = [];

  const program = (jobId: string): Program => {
    const found = all.get(jobId);
    if (found === undefined) throw new Error(`nothing of ${jobId} was launched`);
    return found;
  };
  const exit = (jobId: string, how: Exit) => {
    const ending = program(jobId);
    if (ending.exit !== null) return;
    ending.exit = how;
    ending.report({ type: 'run.exited', exit: how });
  };
  const vanish = (jobId: string) => {
    const ending = program(jobId);
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
    launch: async ({ jobId, request, resources }) => {
      if (life.isOver) return never;
      launches.push(jobId);
      const devices = resources.devices ?? [];
      const isStubborn = request.model === 'stubborn';
      all.set(jobId, { devices, isStubborn, exit: null, isGone: false, report: () => {} });
      return { jobId };
    },
    probe: async () => {},
    recover: async (job) => (all.has(job.jobId) ? { prepared: preparedFor(job), handle: { jobId: job.jobId } } : null),
    watch: (handle, report) => {
      const watched = program(String(handle['jobId']));
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
      const jobId = String(handle['jobId']);
      if (life.isOver || (how === 'terminate' && program(jobId).isStubborn)) return;
      exit(jobId, { kind: 'signal', signal: 'SIGTERM' });
      vanish(jobId);
    },
    withdraw: async () => false,
    collect: async (_job, prepared, how, reason) => (life.isOver ? never : judge(prepared, how, reason)),
    discard: async () => {},
  });

  return {
    runsOf,
    /** Ids of the jobs of which a program was launched, in order. */
    launches,
    /** Programs of which something is left. */
    left: () => [...all].filter(([, { isGone }]) => !isGone).map(([jobId]) => jobId),
    devicesOf: (jobId: string) => program(jobId).devices,
    exit,
    vanish,
  };
}

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
    case 'code':
      return exit.code === 0
        ? { status: 'completed', result: {}, metrics: {}, warnings: [] }
        : { status: 'failed', kind: 'exited', code: exit.code, log, tail: [] };
  }
}
