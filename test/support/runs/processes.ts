import { readdir, readFile, readlink } from 'node:fs/promises';
import { eventually } from '../waiting/eventually.ts';

/**
 * Pids of the processes that have to do with a folder: they name it on their command line, or write into it. Those
 * that have ended and were not yet waited for do not count.
 */
export async function processesOf(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 1 && pid !== process.pid);
  const ties = await Promise.all(pids.map(async (pid) => ((await isTied(pid, folder)) ? [pid] : [])));
  return ties.flat();
}

/** Whether a process is there and has not ended. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  return stat !== null && !/^\d+ \(.*\) [ZX]/s.test(stat);
}

/** Paths of the files that a process has open, one a descriptor. */
export async function openFilesOf(pid: number | undefined): Promise<string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  return Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
}

/** Pids of the parents of warm starts that a server has made: they have room for the environment of a run, by its number. */
export async function warmParentsOf(server: number | undefined): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 1);
  const environments = pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => ''));
  const found = await Promise.all(environments);
  return pids.filter((_, index) => found[index]?.includes(`EVALD_WARM_ROOM=${server} `));
}

/** Holds a local run where it is (SIGSTOP) once it has written something. @param log its path. @returns lets it go on. */
export async function holdRun(log: string): Promise<() => void> {
  await eventually(async () => (await readFile(log, 'utf8').catch(() => '')) !== '');
  const stats = await Promise.all((await processesOf(log)).map((pid) => readFile(`/proc/${pid}/stat`, 'latin1')));
  // The whole group at once: what it starts meanwhile is held with it.
  const groups = new Set(stats.map((stat) => Number(/^\d+ \(.*\) \S \d+ (\d+)/s.exec(stat)?.[1])));
  for (const group of groups) process.kill(-group, 'SIGSTOP');
  return () => {
    for (const group of groups) process.kill(-group, 'SIGCONT');
  };
}

async function isTied(pid: number, folder: string): Promise<boolean> {
  if (!(await isRunning(pid))) return false;
  const looks = [
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
    readlink(`/proc/${pid}/fd/1`),
    readlink(`/proc/${pid}/fd/2`),
  ];
  const texts = await Promise.all(looks.map((look) => look.catch(() => '')));
  return texts.some((text) => text.includes(folder));
}

/** Pids of the processes that a process has started, and that are there. */
export async function childrenOf(pid: number | undefined): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}
