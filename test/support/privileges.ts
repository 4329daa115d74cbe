import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Root of a container may do less than root of a machine, and a folder of root may be closed to others: each is tried.

export const isRoot = process.getuid?.() === 0;

/** Whether filesystems can be mounted; tried in a namespace of its own, of which nothing stays. */
export function canMount(): boolean {
  return isRoot && spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0;
}

/** Whether devices can be made. */
export function canMakeDevices(): boolean {
  return isRoot && inAFolder((folder) => spawnSync('mknod', [join(folder, 'zero'), 'c', '1', '5']).status === 0);
}

/** Whether a file can be fixed, so that not even root can write or delete it. */
export function canFix(): boolean {
  return isRoot && inAFolder((folder) => ['+i', '-i'].every((how) => spawnSync('chattr', [how, folder]).status === 0));
}

/** Whether a process of another user can start the Node of this checkout and read a file of it. */
export function canBeReadByOthers(uid: number, file: string): boolean {
  const script = 'require("node:fs").readFileSync(process.argv[1])';
  return isRoot && spawnSync(process.execPath, ['-e', script, file], { uid, gid: uid, cwd: '/' }).status === 0;
}

function inAFolder<Result>(attempt: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'evald-test-'));
  try {
    return attempt(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
