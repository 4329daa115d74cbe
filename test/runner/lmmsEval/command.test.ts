import { expect, test } from 'vitest';
import { RunError } from '../../../src/runner/contract.ts';
import { findPython, lmmsEvalCommand } from '../../../src/runner/lmmsEval/command.ts';
import { valueInExtraArgs } from '../../../src/runner/lmmsEval/options.ts';
import type { EvaluateRequest } from '../../../src/schemas/evaluateRequest.ts';
import { request } from '../../support/request.ts';

function command(fields: Partial<EvaluateRequest>, extraArgs: string[] = []) {
  return lmmsEvalCommand('/py', request({ model: 'm', tasks: ['a'], ...fields }), '/out', extraArgs);
}

test('one GPU, the least', () => {
  expect(command({ log_samples: false })).toEqual([
    '/py',
    '-m',
    'lmms_eval',
    '--model=m',
    '--tasks=a',
    '--output_path=/out',
  ]);
});

test('everything, each value bound to its option', () => {
  const all = command(
    {
      model: '-x',
      tasks: ['--a', 'b'],
      model_args: { pretrained: 'p q', n: 1, yes: true, gone: null, deep: { k: [1] } },
      batch_size: 'auto:4',
      device: 'cuda:0',
      limit: -1,
      num_fewshot: 0,
      gen_kwargs: 'temperature=0,top_p=1',
      predict_only: true,
    },
    ['--include_path', '/my tasks'],
  );
  expect(all).toEqual([
    '/py',
    '-m',
    'lmms_eval',
    '--model=-x',
    '--tasks=--a,b',
    '--model_args=pretrained=p q,n=1,yes=True,deep={"k":[1]}',
    '--batch_size=auto:4',
    '--device=cuda:0',
    '--limit=-1',
    '--num_fewshot=0',
    '--gen_kwargs=temperature=0,top_p=1',
    '--log_samples',
    '--predict_only',
    '--output_path=/out',
    '--include_path',
    '/my tasks',
  ]);
});

test('what is empty is left to lmms-eval', () => {
  expect(command({ gen_kwargs: '', device: '', model_args: {} })).toEqual(command({}));
  expect(command({ model_args: { a: null } })).toEqual(command({}));
});

test('several GPUs go through accelerate', () => {
  expect(command({ num_gpus: 4 }).slice(0, 10)).toEqual([
    '/py',
    '-m',
    'accelerate.commands.launch',
    '--multi_gpu',
    '--num_processes',
    '4',
    '--num_machines',
    '1',
    '-m',
    'lmms_eval',
  ]);
});

test('an output path that lmms-eval would split is refused', () => {
  expect(() => lmmsEvalCommand('/py', request(), '/a,b', [])).toThrow(RunError);
});

test('the Python is looked for on the path of the run', async () => {
  expect(await findPython('sh', '/nonexistent:/bin:/usr/bin')).toMatch(/bin\/sh$/);
  await expect(findPython('sh', '/nonexistent')).rejects.toThrow('--python');
  await expect(findPython('/etc/passwd', '')).rejects.toThrow('/etc/passwd was not found, or is not executable');
});

test('the last include path counts, as for argparse', () => {
  expect(valueInExtraArgs(['--include_path', '/a', '--include_path=/b=c'], 'include_path')).toBe('/b=c');
  expect(valueInExtraArgs(['--include_path', '/a'], 'include_path')).toBe('/a');
  expect(valueInExtraArgs(['--include_path'], 'include_path')).toBeNull();
  expect(valueInExtraArgs(['--verbosity=DEBUG'], 'include_path')).toBeNull();
});
