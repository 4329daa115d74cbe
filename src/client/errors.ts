import type { InvalidField } from '../schemas/errors/errorBody.ts';

/** Why a call has no answer, for programs; each kind with what belongs to it. */
export type ClientFault =
  /** The server refuses it: `fields` says where a request is wrong, empty when it is not about a field. */
  | { code: 'refused'; status: number; detail: string; fields: readonly InvalidField[] }
  /** No token was sent, or one that is not known or has expired. */
  | { code: 'unauthorized'; status: 401; detail: string }
  /** The token's role does not include it, or the operator does not allow it. */
  | { code: 'forbidden'; status: 403; detail: string }
  /** There is no such job, file or document. */
  | { code: 'notFound'; status: 404; detail: string }
  /** It may be asked for again later; after how many seconds, when the server says so. */
  | { code: 'unavailable'; status: 429 | 503; detail: string; retryAfter: number | null }
  /** Nothing answers, or the connection was lost. `isLost`: the request may have arrived. */
  | { code: 'unreachable'; isLost: boolean }
  /** The caller's signal was aborted. */
  | { code: 'interrupted' }
  /** It took longer than it may. */
  | { code: 'timedOut' }
  /** What answers is no evald, or one of another version. */
  | { code: 'notEvald'; status: number };

export type ClientErrorCode = ClientFault['code'];

/** What every method of the client throws. Its texts never have the token. */
export class ClientError extends Error {
  override name = 'ClientError';
  readonly fault: ClientFault;

  /** @param message what happened, for people. */
  constructor(fault: ClientFault, message: string) {
    super(message);
    this.fault = fault;
  }

  get code(): ClientErrorCode {
    return this.fault.code;
  }
}

/** Whether it may be over by itself: then streams and waits try again. */
export function mayPass({ fault }: ClientError): boolean {
  if (fault.code === 'refused') return fault.status >= 500;
  return fault.code === 'unreachable' || fault.code === 'unavailable';
}
