import type { HarnessInfo } from '../../schemas/harness/harnesses.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[OPTIONS]',
  words: [0, 0],
  about:
    'Lists the harnesses of the server, the default first, with their versions: which of them a submission may name (evald submit --harness), and why one cannot start.',
  examples: ['evald harnesses', 'evald harnesses -o json'],
  flags: {},
  output: true,
  async run(context) {
    const { harnesses } = await (await context.client()).harnesses({ signal: context.signal });
    await context.show<HarnessInfo>({
      rows: harnesses,
      document: () => ({ harnesses }),
      columns: [
        { name: 'harness', of: ({ name }) => name },
        { name: 'state', of: stateOf },
        { name: 'version', of: ({ version }) => version ?? '' },
        { name: 'python', of: ({ python }) => python ?? '', wide: true },
        { name: 'reason', of: ({ reason }) => reason ?? '', cut: true },
      ],
      name: ({ name }) => name,
    });
    return undefined;
  },
});

function stateOf({ is_default: isDefault, offered, can_start: canStart }: HarnessInfo): string {
  if (!canStart) return 'cannot start';
  if (isDefault) return 'default';
  return offered ? 'offered' : 'not offered';
}
