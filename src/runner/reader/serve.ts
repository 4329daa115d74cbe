import { parentPort } from 'node:worker_threads';
import { type Answer, type Call, pack, packThrown, READY } from './wire.ts';

// What it is given was checked where it was asked, by the type of the same table.
type Table = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Has this thread do what it is asked, one after the other. */
export function serve(table: Table): void {
  if (parentPort === null) throw new Error('this is a thread');
  const port = parentPort;
  port.on('message', async ({ name, args }: Call) => port.postMessage(await answerOf(table[name], args)));
  port.postMessage(READY);
}

async function answerOf(asked: Table[string] | undefined, args: readonly unknown[]): Promise<Answer> {
  try {
    if (asked === undefined) throw new Error('there is no such function');
    return { returned: pack(await asked(...(args as never[]))) };
  } catch (error) {
    return packThrown(error);
  }
}
