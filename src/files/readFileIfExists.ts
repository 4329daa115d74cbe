import { dirname, relative } from 'node:path';
import { readRunFile, readRunFileNow } from './openRunFile.ts';

/** Bytes of a note: the list of what was in an output folder before is the longest thing in one. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * The text of a file in the state folder of a launch, which its run can reach; null when it is not there.
 * @param path `…/<job>/<launch>/<file>`: neither these may be links, nor what lies between them.
 * @throws as `openRunFile`.
 */
export async function readFileIfExists(path: string, most = MOST_BYTES): Promise<string | null> {
  const folder = jobsOf(path);
  return readRunFile({ path: folder, isOwn: false, part: dirname(path) }, relative(folder, path), most);
}

/** The same, synchronous: for a start. */
export function readFileIfExistsSync(path: string): string | null {
  const folder = jobsOf(path);
  return readRunFileNow(folder, relative(folder, path), MOST_BYTES);
}

const jobsOf = (path: string): string => dirname(dirname(dirname(path)));
