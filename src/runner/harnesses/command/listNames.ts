import { requestLimits, runLimits } from '../../../schemas/values/limits.ts';
import { listableName } from '../../../schemas/values/text.ts';

/** Milliseconds until the program is ended. */
const PATIENCE = 120_000;
const MOST_BYTES = 16 * 1_024 * 1_024;

/**
 * Has a program list names, one a line; blank lines do not count.
 * @throws Error with the last line of what it wrote as errors, or with the name that cannot be one.
 */
export async function listNames(
  [program, ...words]: [string, ...string[]],
  { env, folder: cwd }: { env: Record<string, string>; folder: string },
): Promise<string[]> {
  // Loaded when it is needed.
  const { execa } = await import('execa');
  const child = execa(program, words, {
    ...{ env, extendEnv: false, cwd, timeout: PATIENCE, maxBuffer: MOST_BYTES },
    stdio: ['ignore', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
    killDescendants: true,
    cleanup: false,
    reject: false,
  });
  const kill = () => void child.kill();
  process.once('exit', kill);
  const ended = await child.finally(() => process.off('exit', kill));
  if (ended.isMaxBuffer) throw new Error(`${program} wrote more than ${MOST_BYTES / 1_048_576} MiB`);
  if (ended.failed) {
    const last = ended.stderr.split('\n').findLast((line) => line.trim() !== '');
    throw new Error(last?.trim() ?? `${program}: ${ended.shortMessage}`);
  }
  const names = ended.stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((name) => name !== '');
  const bad = names.find((name) => !listableName.test(name) || name.length > requestLimits.task);
  if (bad !== undefined) throw new Error(`${program} lists ${JSON.stringify(bad.slice(0, 100))}, which can be no task`);
  const all = [...new Set(names)];
  if (all.length > runLimits.tasks) throw new Error(`${program} lists more than ${runLimits.tasks} tasks`);
  return all;
}
