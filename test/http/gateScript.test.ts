import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startWrittenServer } from '../support/harnesses/writtenLmmsEval.ts';
import { curl, skipWithout } from '../support/needs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { accOf, runThat, valuesOf } from '../support/scores/writtenScores.ts';

let server: Awaited<ReturnType<typeof startWrittenServer>>;
let folder: string;
let baseline = '';
const candidates = { better: valuesOf([300, 1], [100, 0]), worse: valuesOf([100, 1], [300, 0]) };
const ids: { [name in keyof typeof candidates]?: string } = {};

beforeAll(async () => {
  server = await startWrittenServer();
  baseline = (await runThat(server, accOf(valuesOf([200, 1], [200, 0])))).job_id;
  for (const [name, values] of Object.entries(candidates))
    ids[name as keyof typeof candidates] = (await runThat(server, accOf(values))).job_id;
});
afterAll(() => server.stop());
beforeEach(async (context) => {
  skipWithout(curl, context);
  folder = await temporaryFolder();
  const docs = await readFile(join(import.meta.dirname, '../../docs/scores.md'), 'utf8');
  const script = /```sh\n(#!\/bin\/sh\n# gate\.sh[\s\S]*?)```/.exec(docs)?.[1];
  await writeFile(join(folder, 'gate.sh'), script ?? 'exit 99');
});

/** Runs the script of the page as CI does. @returns its exit code, and what it said. */
async function gate(candidate: string | undefined, policy: object, env: Record<string, string> = {}) {
  const file = join(folder, 'gate.json');
  await writeFile(file, JSON.stringify(policy));
  const args = [join(folder, 'gate.sh'), baseline, candidate ?? '', file];
  const options = { env: { PATH: process.env['PATH'] ?? '', EVALD_SERVER: server.url, ...env } };
  try {
    const { stdout } = await promisify(execFile)('sh', args, options);
    return { code: 0, text: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}
const may = (max_drop: number) => ({ tasks: { t: { max_drop } } });

test('the script of the page ends with 0, 1 or 3, as the gate says', async () => {
  expect(await gate(ids.better, may(0.01))).toMatchObject({
    code: 0,
    text: expect.stringContaining('"verdict":"pass"'),
  });
  expect(await gate(ids.worse, may(0.01))).toMatchObject({
    code: 1,
    text: expect.stringContaining('"verdict":"fail"'),
  });
  expect(await gate(ids.worse, may(0.25))).toMatchObject({ code: 3 });
});

test('the script of the page ends with 2 where the gate cannot be asked, and says why', async () => {
  expect(await gate('nosuch', may(0.01))).toMatchObject({
    code: 2,
    text: expect.stringContaining('Job nosuch not found'),
  });
  expect(await gate(ids.better, { tasks: {} })).toMatchObject({
    code: 2,
    text: expect.stringContaining('policy.tasks'),
  });
  const nowhere = await gate(ids.better, may(0.01), { EVALD_SERVER: 'http://127.0.0.1:1' });
  expect(nowhere).toMatchObject({ code: 2, text: expect.stringContaining('could not be asked') });
});
