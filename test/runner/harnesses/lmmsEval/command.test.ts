import { expect, test } from 'vitest';
import { UnavailableError } from '../../../../src/machines/ports/runner.ts';
import { findPython, lmmsEvalCommand } from '../../../../src/runner/harnesses/lmmsEval/command.ts';
import { configText } from '../../../../src/runner/harnesses/lmmsEval/configText.ts';
import { valueInExtraArgs } from '../../../../src/runner/harnesses/operatorWords.ts';
import type { EvaluateRequest } from '../../../../src/schemas/submission/evaluateRequest.ts';
import { request } from '../../../support/requests/request.ts';

function command(fields: Partial<EvaluateRequest>, extraArgs: string[] = []) {
  return lmmsEvalCommand('/py', request({ model: 'm', tasks: ['a'], ...fields }), '/out', extraArgs);
}

test('a command for one GPU has only what is required', () => {
  expect(command({ log_samples: false })).toEqual([
    '/py',
    '-m',
    'lmms_eval',
    '--model=m',
    '--tasks=a',
    '--output_path=/out',
  ]);
});

test('a command has everything, each value bound to its option', () => {
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

test('an empty value is left to lmms-eval', () => {
  expect(command({ gen_kwargs: '', device: '', model_args: {} })).toEqual(command({}));
  expect(command({ model_args: { a: null } })).toEqual(command({}));
});

test('a command for several GPUs goes through accelerate', () => {
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

test('arguments with credentials stand in a file, which is named last', () => {
  const asked = request({ model: 'm', tasks: ['a'], model_args: { api_key: 'k' }, gen_kwargs: 'key=k', num_gpus: 2 });
  const words = lmmsEvalCommand('/py', asked, '/out', ['--config', '/operators.yaml'], '/state/config.json');
  expect(words.join(' ')).not.toMatch(/api_key|gen_kwargs/);
  expect(words.slice(-3)).toEqual(['--config', '/operators.yaml', '--config=/state/config.json']);
});

test('the file has the arguments as one text, and what else the operator configured', () => {
  expect(JSON.parse(configText({}, request({ model_args: { response: 'B', api_key: 'ü😀"\\\u0085\u007f' } })))).toEqual(
    {
      model_args: 'response=B,api_key=ü😀"\\\u0085\u007f',
    },
  );
  const operators = [{ limit: 2, model_args: 'a=1', gen_kwargs: 'b=2' }, { seed: 3 }];
  expect(JSON.parse(configText(operators, request({ model_args: { k: 1 } })))).toEqual([
    { limit: 2, model_args: 'k=1', gen_kwargs: 'b=2' },
    { seed: 3, model_args: 'k=1' },
  ]);
  expect(JSON.parse(configText(operators, request({ gen_kwargs: 'api_key=k,top_p=1' })))).toEqual([
    { limit: 2, model_args: 'a=1', gen_kwargs: 'api_key=k,top_p=1' },
    { seed: 3, gen_kwargs: 'api_key=k,top_p=1' },
  ]);
  expect(() => configText('text', request({}))).toThrow(UnavailableError);
  expect(() => configText(null, request({}))).toThrow(UnavailableError);
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
