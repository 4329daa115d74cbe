import { describe, expect, it } from 'vitest';
import { parseArguments, UsageError } from '../../../../src/runner/harnesses/demo/arguments.ts';
import { parseModelArgs } from '../../../../src/runner/harnesses/demo/modelArgs.ts';
import { modelFolder, stampOf } from '../../../../src/runner/harnesses/demo/output.ts';

describe("the program's flags", () => {
  it("the program's flags are read with an equals sign or as two arguments", () => {
    const bound = parseArguments(['--model=random', '--tasks=a,b', '--limit=-1', '--batch_size=auto', '--log_samples']);
    const loose = parseArguments([
      '--model',
      'random',
      '--tasks',
      'a,b',
      '--limit',
      '-1',
      '--batch_size',
      'auto',
      '--log_samples',
    ]);
    expect(loose).toEqual(bound);
    expect(bound).toMatchObject({ model: 'random', tasks: ['a', 'b'], limit: -1, batchSize: 'auto', logSamples: true });
    expect(bound).toMatchObject({ device: null, numFewshot: null, modelArgs: '', predictOnly: false });
  });

  it.each([
    [['--nosuch=1']],
    [['stray']],
    [['--limit=many']],
    [['--limit=']],
    [['--num_fewshot=1.5']],
    [['--log_samples=1']],
    [['--model']],
  ])("the program's flags %j are refused", (argv) => {
    expect(() => parseArguments(argv)).toThrow(UsageError);
  });

  it("the program's flags keep a value that begins with a dash", () => {
    expect(parseArguments(['--model=-x']).model).toBe('-x');
  });
});

describe('model_args', () => {
  it('model_args hold a seed, a delay and noise', () => {
    expect(parseModelArgs('')).toEqual({ seed: 1234, delay: 0, noise: 0, modelName: '' });
    expect(parseModelArgs('delay=0.05,seed=9,noise=12.5')).toEqual({
      seed: 9,
      delay: 0.05,
      noise: 12.5,
      modelName: '',
    });
  });

  it('model_args may name a model, the first key in order winning', () => {
    expect(parseModelArgs('model=a,pretrained=org/name').modelName).toBe('org/name');
  });

  it.each([
    ['xyz', "expected key=value, got 'xyz'"],
    ['dtype=float16', "unexpected argument 'dtype'"],
    ['delay=-1', 'delay is a number from 0 to 3600'],
    ['noise=256', 'noise is a number from 0 to 255'],
    ['delay=soon', "got 'soon'"],
    ['delay=', 'delay is a number'],
    ['seed=1.5', 'seed is a whole number'],
  ])('model_args %s are refused', (text, message) => {
    expect(() => parseModelArgs(text)).toThrow(message);
  });
});

describe('names of files', () => {
  it('names of files are stamped in UTC+8', () => {
    expect(stampOf(new Date('2026-11-24T03:22:35Z'))).toBe('20261124_112235');
    expect(stampOf(new Date('2026-12-31T23:59:59.900Z'))).toBe('20270101_075959');
  });

  it.each([
    ['', ''],
    ['a/b/c:d', 'b__c__d'],
    ['org/name', 'org__name'],
    ['/models/x y', 'models__x y'],
    ['a[1]*?', 'a__1__'],
  ])("names of files put the model '%s' in the folder '%s'", (model, folder) => {
    expect(modelFolder(model)).toBe(folder);
  });
});
