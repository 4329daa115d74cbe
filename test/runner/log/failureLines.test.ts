import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFailure } from '../../../src/runner/harnesses/lmmsEval/failures.ts';
import { findHarnessLines, type Wanted } from '../../../src/runner/log/failureLines.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

const CHUNK = 256 * 1024;
const TIME = '2026-11-24 03:32:04';
const HEAD = `${TIME} | ERROR    | lmms_eval.__main__:cli_evaluate:614 - `;
const END = 'Please set `--verbosity=DEBUG` to get more information.';
const LINE = `${HEAD}Error during evaluation: boom. ${END}`;

async function logOf(content: string): Promise<string> {
  const path = join(await temporaryFolder(), 'log');
  await writeFile(path, content);
  return path;
}

const marker: Wanted = { words: 'MARKER', sources: [['m.n', 'f']] };
const markerLine = `${TIME} | INFO     | m.n:f_g:1 - MARKER`;
const find = async (content: string) => findHarnessLines(await logOf(content), [marker]);

test('lines of failure are found in their order, with what follows them', async () => {
  const found = await find(`a\n${markerLine} one\nrest\n${markerLine} two\n`);
  expect(found.map(({ lines }) => lines[0])).toEqual(['MARKER one', 'MARKER two']);
  expect(found[0]?.lines.slice(1)).toEqual(['rest', `${markerLine} two`, '']);
  expect(await find('')).toEqual([]);
});

test('a line across the border of two chunks is found once, in a log of any size', async () => {
  for (let shift = 0; shift <= markerLine.length + 520; shift += 7) {
    const found = await find(`${'x'.repeat(CHUNK - 1 - shift)}\n${markerLine} here${'y'.repeat(CHUNK)}`);
    expect(found, String(shift)).toHaveLength(1);
    expect(found[0]?.lines[0]).toMatch(/^MARKER herey+…$/);
    expect(found[0]?.lines[0]).toHaveLength(2_001);
  }
});

test('of very many lines of failure the newest are kept, and the search is linear in the log', async () => {
  const found = await find(`${markerLine}\n`.repeat(20_000) + 'MARKER'.repeat(500_000));
  expect(found).toHaveLength(16);
});

test.each([
  [
    'colours',
    `\u001b[32m${TIME}\u001b[0m | \u001b[31m\u001b[1mERROR   \u001b[0m | \u001b[36mlmms_eval.__main__\u001b[0m:\u001b[36mcli_evaluate\u001b[0m:\u001b[36m614\u001b[0m - \u001b[31m\u001b[1mError during evaluation: boom. ${END}\u001b[0m`,
  ],
  ['a bar that was not closed before it', `\rModel Responding:  50%|█████     | 4/8 [00:00<00:01,  6.25it/s]${LINE}`],
  ['a bar without a total before it', `\rGenerating test split: 8 examples [00:00, 461.55 examples/s]${LINE}`],
  ['a bar drawn over it', `${LINE}\r 50%|##`],
  ['the label of a rank', `[default1]:${LINE}`],
  ['the label of srun', `1: ${LINE}`],
  ['milliseconds', LINE.replace(TIME, `${TIME}.123`)],
  ['the module by its other name', LINE.replace('lmms_eval.__main__', '__main__')],
  ['another level', LINE.replace('ERROR   ', 'CRITICAL')],
])("lmms-eval's own line is known with %s", async (_, line) => {
  const failure = await readFailure(await logOf(`before\n${line}\nafter\n`));
  expect(failure?.reason).toBe(`Error during evaluation: boom. ${END}`);
});

test.each([
  ['an answer that has the same text', `Error during evaluation: boom. ${END}`],
  ['an answer that quotes the line', `The log says: ${LINE}`],
  ['an answer that quotes it after a bar', `\r 50%|##   | 1/2 [00:00<00:00, 1it/s]It says ${LINE}`],
  [
    'a judge call that was survived',
    `${TIME} | ERROR    | song_describer.utils:get_eval:201 - Error during evaluation: CUDA out of memory`,
  ],
  ['a task of a similar name', LINE.replace('lmms_eval.__main__', 'my.lmms_eval.__main__')],
  ['another function of the module', LINE.replace('cli_evaluate', 'helper')],
  ['another logger', `ERROR:lmms_eval.__main__:Error during evaluation: boom. ${END}`],
  ['a path of a checkpoint', `${HEAD}Loading /ckpt/Error during evaluation: x`],
  [
    'the arguments at the end',
    `dummy (note=Need to specify task to evaluate,x=Could not save sample results), gen_kwargs: ()`,
  ],
  ['a tracker of a task', `${TIME} | WARNING  | mine.tracker:save_results_samples:1 - Could not save sample results`],
  ['no time before it', LINE.slice(TIME.length)],
])('a line with %s is no failure of lmms-eval', async (_, line) => {
  expect(await readFailure(await logOf(`before\n${line}\nafter\n`))).toBeNull();
});

test("lmms-eval's messages of failure are known", async () => {
  const words = async (text: string) => (await readFailure(await logOf(`before\n${text}\nafter\n`)))?.reason;
  expect(await words('all is well')).toBeUndefined();
  expect(await words(`${HEAD}Error during evaluation: two\nlines. ${END}`)).toBe(
    `Error during evaluation: two\nlines. ${END}`,
  );
  expect(await words(`${HEAD}Error during evaluation: no end`)).toBe('Error during evaluation: no end');
  const single = HEAD.replace('cli_evaluate', 'cli_evaluate_single');
  expect(
    await words(`${single}Tasks were not found: x, y\n       Try \`lmms-eval --tasks list\`\nTraceback\n${LINE}`),
  ).toBe('Tasks were not found: x, y\nTry `lmms-eval --tasks list`');
  expect(await words(`${single}Need to specify task to evaluate.`)).toBe('Need to specify task to evaluate.');
  const saving = `${TIME} | WARNING  | lmms_eval.loggers.evaluation_tracker:save_results_aggregated:235 - `;
  expect(await words(`${saving}Could not save results aggregated\n${saving}OSError(28, 'a - b')`)).toBe(
    "Could not save results aggregated: OSError(28, 'a - b')",
  );
});

test('of several lines the last one of lmms-eval counts, for an answer comes before it', async () => {
  const log = await logOf(`${LINE}\nmore\n${LINE.replace('boom', 'the last')}\n`);
  expect((await readFailure(log))?.reason).toMatch(/^Error during evaluation: the last\./);
});
