import { showNames } from '../frame/names.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[TEXT] [OPTIONS]',
  words: [0, 1],
  about: 'Lists the models that the harness knows; with TEXT those in whose names it occurs.',
  examples: ['evald models qwen'],
  flags: {},
  output: true,
  async run(context, [text]) {
    const { models } = await (await context.client()).models({ signal: context.signal });
    return showNames(context, 'models', models, text);
  },
});
