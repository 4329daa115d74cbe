import { cp, mkdtemp, readFile, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { WarmStartsState } from '../../../src/schemas/engine/engine.ts';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import type { JobResults } from '../../../src/schemas/results/jobResults.ts';
import { removeFolder } from '../files/removeFolder.ts';
import { submit } from '../jobs/client.ts';
import { endedJob } from '../jobs/jobs.ts';
import { lmmsEvalPython } from '../needs.ts';
import { send } from '../requests/send.ts';
import { startServer, type TestServer } from '../server/server.ts';
import { eventually } from '../waiting/eventually.ts';
import { fixture } from './localRun.ts';
import { offline, writeTinyTasks } from './tinyTask.ts';

export const sitePackages = join(dirname(dirname(lmmsEvalPython)), 'lib/python3.11/site-packages');

/** What is evaluated: every kind of function that a task may name, by a model that is asked, and by one that chats. */
export const kinds = {
  asked: {
    model: 'evald_echo',
    tasks: ['evald_kinds_group', 'evald_kinds_choice', 'evald_kinds_rounds', 'evald_kinds_class'],
  },
  chatted: { model: 'evald_chat', tasks: ['evald_kinds_tag'] },
} as const;

/**
 * A folder with what runs of the real lmms-eval are made of and tests edit, and servers that start them, cold and warm.
 * @param packages of the installed environment that stand in it as well, as an editable install would.
 */
export async function realWarm(packages: readonly string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'evald-warm-'));
  const inside = (name: string) => join(folder, name);
  await cp(fixture('warm/kinds'), folder, { recursive: true, preserveTimestamps: true });
  for (const name of packages) {
    await cp(join(sitePackages, name), inside(name), { recursive: true, preserveTimestamps: true });
  }
  await writeTinyTasks(lmmsEvalPython, inside('data'));
  const base = inside('evald_plugin/tasks/_base.yaml');
  await writeFile(base, (await readFile(base, 'utf8')).replace('DATA', inside('data/colours.parquet')));
  const servers: TestServer[] = [];

  const evaluate = async ({ url }: TestServer, request: object = kinds.asked) =>
    endedJob(url, await submit(url, request));
  const state = async ({ url }: TestServer) => {
    const { json } = await send(`${url}/health`, { method: 'GET' });
    return (json as { engine: { warm_starts: WarmStartsState } }).engine.warm_starts;
  };

  return {
    folder,
    inside,
    evaluate,
    state,
    server: async (flags: readonly string[], env: Record<string, string> = {}) => {
      const paths = `--include_path=${inside('evald_plugin/tasks')}`;
      const server = await startServer({
        harness: 'lmms-eval',
        flags: ['--python', lmmsEvalPython, '--extra-args', paths, ...flags],
        env: { ...offline, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1', ...env },
      });
      servers.push(server);
      return server;
    },
    /** Until there is a parent, which a run has been had for. */
    untilReady: (server: TestServer) => eventually(async () => (await state(server)).state === 'ready'),
    results: async ({ url }: TestServer, { job_id }: JobInfo) =>
      (await send(`${url}/jobs/${job_id}/results`, { method: 'GET' })).json as JobResults,
    /** Changes a text of a file, which is as young afterwards as one that was edited. */
    edit: async (name: string, from: string, to: string) => {
      const text = await readFile(inside(name), 'utf8');
      if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
      await writeFile(inside(name), text.replaceAll(from, to));
    },
    /** Gives a file the times that it had, as some tools do: only the kernel's own time of its change tells. */
    backdate: (name: string) => utimes(inside(name), 1_700_000_000, 1_700_000_000),
    close: async () => {
      for (const server of servers) await server.stop();
      await removeFolder(folder);
    },
  };
}

/** All that a run has found and said, but for times and paths. */
export async function saidBy(job: JobInfo) {
  const [files] = Object.values(job.result ?? {});
  const texts = [files?.results ?? '', job.log ?? ''].map((path) => readFile(path, 'utf8'));
  const [results = '', log = ''] = await Promise.all(texts);
  const samples = await Promise.all((files?.samples ?? []).map((path) => readFile(path, 'utf8')));
  return {
    metrics: job.metrics,
    answers: job.answers,
    samples,
    results: withoutTimes(results, job),
    log: withoutTimes(log, job),
  };
}

/** What differs between two runs of anything: times, paths, and where functions lie in memory. */
function withoutTimes(text: string, { job_id }: JobInfo): string {
  return (
    stripVTControlCharacters(text)
      .replaceAll(new RegExp(String.raw`\S*${job_id}`, 'g'), 'FOLDER')
      .replaceAll(/\d{4}-\d\d-\d\d[ T:][\d:.-]+|\d{8}_\d{6}|0x[0-9a-f]+/g, 'T')
      .replaceAll(/\d+(\.\d+)?s\b|\[\d\d:\d\d.*?\]/g, 'T')
      .replaceAll(/"(total_evaluation_time_seconds|start_time|end_time|date)": .*/g, '')
      .split(/[\r\n]+/)
      // How often a bar is drawn depends on the clock; data are made ready by the first run that there is.
      .filter((line) => !/\d+\/\d+ T$|^Generating test split/.test(line))
      .join('\n')
  );
}
