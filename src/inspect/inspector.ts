import type { InspectionEvent, Observer } from 'xstate';
import { errorCode } from '../errors.ts';
import { isOneFile } from '../ownFiles.ts';

export type Inspector = {
  /** What the actors tell of themselves. */
  inspect: Observer<InspectionEvent>;
  /** The page to open in a browser. */
  url: string;
  close(): void;
};

/**
 * Shows a running server in the Stately inspector, for work on its charts. Only a client of this machine that knows its address reaches it. It costs a
 * copy of every snapshot. What it needs is no dependency of the package and is loaded here.
 * @throws Error in one line when that is not installed.
 */
export async function openInspector(): Promise<Inspector> {
  if (isOneFile) throw new Error('--inspect is not in the one executable: start evald from its sources');
  const { createWebSocketInspector } = await installed(() => import('@statelyai/inspect'));
  const { openRelay } = await installed(() => import('./relay.ts'));
  const relay = await openRelay();
  const inspector = createWebSocketInspector({ url: relay.publisher });
  return {
    inspect: inspector.inspect,
    url: relay.page,
    close: () => {
      inspector.stop();
      relay.close();
    },
  };
}

async function installed<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (errorCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    const packages = '@statelyai/inspect ws';
    throw new Error(`--inspect needs packages that are not installed: npm install --save-dev ${packages}`, {
      cause: error,
    });
  }
}
