import type { Option } from './option.ts';
import { type OptionName, options } from './options.ts';
import { variableOf } from './readConfig.ts';

/** What `--help` prints: every option with its variable and default, from the table that reads them. */
export function helpText(): string {
  const entries = (Object.keys(options) as OptionName[]).map((name) => {
    const { value, help, default: standard, repeatable }: Option<unknown> = options[name];
    const often = repeatable === true ? ' (may be given several times; in the variable one a line)' : '';
    return `  --${name} ${value}\n      ${help}${often}\n      default: ${standard || 'none'}; variable: ${variableOf(name)}`;
  });
  return [
    'evald: queues, runs and reports evaluations; takes the place of the server of lmms-eval.',
    '',
    'Usage: npm start -- [options]',
    '       npm start -- journal check|export [--data-dir DIR]',
    '       npm start -- token create NAME --role read|submit|admin [--tokens FILE]',
    '',
    ...entries,
    '  --help\n      this text',
    '',
    'A flag wins over its variable, a variable over the default.',
    'Exit codes: 0 stopped by a signal, 1 it could not start or stop cleanly, 2 a setting is wrong.',
  ].join('\n');
}
