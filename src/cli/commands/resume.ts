import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[OPTIONS]',
  words: [0, 0],
  about: 'Starts what waits again, after `evald pause`.',
  examples: ['evald resume'],
  flags: {},
  output: true,
  async run(context) {
    const answer = await (await context.client()).resume({ signal: context.signal });
    await context.show({
      rows: [answer],
      columns: [{ name: 'paused', of: ({ paused }) => paused }],
      name: ({ paused }) => (paused ? 'paused' : 'open'),
      document: () => answer,
    });
    return undefined;
  },
});
