import { machineNames } from '../../schemas/server/machines.ts';
import { UsageError } from '../frame/exitCodes.ts';
import { showFields } from '../frame/fields.ts';
import { toggle } from '../frame/flag.ts';
import { didYouMean } from '../frame/suggest.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[NAME] [OPTIONS]',
  words: [0, 1],
  about:
    'Lists the state charts that evald is made of; with NAME prints one, as Mermaid, or with -o json as XState takes it. With --live says in which states they are now.',
  examples: ['evald machines --live', 'evald machines job > job.mmd'],
  flags: { live: toggle('the states that they are in') },
  output: true,
  async run(context, [given], { live }) {
    const { signal } = context;
    const client = await context.client();
    if (given !== undefined) {
      const name = machineNames.find((each) => each === given);
      if (name === undefined) {
        throw new UsageError(
          `No chart is called ${JSON.stringify(given)}${didYouMean(given, machineNames)}; there are ${machineNames.join(', ')}`,
          'evald machines',
        );
      }
      const isJson = context.output.format === 'json';
      const text = isJson
        ? JSON.stringify(await client.machine(name, { signal }), null, 2)
        : await client.drawing(`${name}.mmd`, { signal });
      context.print(text.trimEnd());
      return undefined;
    }
    if (live) {
      const states = await client.live({ signal });
      await showFields(context, {
        document: states,
        name: states.scheduler.join(' '),
        fields: [
          ['scheduler', states.scheduler.join(', ')],
          ...states.runners.map(({ job_id, states: its }) => [`runner ${job_id.slice(0, 8)}`, its.join(', ')] as const),
          ...states.trackers.map(
            ({ job_id, states: its }) => [`tracker ${job_id.slice(0, 8)}`, its.join(', ')] as const,
          ),
          ...states.deliveries.map((each) => [`delivery ${each.number}`, each.states.join(', ')] as const),
          ...Object.entries(states.jobs).map(([state, count]) => [`jobs ${state}`, count] as const),
        ],
      });
      return undefined;
    }
    const document = await client.machines({ signal });
    await context.show({
      rows: document.machines,
      columns: [
        { name: 'name', of: ({ name }) => name },
        { name: 'description', of: ({ description }) => description, cut: true },
        { name: 'mermaid', of: ({ mermaid }) => mermaid, wide: true },
      ],
      name: ({ name }) => name,
      document: () => document,
    });
    return undefined;
  },
});
