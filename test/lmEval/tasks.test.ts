import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Harness } from '../../src/runner/harnesses/contract.ts';
import { createLmEvalHarness } from '../../src/runner/harnesses/lmEval/harness.ts';
import { type LmEvalFolder, makeLmEvalFolder } from '../support/harnesses/lmEvalServer.ts';
import { describeWith, lmEval } from '../support/needs.ts';
import { request } from '../support/requests/request.ts';

/** A group in a group, a tag in a group, and a task of a class whose module is not there. */
const nested = `
group: evald_nested
task:
  - group: inner
    task: [evald_one]
  - evald_other
`;
const ofClass = 'task: evald_class\nclass: !function no_such_module.Task\n';

describeWith(lmEval, 'names of tasks, as the real lm-eval takes them', () => {
  let lm: LmEvalFolder;
  let harness: Harness;

  beforeAll(async () => {
    lm = await makeLmEvalFolder();
    await writeFile(join(lm.includePath, 'nested.yaml'), nested);
    await writeFile(join(lm.includePath, 'class.yaml'), ofClass);
    const extraArgs = ['--include_path', lm.includePath];
    harness = createLmEvalHarness({ python: lm.python, extraArgs, environment: { PATH: '/usr/bin:/bin' } });
  }, 600_000);
  afterAll(async () => {
    harness.close();
    await lm.remove();
  });

  const resolved = async (...tasks: string[]) => harness.resolveTasks?.(request({ tasks }));

  test('a task stands for itself, a tag for its tasks, and a group is given by its name', async () => {
    expect(await resolved('evald_tag', 'evald_one', 'evald_held', 'evald_class')).toEqual([
      { asked: 'evald_tag', names: ['evald_one', 'evald_two'], tasks: ['evald_one', 'evald_two'] },
      { asked: 'evald_one', names: ['evald_one'], tasks: ['evald_one'] },
      { asked: 'evald_held', names: ['evald_held'], tasks: ['evald_held'] },
      { asked: 'evald_class', names: ['evald_class'], tasks: ['evald_class'] },
    ]);
    expect(await resolved('evald_group')).toEqual([
      { asked: 'evald_group', names: ['evald_group'], tasks: ['evald_one', 'evald_two'] },
    ]);
  }, 600_000);

  test('a group within a group and a tag within one stand for all of their tasks', async () => {
    expect(await resolved('evald_nested')).toEqual([
      { asked: 'evald_nested', names: ['evald_nested'], tasks: ['evald_one', 'evald_held'] },
    ]);
  }, 600_000);

  test('a wildcard stands for the names that it matches, and a path of a definition for its task', async () => {
    expect(await resolved('evald_t[vw]o', 'evald_?ne')).toEqual([
      { asked: 'evald_t[vw]o', names: ['evald_two'], tasks: ['evald_two'] },
      { asked: 'evald_?ne', names: ['evald_one'], tasks: ['evald_one'] },
    ]);
    const path = join(lm.includePath, 'two.yaml');
    expect(await resolved(path)).toEqual([{ asked: path, names: [path], tasks: ['evald_two'] }]);
  }, 600_000);

  test('names that lm-eval would not evaluate are refused in its own words: unknown ones, and a task by two groups', async () => {
    await expect(resolved('evald_one', 'evald_none')).rejects.toThrow('Tasks not found: evald_none');
    await expect(resolved('evald_group', 'evald_one')).rejects.toThrow(/Duplicate task 'evald_one'/);
  }, 600_000);

  test('a definition that is added or changed is seen at the next question', async () => {
    const listed = await harness.listTasks();
    expect(listed).toEqual(expect.arrayContaining(['evald_one', 'evald_tag', 'evald_group', 'evald_nested']));
    expect(listed).not.toContain('evald_later');
    await lm.writeTask('later.yaml', 'evald_later', 'evald_tag');
    expect(await resolved('evald_tag')).toMatchObject([{ tasks: ['evald_later', 'evald_one', 'evald_two'] }]);
    await lm.writeTask('later.yaml', 'evald_latest', 'evald_tag');
    expect(await resolved('evald_tag')).toMatchObject([{ tasks: ['evald_latest', 'evald_one', 'evald_two'] }]);
    expect(await harness.listTasks()).toContain('evald_latest');
  }, 600_000);
});
