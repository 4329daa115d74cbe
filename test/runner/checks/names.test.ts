import { expect, test } from 'vitest';
import { createNameCheck, editDistance, type NameRule } from '../../../src/runner/checks/names.ts';
import { createCatalog } from '../../../src/runner/harnesses/catalog.ts';
import { request } from '../../support/requests/request.ts';

const TASKS = ['mmmu_val', 'mmmu_test', 'mme', 'tr_a', 'group_of_mine', 'tag_of_mine'];

function looking({ rule = 'warn' as NameRule, patience = 10_000 } = {}) {
  let tasks = TASKS;
  let listing: Promise<void> = Promise.resolve();
  // Files have another clock than the server.
  let changedAt = 1_796_000_000_000;
  let asked = 0;
  const catalog = createCatalog({
    list: {
      tasks: async () => {
        asked += 1;
        const names = tasks;
        await listing;
        return names;
      },
      models: async () => [],
    },
    tasksChangedAt: async () => changedAt,
    now: () => 1_000,
    logError: () => {},
  });
  const harness = {
    name: 'lmms-eval',
    allModels: async () => ['dummy', 'qwen2_5_vl', 'vllm'],
    tasksChangedAt: async () => changedAt,
  };
  return {
    catalog,
    names: createNameCheck({ rule, harness, catalog, patience }),
    asked: () => asked,
    /** A task is added, some time after the list was read; by a clock that was put back before it, if less than nothing. */
    add: (name: string, after = 60_000) => {
      changedAt += after;
      tasks = [...tasks, name];
    },
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      listing = promise;
      return resolve;
    },
  };
}

test('tasks, groups, tags, patterns that stand for something and paths are known names', async () => {
  const { catalog, names } = looking();
  await catalog.tasks();
  const known = ['mmmu_val', 'group_of_mine', 'tag_of_mine', 'mmmu_*', 'tr_?', '/my/task.yaml', 'task.yml'];
  expect(await names.ofSubmission(request({ tasks: known }))).toEqual({ faults: [], warnings: [] });
});

test('an unknown name is a warning with the one that may be meant', async () => {
  const { catalog, names, asked } = looking();
  await catalog.tasks();
  const { faults, warnings } = await names.ofSubmission(
    request({ model: 'qwen2.5_vl', tasks: ['tr_a ', 'mmmu_vla', 'nothing_like_it', 'zz*'] }),
  );
  expect(faults).toEqual([]);
  expect(warnings).toEqual([
    '`model` "qwen2.5_vl" is no name that lmms-eval knows; did you mean "qwen2_5_vl"? (GET /models)',
    '`tasks` "tr_a " is no name that lmms-eval knows; did you mean "tr_a"? (GET /tasks)',
    '`tasks` "mmmu_vla" is no name that lmms-eval knows; did you mean "mmmu_val"? (GET /tasks)',
    '`tasks` "nothing_like_it" is no name that lmms-eval knows (GET /tasks)',
    '`tasks` "zz*" is no name that lmms-eval knows (GET /tasks)',
  ]);
  // No definition has changed since the list was read.
  expect(asked()).toBe(1);
});

test('with refuse, an unknown name is refused with its position in the request, and before its launch too', async () => {
  const { catalog, names } = looking({ rule: 'refuse' });
  await catalog.tasks();
  const wrong = request({ tasks: ['mme', 'mmee'] });
  expect(await names.ofSubmission(wrong)).toMatchObject({
    faults: [{ path: ['tasks', 1], input: 'mmee' }],
    warnings: [],
  });
  expect(await names.ofLaunch(wrong)).toMatchObject([{ path: ['tasks', 1] }]);
  expect(await names.ofLaunch(request({ tasks: ['mme'] }))).toEqual([]);
});

test.each([
  ['', 60_000],
  [', also by a clock that was put back,', -3_600_000],
])('a task that was added since%s is found before anything is called unknown', async (_, after) => {
  const { catalog, names, add, asked } = looking({ rule: 'refuse' });
  await catalog.tasks();
  add('new_task', after);
  expect(await names.ofSubmission(request({ tasks: ['new_task'] }))).toEqual({ faults: [], warnings: [] });
  expect(asked()).toBe(2);
});

test('a list that is being read does not keep a submission, and calls nothing unknown', async () => {
  const { names, hold } = looking({ rule: 'refuse' });
  const release = hold();
  const wrong = request({ tasks: ['mmee'] });
  expect(await names.ofSubmission(wrong)).toEqual({
    faults: [],
    warnings: [expect.stringMatching(/could not all be looked up/)],
  });
  const launching = names.ofLaunch(wrong);
  release();
  expect(await launching).toMatchObject([{ path: ['tasks', 0] }]);
});

test('a list that is read anew and is not in time calls nothing unknown', async () => {
  const { catalog, names, add, hold } = looking({ patience: 20 });
  await catalog.tasks();
  add('new_task');
  hold();
  expect(await names.ofSubmission(request({ tasks: ['new_task'] }))).toEqual({ faults: [], warnings: [] });
});

test('many unknown names are named once, and the rest counted', async () => {
  const { catalog, names } = looking();
  await catalog.tasks();
  const tasks = Array.from({ length: 2_000 }, (_, index) => `unknown_${index}_${'x'.repeat(200)}`);
  const { warnings } = await names.ofSubmission(request({ tasks }));
  expect(warnings).toHaveLength(5);
  expect(warnings[4]).toMatch(/and 1995 more$/);
  expect(warnings.join('').length).toBeLessThan(2_000);
});

test('a reading that began before a name was asked for is followed by another one', async () => {
  const { catalog, add, hold, asked } = looking();
  const release = hold();
  const before = catalog.readTasks();
  await expect.poll(asked).toBe(1);
  add('new_task');
  const after = catalog.readTasks();
  release();
  expect(await before).not.toContain('new_task');
  expect(await after).toContain('new_task');
});

test.each([
  ['', '', 0],
  ['abc', 'abc', 0],
  ['abc', 'abd', 1],
  ['abc', 'ab', 1],
  ['abc', 'acb', 1],
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
])('the texts %j and %j are %i letters apart', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});
