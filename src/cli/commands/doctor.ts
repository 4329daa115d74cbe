import { styleText } from 'node:util';
import { type Check, worst } from '../doctor/check.ts';
import { examine } from '../doctor/examine.ts';
import { exitCodes } from '../frame/exitCodes.ts';
import { text } from '../frame/flag.ts';
import { plain } from '../frame/output/cells.ts';
import { defineVerb } from './verb.ts';

const flags = {
  dataDir: text(
    'DIR',
    'the data folder of the server, when that is this machine; else that of EVALD_DATA_DIR, or the usual one, where the server is on this machine',
  ),
};

export const verb = defineVerb({
  usage: '[OPTIONS]',
  words: [0, 0],
  about:
    'Looks whether a server can do its work, and says what to do where it cannot: whether it answers, its version, clock and queue, whether its harness really runs, its engine, GPUs, disk and data folder. Exit code 1 when something is at fault; a warning is none.',
  examples: ['evald doctor', 'evald doctor -o json | jq \'.checks[] | select(.state == "fault")\''],
  flags,
  output: true,
  async run(context, _words, { dataDir }) {
    const { url } = context.server();
    const client = await context.client();
    const folder = dataDir ?? (isThisMachine(url) ? await usualFolder(context.env) : null);
    const checks = await examine({
      client,
      url: shown(url),
      folder: folder === '' ? null : folder,
      signal: context.signal,
    });
    if (context.output.format === 'table' || context.output.format === 'wide') {
      for (const check of checks) for (const line of lines(check, context.terminal.color)) context.print(line);
    } else {
      await context.show({
        rows: checks,
        columns,
        name: ({ name }) => name,
        document: () => ({ state: worst(checks), checks }),
      });
    }
    return worst(checks) === 'fault' ? exitCodes.failed : exitCodes.ok;
  },
});

const columns = [
  { name: 'state', of: (check: Check) => check.state },
  { name: 'name', of: (check: Check) => check.name },
  { name: 'says', of: (check: Check) => check.says },
  { name: 'remedy', of: (check: Check) => check.remedy },
] as const;

const marks = { ok: '✓', warning: '!', fault: '✗', unknown: '?' } as const;
const colors = { ok: 'green', warning: 'magenta', fault: 'red', unknown: 'cyan' } as const;

function lines({ name, state, says, remedy }: Check, isColored: boolean): string[] {
  const head = `${marks[state]} ${state.padEnd(8)}`;
  const shownHead = isColored ? styleText(colors[state], head, { validateStream: false }) : head;
  return [
    `${shownHead} ${name.padEnd(12)} ${plain(says)}`,
    ...(remedy === null ? [] : [`${' '.repeat(24)}→ ${plain(remedy)}`]),
  ];
}

/** Whether an address is one of this machine alone. */
function isThisMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}

/** The address without a token. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/$/, '');
}

/** Where a server of this machine keeps its data when it is given no other folder. */
async function usualFolder(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const { options } = await import('../../config/options.ts');
  return env['EVALD_DATA_DIR'] || options['data-dir'].default;
}
