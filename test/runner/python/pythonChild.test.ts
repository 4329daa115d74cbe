import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { isAlive, readProcess } from '../../../src/runner/backends/local/procfs.ts';
import { startFolder } from '../../../src/runner/folders/workingFolder.ts';
import { createPythonChild, type PythonChildOptions } from '../../../src/runner/python/pythonChild.ts';
import { skipWithout, systemPython } from '../../support/needs.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

beforeEach((context) => skipWithout(systemPython, context));

/** Answers its pid, dies, hangs, or says that it is stale, as it is asked. Notes each start in a file. */
const PROGRAM = `
import time
notes = os.environ["NOTES"]
with open(notes, "a") as file: file.write("start\\n")
channel = os.fdopen(3, "w")
def say(value):
    channel.write(json.dumps(value) + "\\n")
    channel.flush()
if os.path.exists(notes + ".broken"):
    say({"failed": "no lmms_eval here"})
    sys.exit(1)
say({"ready": "1"})
for line in sys.stdin.buffer:
    question = json.loads(line)["what"]
    once = question.endswith("once")
    if once and os.path.exists(notes + "." + question): question = "pid"
    elif once: open(notes + "." + question, "w").close()
    if question.startswith("die"): os._exit(3)
    if question.startswith("hang"): time.sleep(60)
    if question.startswith("stale"):
        say({"stale": True})
        sys.exit(0)
    if question == "folder": say({"answer": os.getcwd()})
    else: say({"failed": "no such question"} if question == "odd" else {"answer": os.getpid()})
`;

async function lives(pid: number): Promise<boolean> {
  const found = await readProcess(pid);
  return found !== null && isAlive(found);
}

async function started(more: Partial<PythonChildOptions> = {}) {
  const notes = join(await temporaryFolder(), 'notes');
  let now = 0;
  const child = createPythonChild({
    find: async () => 'python3',
    env: { ...(process.env['PATH'] && { PATH: process.env['PATH'] }), NOTES: notes },
    program: PROGRAM,
    patience: { start: 30_000, answer: 30_000 },
    rest: 1_000,
    now: () => now,
    ...more,
  });
  onTestFinished(() => child.close());
  const starts = async () => (await readFile(notes, 'utf8').catch(() => '')).split('\n').filter(Boolean).length;
  return { child, notes, starts, pass: (time: number) => (now += time), ask: (what: string) => child.ask({ what }) };
}

test('many questions at once are answered by one Python', async () => {
  const { ask, starts } = await started();
  const pids = await Promise.all(Array.from({ length: 100 }, () => ask('pid')));
  expect(new Set(pids).size).toBe(1);
  await expect(ask('odd')).rejects.toThrow('no such question');
  expect(await ask('pid')).toBe(pids[0]);
  expect(await starts()).toBe(1);
});

test.each(['die once', 'stale once'])(
  'a question during which the Python ends is put to another one: %s',
  async (question) => {
    const { ask, starts } = await started();
    const before = await ask('pid');
    const [, during, behind] = await Promise.all([ask('pid'), ask(question), ask('pid')]);
    expect(during).not.toBe(before);
    expect(behind).toBe(during);
    expect(await starts()).toBe(2);
  },
);

test('a question that ends every Python is answered by a refusal, and the next one is not', async () => {
  const { ask, starts } = await started();
  await expect(ask('die')).rejects.toThrow('was ended by exit code 3');
  expect(await starts()).toBe(3);
  expect(await ask('pid')).toEqual(expect.any(Number));
});

test.each([
  ['die', 'was ended by exit code 3'],
  ['hang', 'did not answer within 0.3 s'],
  ['stale', 'it has loaded files that have changed'],
])('a question is answered however many before it end every Python: %s', async (what, words) => {
  const { ask } = await started({ patience: { start: 30_000, answer: 300 } });
  const ending = Promise.allSettled(Array.from({ length: 3 }, () => ask(what)));
  const behind = ask('pid');
  expect(await behind).toEqual(expect.any(Number));
  expect((await ending).map((end) => String('reason' in end && end.reason))).toEqual(
    Array(3).fill(expect.stringContaining(words)),
  );
});

test('a Python that hangs is ended, its question refused, and those behind it are answered by another one', async () => {
  const { ask } = await started({ patience: { start: 30_000, answer: 300 } });
  const before = Number(await ask('pid'));
  const hanging = ask('hang');
  const behind = ask('pid');
  await expect(hanging).rejects.toThrow('did not answer within 0.3 s');
  expect(await behind).not.toBe(before);
  expect(await lives(before)).toBe(false);
});

test('a Python that cannot start is not started for every question, and is when it has rested', async () => {
  const { ask, notes, starts, pass } = await started();
  await writeFile(`${notes}.broken`, '');
  await expect(ask('pid')).rejects.toThrow('no lmms_eval here');
  await expect(ask('pid')).rejects.toThrow('no lmms_eval here');
  expect(await starts()).toBe(1);
  pass(1_000);
  await expect(ask('pid')).rejects.toThrow('no lmms_eval here');
  expect(await starts()).toBe(2);
});

test('the rest of a Python is not longer for a clock that is put back', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { ask, notes } = await started({ rest: 0, now: undefined });
  await writeFile(`${notes}.broken`, '');
  await expect(ask('pid')).rejects.toThrow('no lmms_eval here');
  await rm(`${notes}.broken`);
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(await ask('pid')).toBeGreaterThan(1);
});

test('a Python begins in a folder that is there, also where that of the server is gone', async () => {
  const before = process.cwd();
  const gone = await mkdtemp(join(tmpdir(), 'evald-gone-'));
  process.chdir(gone);
  onTestFinished(() => process.chdir(before));
  await rm(gone, { recursive: true });
  const { ask } = await started();
  expect(await ask('folder')).toBe(startFolder);
});

test('a Python that is not there is reported so', async () => {
  const { child } = await started({ find: async () => '/no/such/python' });
  await expect(child.ask({ what: 'pid' })).rejects.toThrow(/ENOENT/);
});

test('another Python under the same name is asked from then on', async () => {
  let python = 'python3';
  const { ask } = await started({ find: async () => python });
  const before = await ask('pid');
  python = '/usr/bin/env';
  await expect(ask('pid')).rejects.toThrow();
  python = 'python3';
  expect(await ask('pid')).not.toBe(before);
});

test('a Python ends when it is closed', async () => {
  const { ask, child } = await started();
  const pid = Number(await ask('pid'));
  child.close();
  await expect.poll(() => lives(pid)).toBe(false);
});
