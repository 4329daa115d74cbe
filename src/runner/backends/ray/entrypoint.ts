import { join } from 'node:path';
import { errorCode } from '../../../errors.ts';
import { emptyFile, replaceFile } from '../../../files/writeRunFile.ts';
import { RunError } from '../../../machines/ports/runner.ts';
import { shellWord } from '../shared/shellWord.ts';
import { noteLaunch, type RayHandle } from './handle.ts';
import { marksOf } from './ownOutput.ts';
import { apartPart, firstPart, type ScriptInput, SECOND_FILE, sharedPart } from './script.ts';

/** What Ray is given to run: a shell line, and variables for it. Neither the command nor its environment are in the line. */
export type Entrypoint = { line: string; variables: Record<string, string> };

/** The kernel's limit for one variable. */
const LONGEST_VARIABLE = 128 * 1024;
const SCRIPT_VARIABLE = 'EVALD_LAUNCH';

/** Where the nodes see the state folder: scripts in it, which only its owner reads. @throws the system's error. */
export async function sharedEntrypoint(handle: RayHandle, input: ScriptInput): Promise<Entrypoint> {
  const [first, second] = [join(handle.state, 'launch.sh'), join(handle.state, SECOND_FILE)];
  // Whole or not at all: a shell reads while it runs.
  await replaceFile(second, sharedPart(input));
  await replaceFile(first, firstPart(input, `. ${shellWord(second)}`));
  const complaint = `evald: this node cannot read ${first}: the data folder must be one that the nodes see`;
  const line = `if [ -r ${shellWord(first)} ]; then . ${shellWord(first)}; else echo ${shellWord(complaint)}; exit 125; fi`;
  return { line, variables: {} };
}

/**
 * Where they do not: the script goes through Ray in a variable. Ray shows variables to those that may ask it, and hides
 * them from browsers. Ray replaces `$` in them, hence the coding.
 * @throws RunError when it is too long for a variable.
 */
export function apartEntrypoint(handle: RayHandle, input: ScriptInput): Entrypoint {
  const script = firstPart(input, apartPart(input, marksOf(handle.id)));
  const coded = Buffer.from(script).toString('base64');
  if (SCRIPT_VARIABLE.length + coded.length + 2 > LONGEST_VARIABLE) {
    throw new RunError('its arguments and environment are too long to be sent through Ray');
  }
  const line = `eval "$(printf %s "$${SCRIPT_VARIABLE}" | base64 -d)"`;
  return { line, variables: { [SCRIPT_VARIABLE]: coded } };
}

/**
 * Empties what may hold secrets of a run that is over, or never starts: its script, which a run that has started has
 * emptied itself where its node sees the folder, and what Ray was asked, which may hold variables of the operator. A
 * folder that is gone is no error.
 */
export async function dropSecrets(handle: RayHandle): Promise<void> {
  await dropScript(handle.state);
  await unlessMissing(noteLaunch({ handle, submission: null }));
}

/** Empties the script alone. A file that is not there is no error. */
export async function dropScript(state: string): Promise<void> {
  await emptyFile(join(state, SECOND_FILE));
}

async function unlessMissing(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
