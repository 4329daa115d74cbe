/** Every way in which evald refuses. `http/errors.ts` maps each to a status. */
export type ErrorCode =
  | 'notAllowed'
  | 'forbidden'
  | 'jobNotFound'
  | 'jobQueued'
  | 'jobRunning'
  | 'jobFinished'
  | 'jobNotEnded'
  | 'nothingMissing'
  | 'secretsGone'
  | 'queueFull'
  | 'intakeClosed'
  | 'keyReused'
  | 'tooManyStreams'
  | 'outputMissing'
  | 'outputUnreadable'
  | 'catalogUnavailable'
  | 'mergeFileMissing'
  | 'mergeInvalid'
  | 'mergeFailed';

/** A refusal with a reason a client can act on. */
export class EvaldError extends Error {
  override name = 'EvaldError';
  readonly code: ErrorCode;

  /** @param code what is wrong, for programs. @param message what is wrong, for people. */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
