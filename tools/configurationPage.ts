import { readFileSync, writeFileSync } from 'node:fs';
import { variableOf } from '../src/config/flags.ts';
import type { Option } from '../src/config/option.ts';
import { type OptionName, optionGroups } from '../src/config/options.ts';

/**
 * Writes `docs/configuration.md` from the table of options, in the groups of the help; with `--check`, a part of
 * `npm run check`, writes nothing and fails when the page differs from the table.
 */
const INTRODUCTION = `<!-- Written by tools/configurationPage.ts ("npm run docs") from the table in src/config/. Edit the table. -->

# Configuration

Every option of \`evald serve\`, in the groups of \`evald serve --help\`. Each is a flag, \`--port 9000\` or \`--port=9000\`, and a variable,
\`EVALD_PORT=9000\`. A flag wins over its variable, a variable over the default. There is no configuration file.

- A switch (\`[true|false]\`) may stand alone: \`--adopt\` is \`--adopt true\`.
- A flag that is marked *repeatable* may be given several times. Its variable holds one value a line.
- A value that cannot be used ends the start with exit code 2, and one line that names it and says what is allowed. A variable
  \`EVALD_…\` that is no option changes nothing, and is named in the log.
- Other exit codes: 0 stopped by a signal, 1 evald could not start or stop cleanly.
- \`evald check\` takes all of them, and tries what they name ([deploy.md](deploy.md)); \`evald journal\` takes \`--data-dir\`; \`evald token create\` takes \`--tokens\`.

These variables have no flag: \`EVALD_WEBHOOK_SECRET\` (see \`--webhook-secret-file\`), \`XDG_DATA_HOME\` (the default of \`--data-dir\`),
\`XDG_CACHE_HOME\` and \`NODE_DISABLE_COMPILE_CACHE\` (what Node keeps of evald that it has compiled), \`UV_THREADPOOL_SIZE\` (threads that
read files, 32 without it).
`;

const page = new URL('../docs/configuration.md', import.meta.url);
const text = [INTRODUCTION, ...optionGroups.map(([heading, options]) => section(heading, options))].join('\n');
if (!process.argv.includes('--check')) writeFileSync(page, text);
else if (readFileSync(page, 'utf8') !== text) {
  console.error('docs/configuration.md differs from the table of options; run "npm run docs"');
  process.exitCode = 1;
}

function section(heading: string, options: object): string {
  const rows = Object.entries(options as Record<OptionName, Option<unknown>>).map(([name, option]) =>
    row(name as OptionName, option),
  );
  return [`## ${heading}`, '', '| flag and variable | default | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}

function row(name: OptionName, { value, default: standard, help, repeatable }: Option<unknown>): string {
  const flag = `\`--${name} ${value.replaceAll('|', '\\|')}\`<br>\`${variableOf(name)}\``;
  const meaning = repeatable === true ? `${help} (repeatable)` : help;
  return `| ${flag} | ${defaultOf(name, standard)} | ${escaped(meaning)} |`;
}

/** As it is on any machine: that of the data folder depends on the user. */
function defaultOf(name: OptionName, standard: string): string {
  if (name === 'data-dir') return '`~/.local/share/evald`';
  return standard === '' ? 'none' : `\`${standard}\``;
}

function escaped(text: string): string {
  return text.replaceAll(/[|*]/g, '\\$&').replaceAll('<', '&lt;');
}
