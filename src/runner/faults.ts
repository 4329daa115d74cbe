import { errorCode, errorMessage } from '../errors.ts';
import { RunError, UnavailableError } from '../machines/ports/runner.ts';

/**
 * What the system says when something has run out, or is away, that all runs of this machine share: no job is at fault,
 * whatever folder it named.
 */
const OF_THE_MACHINE: Readonly<Record<string, string>> = {
  ENOSPC: 'make room on that disk',
  EDQUOT: "raise the quota of the server's user, or make room within it",
  EMFILE: 'raise the number of files that the server may have open (ulimit -n)',
  ENFILE: 'raise the number of files that the machine may have open (fs.file-max)',
  EAGAIN: "raise the number of processes that the server's user may have (ulimit -u, pids.max)",
  ENOMEM: 'make memory free',
  EIO: 'look at that disk',
  ESTALE: 'mount that disk again',
  ENOTCONN: 'mount that disk again',
  ETIMEDOUT: 'look at that disk',
  EHOSTDOWN: 'look at the server of that disk',
  EREMOTEIO: 'look at that disk',
  ENOLCK: 'look at that disk',
};

/** As the system's codes are written; Node's own begin with `ERR_`, and are of what it was given. */
const SYSTEMS = /^E(?!RR_)[A-Z0-9]+$/;
/** The journal cannot be read. */
const SQLITES = 'ERR_SQLITE_ERROR';

/** The code of what has failed below evald; undefined for everything else that can be thrown. */
function systemCodeOf(error: unknown): string | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    const code = errorCode(one);
    if (code !== undefined && (SYSTEMS.test(code) || code === SQLITES)) return code;
  }
  return undefined;
}

/** Whether something has failed that no job can help, whichever of the two named the folder. */
export function isOfTheMachine(error: unknown): boolean {
  const code = systemCodeOf(error);
  return code !== undefined && code in OF_THE_MACHINE;
}

/**
 * What is thrown for an error that kept a run from being launched. What says already that no run can be stays as it is.
 * @param what what cannot be done, as text before the error's own. @param isOurs whether only evald's own files and
 * processes are concerned, so that whatever the system says is no fault of the job.
 */
export function launchFault(error: unknown, what: string, isOurs: boolean): RunError | UnavailableError {
  if (error instanceof UnavailableError) return error;
  const message = `${what}: ${errorMessage(error)}`;
  const code = error instanceof RunError ? undefined : systemCodeOf(error);
  const remedy = OF_THE_MACHINE[code ?? ''];
  if (remedy !== undefined) return new UnavailableError(`${message}; ${remedy}`, { cause: error });
  return isOurs && code !== undefined
    ? new UnavailableError(message, { cause: error })
    : new RunError(message, { cause: error });
}
