import { expect, test } from 'vitest';
import { runName } from '../../src/runner/runName.ts';

test.each([
  ['qwen2_5_vl', ['mmmu_val'], 'evald:qwen2_5_vl:mmmu_val'],
  ['qwen2_5_vl', ['mmmu_val', 'mme', 'ai2d'], 'evald:qwen2_5_vl:mmmu_val+2'],
  // What squeue, scancel (a comma), a shell, a file's name or a terminal would read as something else.
  ['org/model,x', ['a b|c\n\u001b[31m%j'], 'evald:org_model_x:a_b_c___31m_j'],
  ['模型', ['ä'], 'evald:__:_'],
  ['m'.repeat(200), ['t'.repeat(200), 'u'], `evald:${'m'.repeat(40)}:${'t'.repeat(60)}+1`],
])('a run of %j with the tasks %j is called %s', (model, tasks, name) => {
  expect(runName({ model, tasks })).toBe(name);
});
