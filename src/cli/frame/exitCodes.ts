import { ClientError, type ClientFault } from '../../client/errors.ts';

/** How a verb may end: the same for all of them. */
export const exitCodes = {
  ok: 0,
  /** A job failed, a gate said no, or the server refused it. */
  failed: 1,
  usage: 2,
  inconclusive: 3,
  notAllowed: 4,
  unreachable: 5,
  timedOut: 6,
  /** A fault of evald itself: as EX_SOFTWARE of sysexits.h, for with Node's 1 it would be taken for a verdict. */
  crashed: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** For every help. */
export const EXIT_CODES =
  'Exit codes: 0 ok, 1 a job failed, a gate said no or the server refused, 2 usage,\n3 inconclusive, 4 not allowed, 5 unreachable, 6 timed out, 70 a fault of evald\nitself, 130 interrupted.';

/** A command line that cannot be done as it is: the message says what is allowed, `mend` the command that helps. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly mend: string | undefined;

  constructor(message: string, mend?: string) {
    super(message);
    this.mend = mend;
  }
}

/** The exit code of what was thrown; undefined for a fault of evald itself. */
export function exitCodeOf(error: unknown): ExitCode | undefined {
  if (error instanceof UsageError) return exitCodes.usage;
  return error instanceof ClientError ? codeOfFault(error.fault) : undefined;
}

function codeOfFault(fault: ClientFault): ExitCode {
  switch (fault.code) {
    case 'refused':
      return fault.status === 422 ? exitCodes.usage : exitCodes.failed;
    case 'notFound':
      return exitCodes.usage;
    case 'unauthorized':
    case 'forbidden':
      return exitCodes.notAllowed;
    case 'unavailable':
    case 'unreachable':
    case 'notEvald':
      return exitCodes.unreachable;
    case 'timedOut':
      return exitCodes.timedOut;
    case 'interrupted':
      return exitCodes.interrupted;
  }
}
