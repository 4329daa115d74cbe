/** Every way in which evald refuses. `http/errors.ts` maps each to a status. */
export const errorCodes = [
  'notAllowed',
  'forbidden',
  'jobNotFound',
  'jobQueued',
  'jobNotQueued',
  'jobRunning',
  'jobFinished',
  'jobNotEnded',
  'jobNotCompleted',
  'nothingMissing',
  'jobImported',
  'secretsGone',
  'tooOften',
  'queueFull',
  'intakeClosed',
  'keyReused',
  'unfit',
  'tooManyStreams',
  'outputMissing',
  'outputUnreadable',
  'comparisonUnavailable',
  'catalogUnavailable',
  'mergeFileMissing',
  'mergeInvalid',
  'mergeFailed',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

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

/** Something in a submission that cannot be done as it asks. */
export type Fault = {
  /** Where in its body: a field, and what is inside it. */
  path: readonly (string | number)[];
  /** What was sent there. Masked where it is shown, by the path, if it may be a credential. */
  input: unknown;
  /** What is wrong, what is allowed, and the way out; without credentials. */
  message: string;
};

/** A submission that could never run here as it asks. */
export class UnfitError extends EvaldError {
  override name = 'UnfitError';
  readonly faults: readonly [Fault, ...Fault[]];

  constructor(...faults: [Fault, ...Fault[]]) {
    super('unfit', faults[0].message);
    this.faults = faults;
  }
}
