import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[OPTIONS]',
  words: [0, 0],
  about:
    'Says which harness of the server evaluates, and where its runs are started. A server has one, that of its --harness, so this is what /health says of it.',
  examples: ['evald harnesses -o json'],
  flags: {},
  output: true,
  async run(context) {
    const { harness, backend, slots, version } = await (await context.client()).about({ signal: context.signal });
    await context.show({
      rows: [{ harness, backend, slots, version }],
      columns: [
        { name: 'harness', of: (row) => row.harness },
        { name: 'backend', of: (row) => row.backend },
        { name: 'slots', of: (row) => row.slots, right: true },
        { name: 'version', of: (row) => row.version },
      ],
      name: (row) => row.harness,
    });
    return undefined;
  },
});
