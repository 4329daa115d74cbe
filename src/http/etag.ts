import { requestLimits } from '../schemas/limits.ts';

/** Whether a client has what an ETag names already. @param ifNoneMatch the header, as it was sent. */
export function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined || ifNoneMatch.length > requestLimits.etags) return false;
  // A proxy that compresses makes a tag weak; what it names is the same.
  return ifNoneMatch.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//, '') === etag);
}
