import { expect, test } from 'vitest';
import { asciiJson, asciiYaml } from '../../../../src/runner/harnesses/lmEval/arguments.ts';
import { lmEvalCommand } from '../../../../src/runner/harnesses/lmEval/command.ts';
import type { ResolvedTask } from '../../../../src/schemas/job/run.ts';
import type { EvaluateRequest } from '../../../../src/schemas/submission/evaluateRequest.ts';
import { request } from '../../../support/requests/request.ts';

type More = { extraArgs?: string[]; resolved?: ResolvedTask[]; config?: string };

function command(fields: Partial<EvaluateRequest>, { extraArgs = [], resolved, config }: More = {}) {
  const asked = { request: request({ model: 'm', tasks: ['a'], log_samples: false, ...fields }), output: '/out' };
  return lmEvalCommand('/py', { ...asked, extraArgs, resolved }, config);
}

test('a command of lm-eval for one GPU has only what is required', () => {
  expect(command({})).toEqual(['/py', '-m', 'lm_eval', 'run', '--model=m', '--tasks=a', '--output_path=/out']);
});

test('a command of lm-eval has everything, each value bound to its option, and the arguments of the model as JSON', () => {
  const all = command(
    {
      model: '-x',
      tasks: ['--a', 'b'],
      model_args: { pretrained: 'p, q', n: 1, yes: true, gone: null, deep: { k: [1, 'é😀'] } },
      batch_size: 'auto:4',
      device: 'cuda:0',
      limit: 0.5,
      num_fewshot: 0,
      gen_kwargs: '-t=0',
      log_samples: true,
      predict_only: true,
    },
    { extraArgs: ['--include_path', '/my tasks'] },
  );
  expect(all.slice(4)).toEqual([
    '--model=-x',
    '--tasks=--a,b',
    '--model_args={"pretrained":"p, q","n":1,"yes":true,"deep":{"k":[1,"\\u00e9\\ud83d\\ude00"]}}',
    '--batch_size=auto:4',
    '--device=cuda:0',
    '--limit=0.5',
    '--num_fewshot=0',
    '--gen_kwargs=-t=0',
    '--log_samples',
    '--predict_only',
    '--output_path=/out',
    '--include_path',
    '/my tasks',
  ]);
});

test('all samples are no limit, which lm-eval would take for a fraction, and what is empty is left to it', () => {
  expect(command({ limit: -1, gen_kwargs: '', device: '', model_args: { gone: null } })).toEqual(command({}));
});

test('tasks are given by what their names stood for, each once, and a group by its own name', () => {
  const resolved = [
    { asked: 'tag', names: ['x', 'y'], tasks: ['x', 'y'] },
    { asked: 'x', names: ['x'], tasks: ['x'] },
    { asked: 'group', names: ['group'], tasks: ['g1', 'g2'] },
  ];
  expect(command({ tasks: ['tag', 'x', 'group'] }, { resolved })).toContain('--tasks=x,y,group');
});

test('a configuration file has the arguments of the model and of generation, and the command line has none of them', () => {
  const words = command(
    { model: 'vllm', model_args: { a: 1 }, gen_kwargs: 't=1', num_gpus: 2 },
    { config: '/c', extraArgs: ['--seed=1'] },
  );
  expect(words.slice(4)).toEqual(['--model=vllm', '--tasks=a', '--output_path=/out', '--seed=1', '--config=/c']);
});

test.each([
  [
    'hf',
    null,
    ['-m', 'accelerate.commands.launch', '--multi_gpu', '--num_processes', '2', '--num_machines', '1', '-m', 'lm_eval'],
  ],
  ['hf-multimodal', { pretrained: 'x' }, ['-m', 'accelerate.commands.launch', '--multi_gpu']],
  ['hf', { parallelize: true }, ['-m', 'lm_eval', 'run']],
  ['local-completions', null, ['-m', 'lm_eval', 'run', '--model=local-completions', '--tasks=a', '--output_path=/out']],
  ['vllm', null, ['-m', 'lm_eval', 'run', '--model=vllm', '--tasks=a', '--model_args={"tensor_parallel_size":2}']],
  [
    'vllm',
    { data_parallel_size: 2 },
    ['-m', 'lm_eval', 'run', '--model=vllm', '--tasks=a', '--model_args={"data_parallel_size":2}'],
  ],
])('the model %s with the arguments %j takes two GPUs in its own way', (model, model_args, words) => {
  expect(command({ model, model_args, num_gpus: 2 }).slice(1, 1 + words.length)).toEqual(words);
});

test('what a configuration file has is ASCII, and its numbers are numbers to a reader of YAML 1.1', () => {
  const value = { é: 'a😀\u007f', small: 1e-7, large: -1e21, plain: 1.5e-7, text: '1e-7' };
  expect(asciiYaml(value)).toBe(
    '{\n "\\u00e9": "a\\U0001f600\\u007f",\n "small": 1.0e-7,\n "large": -1.0e+21,\n "plain": 1.5e-7,\n "text": "1e-7"\n}',
  );
  expect(JSON.parse(asciiJson(value))).toEqual(value);
});
