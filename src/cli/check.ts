import { styleText } from 'node:util';
import type { Config } from '../config/options.ts';
import type { Check } from './doctor/check.ts';
import { plain } from './frame/output/cells.ts';
import { preflight } from './preflight/preflight.ts';

/** How a check comes out, in the words of this command. What cannot be seen from here is worth a look. */
const states = { ok: 'ok', warning: 'warning', unknown: 'warning', fault: 'error' } as const;
const colors = { ok: 'green', warning: 'magenta', error: 'red' } as const;

/**
 * `evald check`: a line for each thing that a server with these settings needs, with what to do where it is not as it should be.
 * @param patience seconds for the run on a node. @returns the exit code: 1 when something is an error.
 */
export async function checkCommand(config: Config, isJson: boolean, patience: number): Promise<number> {
  const found: Shown[] = [];
  const isColored = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
  const hear = ({ name, state, says, remedy }: Check) => {
    const check = { name, state: states[state], says: plain(says), remedy: remedy === null ? null : plain(remedy) };
    found.push(check);
    if (!isJson) console.log(lineOf(check, isColored));
  };
  await preflight(config, hear, patience * 1_000);
  const state = (['error', 'warning'] as const).find((worst) => found.some((check) => check.state === worst)) ?? 'ok';
  if (isJson) console.log(JSON.stringify({ state, checks: found }, null, 2));
  return state === 'error' ? 1 : 0;
}

type Shown = { name: string; state: 'ok' | 'warning' | 'error'; says: string; remedy: string | null };

function lineOf({ name, state, says, remedy }: Shown, isColored: boolean): string {
  const word = state.padEnd(8);
  const head = isColored ? styleText(colors[state], word, { validateStream: false }) : word;
  return `${head} ${name.padEnd(13)} ${says}${remedy === null ? '' : `\n${' '.repeat(23)}→ ${remedy}`}`;
}
