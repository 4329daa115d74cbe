import { writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { leaveTimeToOthers } from '../../../files/fileThreads.ts';
import { type Call, pack, packThrown, READY, type ReaderAnswer, UNKNOWN } from './wire.ts';

// What it is given was checked where it was asked, by the type of the same table.
type Table = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Has this thread, or this process, do what it is asked, one after the other. */
export function serve(table: Table): void {
  leaveTimeToOthers();
  const answer = async ({ name, args }: Call) => answerOf(table[name], args);
  if (parentPort !== null) {
    const port = parentPort;
    port.on('message', async (call: Call) => port.postMessage(await answer(call)));
    port.postMessage(READY);
    return;
  }
  const send = process.send?.bind(process);
  if (send === undefined) throw new Error('this is a thread, or a process with a channel');
  endWithParent();
  process.on('message', async (call: Call) => send(await answer(call)));
  send(READY);
}

/** What asks the server to end does not ask this: it ends with the server, and before it when memory is short. */
function endWithParent(): void {
  process.on('disconnect', () => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {});
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Then the kernel chooses.
  }
}

async function answerOf(asked: Table[string] | undefined, args: readonly unknown[]): Promise<ReaderAnswer> {
  try {
    // Another version lies where this one was loaded from.
    if (asked === undefined) throw Object.assign(new Error('there is no such function'), { code: UNKNOWN });
    return { returned: pack(await asked(...(args as never[]))) };
  } catch (error) {
    return packThrown(error);
  }
}
