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
  | 'unfit'
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

/** A submission that could never run here as it asks. */
export class UnfitError extends EvaldError {
  override name = 'UnfitError';
  readonly field: string;
  readonly input: string | number;

  /** @param field whose value is to be another one. @param input the value, cut if it is long. */
  constructor(field: string, input: string | number, message: string) {
    super('unfit', message);
    this.field = field;
    this.input = input;
  }
}
