import { constants } from 'node:fs';
import { access, readFile, realpath, statfs } from 'node:fs/promises';
import { execa } from 'execa';
import { errorCode, errorMessage } from '../../errors.ts';
import { type Check, fault, ok, unknown, warning } from './check.ts';

const GIB = 2 ** 30;
/** Bytes free below which the journal may soon not be written, and below which it is time to look. */
const LEAST = GIB;
const LITTLE = 10 * GIB;

/** Filesystems on which SQLite's locks and shared memory cannot be relied on: another machine has the disk. */
const REMOTE = /^(nfs\d?|cifs|smb\w*|9p|afs|ceph|lustre|gpfs|beegfs|glusterfs|fuse\.(?!fuseblk|ext|ntfs)\S+)$/;

/** What is seen of a data folder on this machine. */
export async function folderChecks(folder: string): Promise<Check[]> {
  try {
    const path = await realpath(folder);
    return [...(await spaceChecks(path)), await placeCheck(path)];
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [noFolder(folder)];
    return [
      fault(
        'data folder',
        `${folder} cannot be looked at: ${errorMessage(error)}`,
        'run this as the user of the server',
      ),
    ];
  }
}

const noFolder = (folder: string): Check =>
  unknown('data folder', `${folder} is not on this machine`, "evald doctor --data-dir DIR, on the server's machine");

/** How much room a folder's disk has, for bytes and for files. @throws when it cannot be looked at. */
export async function spaceChecks(path: string): Promise<Check[]> {
  const { bavail, bsize, files, ffree } = await statfs(path);
  // Some filesystems make inodes as they need them, and say that they have none.
  return [diskCheck(path, bavail * bsize), ...(files === 0 ? [] : [inodeCheck(path, ffree)])];
}

/** Files that a disk can still take, below which there soon is no room for the files of runs, and below which it is time to look. */
const FEWEST_FILES = 10_000;
const FEW_FILES = 200_000;

/** Pure. @param free files that the disk can still take */
export function inodeCheck(folder: string, free: number): Check {
  const says = `${free.toLocaleString('en')} more files (inodes) fit on the disk of ${folder}`;
  const remedy =
    'delete old outputs, or keep fewer jobs (--history-days, --history): docs/deploy.md says what a job takes';
  if (free < FEWEST_FILES) return fault('inodes', says, remedy);
  return free < FEW_FILES ? warning('inodes', says, remedy) : ok('inodes', says);
}

/** Pure. @param free bytes */
export function diskCheck(folder: string, free: number): Check {
  const says = `${(free / GIB).toFixed(1)} GiB free in ${folder}`;
  const remedy = 'delete old outputs, or keep fewer jobs: --max-completed-jobs';
  if (free < LEAST) return fault('disk', says, remedy);
  return free < LITTLE ? warning('disk', says, remedy) : ok('disk', says);
}

async function placeCheck(path: string): Promise<Check> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => null);
  const type = mounts === null ? null : filesystemOf(path, mounts);
  const canWrite = await access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!canWrite)
    return warning('data folder', `${path} cannot be written by this user`, 'run this as the user of the server');
  return localCheck(path, type);
}

/** Pure. @param type of its filesystem; null when that is not known. */
export function localCheck(path: string, type: string | null): Check {
  if (type === null)
    return unknown('data folder', `${path}: what disk it is on is not known`, 'one of this machine is needed');
  if (!REMOTE.test(type)) return ok('data folder', `${path} is on a disk of this machine (${type})`);
  const remedy = 'a --data-dir on a disk of this machine; --runs-dir may be on one that is shared';
  return fault('data folder', `${path} is on ${type}: the journal may be damaged there`, remedy);
}

/** The type of the filesystem that a path is on, by the table of mounts. Pure. */
export function filesystemOf(path: string, mountinfo: string): string | null {
  let found: { point: string; type: string } | null = null;
  for (const line of mountinfo.split('\n')) {
    const [head = '', tail] = line.split(' - ', 2);
    const point = head
      .split(' ')[4]
      ?.replaceAll(/\\(\d{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
    const type = tail?.split(' ')[0];
    if (point === undefined || type === undefined) continue;
    const isAbove = point === '/' || path === point || path.startsWith(`${point}/`);
    // Of two mounts on one point the later one is seen.
    if (isAbove && (found === null || point.length >= found.point.length)) found = { point, type };
  }
  return found?.type ?? null;
}

/** Milliseconds that nvidia-smi may take: a driver that hangs is one of the faults. */
const PATIENCE = 10_000;

/** The GPUs that this machine's driver sees. */
export async function gpuCheck(): Promise<Check> {
  const remedy = 'nvidia-smi, and the driver of the machine; without a GPU models run on the processor';
  try {
    const { stdout } = await execa('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { timeout: PATIENCE });
    const names = stdout.split('\n').filter((line) => line.trim() !== '');
    return names.length === 0 ? warning('GPUs', 'none is seen', remedy) : ok('GPUs', counted(names));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return warning('GPUs', 'none is seen: there is no nvidia-smi', remedy);
    return fault('GPUs', `nvidia-smi fails: ${errorMessage(error).split('\n', 1)[0]}`, remedy);
  }
}

/** `2 × NVIDIA H100, 1 × NVIDIA A100`. Pure. */
function counted(names: readonly string[]): string {
  const counts = Map.groupBy(names, (name) => name.trim());
  return [...counts].map(([name, all]) => `${all.length} × ${name}`).join(', ');
}
