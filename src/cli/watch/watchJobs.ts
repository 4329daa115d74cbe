import { ClientError } from '../../client/errors.ts';
import type { Context } from '../frame/context.ts';
import { type ExitCode, exitCodes } from '../frame/exitCodes.ts';
import { followJobs } from './follow.ts';
import { createLines, createScreen, type Display, NARROWEST, terminalOutput } from './screen.ts';
import { colours, noColours } from './style.ts';

export type Watching = {
  /** One line a job, whatever the width. */
  isCompact: boolean;
  /** Whether a job that failed or was cancelled makes the exit code 1. */
  isStrict: boolean;
};

/**
 * Shows jobs until they have ended: bars on a terminal, else a line a change. Ctrl-C ends the showing, and no job.
 * @param ids null: all there are. @throws ClientError
 */
export async function watchJobs(
  context: Context,
  ids: readonly string[] | null,
  { isCompact, isStrict }: Watching,
): Promise<ExitCode> {
  const { signal } = context;
  const client = await context.client();
  const display = displayOf(context, isCompact);
  try {
    const { ended } = await followJobs(client, ids, { signal, onState: display.show });
    display.end();
    const count = ended.completed + ended.failed + ended.cancelled;
    if (count === 0) context.say('Nothing runs or waits. `evald submit MODEL TASK…` queues a job.');
    return isStrict && ended.completed < count ? exitCodes.failed : exitCodes.ok;
  } catch (error) {
    display.end();
    if (!(error instanceof ClientError) || error.code !== 'interrupted') throw error;
    context.say('Stopped watching; the jobs go on. `evald cancel` and `evald stop` end them.');
    return exitCodes.interrupted;
  }
}

function displayOf({ terminal, write, print }: Context, isCompact: boolean): Display {
  if (!terminal.isOutput || terminal.width < NARROWEST) return createLines(print);
  return createScreen(terminalOutput(process.stdout, write), {
    isCompact,
    style: terminal.color ? colours : noColours,
  });
}
