import { showPause } from './pause.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[OPTIONS]',
  words: [0, 0],
  about: 'Starts what waits again, after `evald pause`.',
  examples: ['evald resume'],
  flags: {},
  output: true,
  async run(context) {
    await showPause(context, await (await context.client()).resume({ signal: context.signal }));
    return undefined;
  },
});
