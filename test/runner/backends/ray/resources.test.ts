import { expect, test } from 'vitest';
import type { RaySubmission } from '../../../../src/runner/backends/ray/answers.ts';
import { checkRayArgs, resourcesIn, unmetBy } from '../../../../src/runner/backends/ray/resources.ts';

const asks = (more: Partial<RaySubmission>): RaySubmission => ({
  ...{ submission_id: 'x', entrypoint: ':', metadata: {}, runtime_env: {} },
  ...{ entrypoint_num_cpus: 1, entrypoint_num_gpus: 0, ...more },
});
const node = (resources: Record<string, number>, state = 'ALIVE') => ({ name: 'n', state, resources });
const nodes = [
  node({ CPU: 4, GPU: 8, memory: 64 * 2 ** 30 }),
  node({ CPU: 64, memory: 8 * 2 ** 30, special: 1 }),
  node({ CPU: 999, GPU: 999 }, 'DEAD'),
];

test.each([
  [{}, null],
  [{ entrypoint_num_gpus: 8 }, null],
  [{ entrypoint_num_cpus: 0 }, null],
  [{ entrypoint_resources: { special: 0.5 } }, null],
  [{ entrypoint_num_gpus: 9 }, 'no node has 9 GPU, the largest has 8 GPU'],
  [{ entrypoint_memory: 65 * 2 ** 30 }, 'no node has 65 GiB of memory, the largest has 64 GiB of memory'],
  [{ entrypoint_resources: { other: 1 } }, 'no node has 1 other, the largest has 0 other'],
  [{ entrypoint_num_gpus: 1, entrypoint_num_cpus: 5 }, 'no node has 5 CPU and 1 GPU together'],
  [
    { entrypoint_num_gpus: 9, entrypoint_num_cpus: 65 },
    'no node has 65 CPU, the largest has 64 CPU; or 9 GPU, the largest has 8 GPU',
  ],
])('of a run that asks for %j is said: %s; dead nodes do not count', (more, said) => {
  expect(unmetBy(asks(more), nodes)).toBe(said);
});

test('where no node is alive that is said', () => {
  expect(unmetBy(asks({}), [node({ CPU: 4 }, 'DEAD')])).toBe('no node is alive');
});

const allowed = ['accelerator_type:*', 'licence'];

test.each([
  [[]],
  [['resources={"accelerator_type:A100": 0.001}']],
  [['resources={"licence": 2, "accelerator_type:H200": 1}']],
])('a job may say %j to Ray', (words) => {
  expect(checkRayArgs(words, allowed)).toBeNull();
});

test.each([
  [['--partition=long'], 'is not of the form resources={"name": amount}'],
  [['resources={'], 'is no JSON'],
  [['resources=[1]'], 'should be an object of names'],
  [
    ['resources={"other": 1}'],
    'the resource "other" may not be chosen by a job; this server allows accelerator_type:*, licence',
  ],
  [['resources={"licence": 0}'], 'amounts above 0'],
  [['resources={"licence": 1.5}'], 'whole ones above 1'],
  [['resources={"licence": "1"}'], 'amounts above 0'],
  [['resources={"CPU": 1}'], 'by cpus, num_gpus and memory'],
  [['resources={"a b": 1}'], 'should be an object of names, of letters, digits'],
])('a job may not say %j to Ray: %s', (words, said) => {
  expect(checkRayArgs(words, allowed)).toContain(said);
});

test('where the operator allows no resource, none may be chosen', () => {
  expect(checkRayArgs(['resources={"licence": 1}'], [])).toContain('this server allows none');
});

test('of several words with one name the last counts', () => {
  expect(resourcesIn(['resources={"a": 1, "b": 1}', 'resources={"a": 2}'])).toEqual({ a: 2, b: 1 });
});
