import type { Verb } from '../commands/verb.ts';
import { groups, verbs } from '../commands/verbs.ts';
import { EXIT_CODES } from './exitCodes.ts';
import { type Flag, flagName } from './flag.ts';
import { allFormats, formats } from './output/listing.ts';

const WIDTH = 80;
/** Where the explanation of a flag begins, when its name is short enough. */
const INDENT = 26;

const COMMON = '--server URL|NAME, --yes, --help';
const outputOf = ({ parquet }: Verb) => `-o ${(parquet ? allFormats : formats).join('|')}, --columns A,B, --no-header`;

/** The help of evald: all commands on one screen. */
export function programHelp(called: string): string {
  const rows = groups.flatMap(([group, title]) => {
    const cells = Object.entries(verbs)
      // Its line is above.
      .filter(([name, verb]) => verb.group === group && name !== 'serve')
      .map(([name, { summary }]) => `${name.padEnd(10)} ${summary}`);
    const lines = Array.from({ length: Math.ceil(cells.length / 2) }, (_, index) =>
      `${(index === 0 ? title : '').padEnd(8)} ${(cells[index * 2] ?? '').padEnd(35)} ${cells[index * 2 + 1] ?? ''}`.trimEnd(),
    );
    return lines;
  });
  return [
    `Usage: ${called} COMMAND …`,
    `       ${called} [serve] [OPTIONS]   runs the server`,
    '',
    ...rows,
    '',
    'COMMAND --help has the exit codes too. Server: --server, EVALD_SERVER, or login.',
    '',
  ].join('\n');
}

/** The help of a verb: on one screen, with an example and the exit codes. */
export function verbHelp(name: string, verb: Verb, called: string): string {
  const flags = Object.entries(verb.flags);
  const brief = flags.filter(([, { brief }]) => brief).map(([flag, each]) => term(flag, each));
  const common = [...(verb.output ? [outputOf(verb)] : []), COMMON].join(', ');
  return [
    `Usage: ${called} ${name} ${verb.usage}`.trimEnd(),
    ...wrap(verb.about, WIDTH),
    '',
    ...flags.filter(([, { brief }]) => !brief).flatMap(([flag, each]) => flagLines(flag, each)),
    ...(brief.length === 0 ? [] : wrap(`  and ${brief.join(', ')}`, WIDTH, '  ')),
    ...wrap(`  ${common}`, WIDTH, '  '),
    '',
    ...verb.examples.map((example, index) => `${index === 0 ? 'Example:' : '        '} ${example}`),
    EXIT_CODES,
    '',
  ].join('\n');
}

function flagLines(name: string, flag: Flag<unknown>): string[] {
  const head = `  ${term(name, flag)}`;
  const text = wrap(flag.help, WIDTH - INDENT);
  const [first = '', ...rest] = text;
  const indented = rest.map((line) => ' '.repeat(INDENT) + line);
  if (head.length < INDENT) return [head.padEnd(INDENT) + first, ...indented];
  return [head, ' '.repeat(INDENT) + first, ...indented];
}

const term = (name: string, { short, value }: Flag<unknown>): string =>
  `${short === undefined ? '' : `-${short}, `}${flagName(name)}${value === null ? '' : ` ${value}`}`;

function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  // A flag and what stands for its value stay together.
  for (const word of text.match(/^ +|\S+/g) ?? []) {
    if (line.trim() === '') line = line + word;
    else if (line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line += ` ${word}`;
  }
  return [...lines, line];
}
