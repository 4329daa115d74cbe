import type { Context } from '../frame/context.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[OPTIONS]',
  words: [0, 0],
  about: 'Starts nothing more until `evald resume`, also after a restart of the server. What runs goes on.',
  examples: ['evald pause'],
  flags: {},
  output: true,
  async run(context) {
    await showPause(context, await (await context.client()).pause({ signal: context.signal }));
    return undefined;
  },
});

/** Shows whether the queue is paused now. */
export const showPause = (context: Context, answer: { paused: boolean }): Promise<void> =>
  context.show({
    rows: [answer],
    columns: [{ name: 'paused', of: ({ paused }) => paused }],
    name: ({ paused }) => (paused ? 'paused' : 'open'),
    document: () => answer,
  });
