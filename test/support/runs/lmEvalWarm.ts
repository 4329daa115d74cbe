import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WarmStartsState } from '../../../src/schemas/engine/engine.ts';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { removeFolder } from '../files/removeFolder.ts';
import { copyWithoutTasks } from '../harnesses/lmEvalServer.ts';
import { submit } from '../jobs/client.ts';
import { endedJob } from '../jobs/jobs.ts';
import { lmEvalPython } from '../needs.ts';
import { send } from '../requests/send.ts';
import { startServer, type TestServer } from '../server/server.ts';
import { eventually } from '../waiting/eventually.ts';
import { fixture } from './localRun.ts';
import { offline } from './tinyTask.ts';

const ANSWERS = ['lol', 'LOL', 'x', 'lol', 'y', 'z'];

/** Every kind of definition: with functions, included, of choices, a class, a group and a tag. */
export const lmEvalKinds = {
  model: 'dummy',
  tasks: ['evald_kinds_group', 'evald_class'],
  model_args: { pretrained: 'm' },
};

/** The real lm-eval with the definitions of `fixtures/warm/lmEval` in the place of its own, and servers that run it. */
export async function lmEvalWarm() {
  const folder = await mkdtemp(join(tmpdir(), 'evald-warm-'));
  const inside = (name: string) => join(folder, 'packages', 'lm_eval', name);
  await copyWithoutTasks(inside('.'));
  const tasks = inside('tasks/evald');
  await cp(fixture('warm/lmEval'), tasks, { recursive: true, preserveTimestamps: true });
  const data = join(folder, 'data.jsonl');
  const lines = ANSWERS.map((answer, at) => JSON.stringify({ question: `Question ${at}`, answer }));
  await writeFile(data, `${lines.join('\n')}\n`);
  const base = join(tasks, '_base_yaml');
  await writeFile(base, (await readFile(base, 'utf8')).replace('DATA', data));
  const servers: TestServer[] = [];
  const state = async ({ url }: TestServer) => {
    const { json } = await send(`${url}/health`, { method: 'GET' });
    return (json as { engine: { warm_starts?: WarmStartsState } }).engine.warm_starts;
  };

  return {
    inside,
    state,
    server: async (...flags: string[]) => {
      const server = await startServer({
        flags: ['--harness', 'lm-eval', '--lm-eval-python', lmEvalPython, '--check-names', 'off', ...flags],
        env: {
          ...offline,
          ...{ HF_HOME: join(folder, 'hf'), PYTHONPATH: join(folder, 'packages'), PYTHONDONTWRITEBYTECODE: '1' },
        },
      });
      servers.push(server);
      return server;
    },
    evaluate: async ({ url }: TestServer, request: object = lmEvalKinds) => endedJob(url, await submit(url, request)),
    untilReady: (server: TestServer) => eventually(async () => (await state(server))?.state === 'ready'),
    /** Whether a run started warm, as its numbers say. */
    isWarm: ({ provenance }: JobInfo) => provenance?.started_warm === true,
    edit: async (name: string, from: string, to: string) => {
      const text = await readFile(inside(name), 'utf8');
      if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
      await writeFile(inside(name), text.replaceAll(from, to));
    },
    /** Puts a package that is not installed beside it. */
    addPackage: async (name: string, files: Record<string, string>) => {
      const place = join(folder, 'packages');
      await mkdir(join(place, `${name}-1.0.dist-info`), { recursive: true });
      await writeFile(join(place, `${name}-1.0.dist-info`, 'METADATA'), `Name: ${name}\nVersion: 1.0\n`);
      for (const [file, text] of Object.entries(files)) {
        await mkdir(join(place, file, '..'), { recursive: true });
        await writeFile(join(place, file), text);
      }
    },
    close: async () => {
      for (const server of servers) await server.stop();
      await removeFolder(folder);
    },
  };
}
