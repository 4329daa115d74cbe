import { dirname } from 'node:path';
import type { JobInfo } from '../schemas/job/job.ts';
import type { RunFolder } from './openRunFile.ts';

/**
 * The folder that all files of a job lie in; null for one that never ran, here or elsewhere. The log of a run lies in its folder, and that of
 * a part of a split job in the one of its job.
 */
export function jobFolder({ log, request, imported, parts }: JobInfo): RunFolder | null {
  if (imported !== null) return { path: dirname(imported), isOwn: false };
  if (log === null) return null;
  const path = parts === null ? dirname(log) : dirname(dirname(log));
  return { path, isOwn: request.output_dir === null };
}

/** The logs of a job: one a run. */
export function logPathsOf({ log, parts }: Pick<JobInfo, 'log' | 'parts'>): string[] {
  const logs = parts === null ? [log] : parts.map((part) => part.log);
  return logs.filter((path) => path !== null);
}
