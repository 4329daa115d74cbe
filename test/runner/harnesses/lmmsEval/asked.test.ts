import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Harness } from '../../../../src/runner/harnesses/contract.ts';
import { createLmmsEvalHarness } from '../../../../src/runner/harnesses/lmmsEval/harness.ts';
import type { EvaluateRequest } from '../../../../src/schemas/submission/evaluateRequest.ts';
import { describeWith, lmmsEval, lmmsEvalPython, systemPython } from '../../../support/needs.ts';
import { request } from '../../../support/requests/request.ts';
import { fixture, temporaryFolder } from '../../../support/runs/localRun.ts';

const TOKEN = 'hf_abcdefghijklmnop12345678';
const OUTPUT = '/out/of a run';

/** What is refused: where, and words that the refusal has. */
type Refused = [path: (string | number)[], words: RegExp];

const valuesThatDoNotArrive: [what: string, args: EvaluateRequest['model_args'], ...Refused[]][] = [
  [
    'an apostrophe before another argument',
    { system_prompt: "You're terse", model: 'ckpt-12000' },
    [
      ['model_args', 'system_prompt'],
      /"system_prompt".*together with what follows, so that "model" would never.*last argument/,
    ],
  ],
  ['an open bracket before another argument', { a: '[INST', b: 1 }, [['model_args', 'a'], /"b" would never arrive/]],
  ['a bracket closed too often', { a: ':]', b: 1 }, [['model_args', 'a'], /"b" would never arrive/]],
  ['an open quote before another argument', { a: '5" disk', b: 1 }, [['model_args', 'a'], /"b" would never arrive/]],
  ['a comma', { a: 'x,y', b: 1 }, [['model_args', 'a'], /cannot be read.*without commas.*got x,y/]],
  ['a comma that makes another argument', { a: 'x,y=z' }, [['model_args', 'a'], /cuts it at a comma/]],
  ['blanks at its ends', { a: ' x ', b: 1 }, [['model_args', 'a'], /blanks at its ends/]],
  ['a digit that is none to int()', { a: '²', b: 1 }, [['model_args', 'a'], /cannot be read/]],
  [
    'a name that lmms-eval passes itself',
    { batch_size: 4 },
    [['model_args', 'batch_size'], /use the field `batch_size`/],
  ],
  ['a JSON text whose quotes end early', { a: { b: 'c\\' }, d: 1 }, [['model_args', 'a'], /"d" would never arrive/]],
];

const valuesThatArrive: [what: string, args: EvaluateRequest['model_args'], warnings: string[]][] = [
  ['an apostrophe in the last argument', { model: 'ckpt-12000', system_prompt: "You're terse" }, []],
  ['structures with commas', { limit_mm_per_prompt: { image: 4, video: 1 }, list: [1, 'a,b'] }, []],
  ['text in quotes', { a: '"x, y"', b: 1 }, []],
  ['booleans, numbers, and text beyond ASCII', { a: true, b: 0.1, c: 1e21, d: 'é 😀', e: 'a\nb', f: 'k=v' }, []],
  ['text that is read as a float', { version: '1.10' }, ['model_args "version" is text and arrives as a number: 1.1']],
  [
    'text that is read as infinity',
    { commit: '7e12345' },
    ['model_args "commit" is text and arrives as a number: inf'],
  ],
  ['text that is read as a boolean', { a: 'True' }, ['model_args "a" is text and arrives as a boolean: true']],
  ['text that is read as an integer', { a: '0012' }, ['model_args "a" is text and arrives as a number: 12']],
  ['an integer that is read as a float', { a: -5 }, ['model_args "a" arrives as a float']],
];

const places: [what: string, args: EvaluateRequest['model_args'], isFit: boolean][] = [
  ['a folder above', { pretrained: '..' }, false],
  ['a folder above, by any text that has the name', { note: 'path=..', b: 1 }, false],
  ['a name beyond 255 bytes', { model: 'x'.repeat(300) }, false],
  ['a name beyond 255 bytes of fewer characters', { model: 'é'.repeat(200) }, false],
  ['the working folder', { pretrained: '.' }, true],
  ['a path that ends above', { pretrained: 'a/..' }, true],
  ['the root', { pretrained: '/' }, true],
  ['an absolute path', { pretrained: '/models/org/name' }, true],
];

const generation: [text: string, words: RegExp | null, warnings: string[]][] = [
  ['temperature=0,top_p=1', null, []],
  ['until=["a","b"],temperature=0', null, ['gen_kwargs "until" arrives as text, its quotes and brackets included']],
  ['temperature', /name=value,name=value/, []],
  ['t=²', /cannot be read/, []],
  ["stop=it's,temperature=0", /"stop" is read .* together with what follows/, []],
  ['t=7e12345', null, ['gen_kwargs "t" arrives as a number that is not finite: inf']],
  ['t=1,t=2', null, ['gen_kwargs has "t" more than once: the last one counts']],
];

const outputs: [folder: string, isFit: boolean][] = [
  ["/out/it's", false],
  ['/out/[a', false],
  ['/out/a,b', false],
  ['/out/a,public_repo=b', false],
  ['/out/a ', false],
  ['/out/{a,b}/c', true],
  ['/out/a b', true],
];

/** Every case is put to the fixture, which reads as 0.7.3 does, and to the real lmms-eval where it is. */
function cases(python: string): void {
  let harness: Harness;
  beforeAll(() => {
    harness = createLmmsEvalHarness({ python, extraArgs: [], env: { HF_TOKEN: TOKEN } });
  });
  afterAll(() => harness.close());

  const refusals = async (fields: Partial<EvaluateRequest>, output = OUTPUT) => {
    const { faults, warnings, unread } = await harness.check(request(fields), output);
    expect(unread).toBeNull();
    return { faults: faults.map(({ path, message }) => [path, message]), warnings };
  };

  test.each(valuesThatDoNotArrive)(
    'a value of model_args with %s is refused by its name',
    async (_, model_args, ...refused) => {
      const { faults } = await refusals({ model_args });
      expect(faults).toEqual(refused.map(([path, words]) => [path, expect.stringMatching(words)]));
    },
  );

  test.each(valuesThatArrive)(
    'a value with %s in model_args is taken as lmms-eval takes it',
    async (_, model_args, warnings) => {
      expect(await refusals({ model_args })).toEqual({ faults: [], warnings });
    },
  );

  test.each(places)('results beside the folder of a run are refused: %s', async (_, model_args, isFit) => {
    const { faults } = await refusals({ model_args });
    const [name = ''] = Object.keys(model_args ?? {});
    const refusal = [['model_args', name], expect.stringMatching(/names the folder of its results by it/)];
    expect(faults).toEqual(isFit ? [] : [refusal]);
  });

  test.each(generation)(
    'gen_kwargs %s is accepted, warned of or refused as lmms-eval reads it',
    async (gen_kwargs, words, warnings) => {
      const { faults, warnings: said } = await refusals({ gen_kwargs });
      expect(faults).toEqual(words === null ? [] : [[['gen_kwargs'], expect.stringMatching(words)]]);
      expect(said).toEqual(warnings);
    },
  );

  test.each(outputs)(
    'an output folder that is read as another one is refused, without the token: %s',
    async (output, isFit) => {
      const { faults } = await refusals({ output_dir: output }, output);
      expect(faults).toEqual(isFit ? [] : [[['output_dir'], expect.any(String)]]);
      expect(JSON.stringify(faults)).not.toContain(TOKEN);
    },
  );

  test('numbers and switches arrive as they were asked', async () => {
    const all = { limit: 0.5, num_fewshot: 3, batch_size: 'auto:4', device: 'cuda:0', predict_only: true };
    expect(await refusals(all)).toEqual({ faults: [], warnings: [] });
    expect(await refusals({ limit: -1, batch_size: 8, log_samples: false })).toEqual({ faults: [], warnings: [] });
  });

  test('a name that the results would have of another text than an argument is warned of', async () => {
    const misnamed = await refusals({ model_args: { pretrained: 'org/real', note: 'the peft=other' } });
    expect(misnamed).toEqual({
      faults: [],
      warnings: [expect.stringMatching(/calls the model "other" in its results/)],
    });
    expect(await refusals({ model_args: { pretrained: 'org/real', note: 'no name' } })).toEqual({
      faults: [],
      warnings: [],
    });
    expect(await refusals({ model_args: { my_path: '/models/a', n: 1 } })).toEqual({ faults: [], warnings: [] });
  });

  test('an argument that makes lmms-eval do something else than evaluate is refused', async () => {
    const { faults } = await refusals({ tasks: ['list'] });
    expect(faults).toEqual([[['tasks'], expect.stringMatching(/would not evaluate/)]]);
  });

  test('no refusal and no warning shows a credential, its own or one that was swallowed', async () => {
    const key = "sk-it's-0123456789abcdef";
    const args = [
      { api_key: key, model: 'm' },
      { note: "it's", api_key: 'sk-0123456789abcdef' },
      { api_key: '12345678901234', pretrained: '..' },
    ];
    for (const model_args of args) {
      const found = JSON.stringify(await refusals({ model_args }));
      expect(found).toMatch(/model_args/);
      expect(found).not.toMatch(/sk-it's|sk-0123|12345678901234/);
    }
  });

  test("what the operator's extra arguments decide is a warning, and what they must not decide is refused", async () => {
    const folder = await temporaryFolder();
    const config = join(folder, 'config.yaml');
    await writeFile(config, JSON.stringify({ model: 'other', limit: 3 }));
    const operated = (extraArgs: string[]) => createLmmsEvalHarness({ python, extraArgs });
    const limited = operated(['--limit', '7']);
    expect(await limited.check(request({ limit: 5 }), OUTPUT)).toMatchObject({
      faults: [],
      warnings: [expect.stringMatching(/`limit` 5 was asked, .* would run with 7: this server's --extra-args say so/)],
    });
    limited.close();
    const configured = operated([`--config=${config}`]);
    // The option of a configuration is a default to lmms-eval, and `hf` is its own: it takes that for not asked.
    const [asked, hf] = await Promise.all([
      configured.check(request({ model: 'dummy' }), OUTPUT),
      configured.check(request({ model: 'hf', limit: 5 }), OUTPUT),
    ]);
    expect(asked).toMatchObject({ faults: [], warnings: [expect.stringMatching(/`limit` null was asked/)] });
    expect(hf.faults).toEqual([
      { path: ['model'], input: 'hf', message: expect.stringMatching(/would run with other/) },
    ]);
    configured.close();
  });
}

describeWith(systemPython, 'what was asked is read back by lmms-eval 0.7.3 as the fixture has it', () =>
  cases(fixture('reading-lmms-eval')),
);
describeWith(lmmsEval, 'what was asked is read back by the installed lmms-eval', () => cases(lmmsEvalPython));
