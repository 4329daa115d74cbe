import { type AnyEventObject, fromCallback } from 'xstate';
import type { RunExecutor } from '../ports/runner.ts';

/** A disk has too little room for another run to be started, and why. */
export type DiskFact = { type: 'disk.filled'; reason: string };

/** Reports it also while nothing is started: a launch would show it only then. It decides nothing. */
export const diskWatch = fromCallback<AnyEventObject, { runs: RunExecutor }>(({ input: { runs }, sendBack }) =>
  runs.watchDisks?.((reason) => sendBack({ type: 'disk.filled', reason } satisfies DiskFact)),
);
