import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { widthOf } from '../../../src/cli/frame/output/cells.ts';
import { gateLines } from '../../../src/cli/scores/gateLines.ts';
import { parsePolicy, readPolicy } from '../../../src/cli/scores/readPolicy.ts';
import { gateAnswerSchema } from '../../../src/schemas/scores/gate.ts';
import { removeFolder } from '../../support/files/removeFolder.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
});
afterAll(() => removeFolder(folder));

describe('a policy', () => {
  test('a policy is read from YAML and from JSON, with critical as the tier that is not named', async () => {
    const yaml = join(folder, 'gate.yaml');
    await writeFile(
      yaml,
      'tasks:\n  digits: { max_drop: 0.01 }\n  shapes:\n    max_drop: 0\n    tier: advisory\n    metric: acc\n',
    );
    const policy = {
      tasks: { digits: { max_drop: 0.01, tier: 'critical' }, shapes: { max_drop: 0, tier: 'advisory', metric: 'acc' } },
    };
    expect(await readPolicy(yaml)).toEqual(policy);
    const json = join(folder, 'gate.json');
    await writeFile(json, JSON.stringify(policy));
    expect(await readPolicy(json)).toEqual(policy);
  });

  test.each([
    [null, 'the policy should be an object, as { tasks: { NAME: { max_drop: 0.01 } } }'],
    [[], 'the policy should be an object'],
    [{}, '`tasks` should be an object'],
    [{ tasks: {} }, '`policy.tasks` should name one task at least'],
    [{ tasks: { a: 0.01 } }, '`tasks.a` should be an object, as { max_drop: 0.01 }'],
    [{ tasks: { a: {} } }, 'tasks.a.max_drop: `max_drop` should be a number from 0, in the unit of the score: 0.01'],
    [{ tasks: { a: { max_drop: -1 } } }, 'tasks.a.max_drop: `max_drop` should be a number from 0'],
    [{ tasks: { a: { max_drop: '1%' } } }, 'tasks.a.max_drop: `max_drop` should be a number from 0'],
    [{ tasks: { a: { max_drop: 0, tier: 'high' } } }, 'one of "critical", "supporting", "advisory"'],
    [
      { tasks: { a: { max_dorp: 0.1, max_drop: 0 } } },
      'tasks.a.max_dorp: there is no such field (did you mean max_drop?); allowed are max_drop, tier, metric, filter',
    ],
    [
      { task: {}, tasks: { a: { max_drop: 0 } } },
      'task: there is no such field (did you mean tasks?); allowed are tasks',
    ],
  ])('a policy that is wrong is refused with its file, the field and what is allowed: %j', (value, says) => {
    expect(() => parsePolicy('--policy gate.yaml', value)).toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(says) }),
    );
    expect(() => parsePolicy('--policy gate.yaml', value)).toThrow('--policy gate.yaml');
  });

  test.each([
    ['tasks: [', 'flow'],
    ['a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n', 'aliases'],
    [`# ${'x'.repeat(1_100_000)}`, 'longer than'],
  ])('a policy that is no YAML, or stands for too much, is refused in one line', async (content, says) => {
    const file = join(folder, 'bad.yaml');
    await writeFile(file, content);
    await expect(readPolicy(file)).rejects.toThrow(
      expect.objectContaining({
        name: 'UsageError',
        message: expect.stringMatching(new RegExp(`^[^\n]*${says}[^\n]*$`, 'i')),
      }),
    );
  });

  test('a policy that is not there is refused with the code of the system', async () => {
    await expect(readPolicy(join(folder, 'none.yaml'))).rejects.toThrow(/none\.yaml cannot be read: ENOENT/);
  });
});

describe('what a gate decided', () => {
  const evil = '\x1b]0;owned\x07\u202e\rx';
  const task = { task: 'digits', metric: 'acc', filter: 'none', tier: 'critical', max_drop: 0.01, comparison: null };
  const answer = gateAnswerSchema.parse({
    ...{ verdict: 'fail', baseline: 'a', candidate: 'b' },
    tasks: [
      { ...task, verdict: 'pass', reason: 'it lost less than 0.01 for sure, that is the interval [-0.005, 0.02]' },
      { ...task, task: 'shapes', filter: 'strict', tier: 'advisory', verdict: 'fail', reason: 'it lost 0.2' },
      { ...task, task: evil, metric: null, filter: null, verdict: 'inconclusive', reason: `${evil} is missing` },
    ],
  });

  test('what a gate decided is a line a task with its reason, and the verdict as the last line', () => {
    expect(gateLines(answer, { width: null, color: false })).toEqual([
      '✓ pass  digits acc (critical, may lose 0.01): it lost less than 0.01 for sure, that is the interval [-0.005, 0.02]',
      '✗ fail  shapes acc strict (advisory, may lose 0.01): it lost 0.2',
      '? inconclusive  �]0;owned�� x (critical, may lose 0.01): �]0;owned�� x is missing',
      '✗ fail',
    ]);
  });

  test.each([40, 60, 80, 200])('what a gate decided fits %d columns, and has signs beside its colours', (width) => {
    const lines = gateLines(answer, { width, color: false });
    expect(lines.filter((line) => widthOf(line) > width)).toEqual([]);
    const colored = gateLines(answer, { width, color: true });
    expect(colored.map(stripVTControlCharacters)).toEqual(lines);
    expect(colored.at(-1)).toBe('\x1b[31m✗ fail\x1b[39m');
  });
});
