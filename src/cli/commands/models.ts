import { text } from '../frame/flag.ts';
import { showNames } from '../frame/names.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[TEXT] [OPTIONS]',
  words: [0, 1],
  about: 'Lists the models that a harness knows; with TEXT those in whose names it occurs.',
  examples: ['evald models qwen'],
  flags: { harness: text('NAME', 'of which harness; of the default one without it') },
  output: true,
  async run(context, [wanted], { harness }) {
    const { models } = await (await context.client()).models({ harness, signal: context.signal });
    return showNames(context, 'models', models, wanted);
  },
});
