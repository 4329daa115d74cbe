import { showNames } from '../frame/names.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[TEXT] [OPTIONS]',
  words: [0, 1],
  about: 'Lists the tasks, groups and tags that the harness knows; with TEXT those in whose names it occurs.',
  examples: ['evald tasks mmmu'],
  flags: {},
  output: true,
  async run(context, [text]) {
    const { tasks } = await (await context.client()).tasks({ signal: context.signal });
    return showNames(context, 'tasks', tasks, text);
  },
});
