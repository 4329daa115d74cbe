import { text } from '../frame/flag.ts';
import { showNames } from '../frame/names.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[TEXT] [OPTIONS]',
  words: [0, 1],
  about: 'Lists the tasks, groups and tags that a harness knows; with TEXT those in whose names it occurs.',
  examples: ['evald tasks mmmu'],
  flags: { harness: text('NAME', 'of which harness; of the default one without it') },
  output: true,
  async run(context, [wanted], { harness }) {
    const { tasks } = await (await context.client()).tasks({ harness, signal: context.signal });
    return showNames(context, 'tasks', tasks, wanted);
  },
});
