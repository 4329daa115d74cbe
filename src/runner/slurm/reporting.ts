import type { Exit, RunReport } from '../contract.ts';

/** Tells everybody who watches a run the same, also those who come late. */
export type Reporting = {
  readonly isGone: boolean;
  readonly isWatched: boolean;
  subscribe(report: (event: RunReport) => void): () => void;
  /** Where it is, and the id of its job if that is another one than at first; told when it has changed. */
  place(node: string, state: string, id?: string): void;
  /** Its program has ended; told once. */
  end(exit: Exit): void;
  /** Nothing is left of it; told once. */
  leave(): void;
};

export function createReporting(): Reporting {
  const subscribers = new Set<(event: RunReport) => void>();
  let placed: Extract<RunReport, { type: 'run.placed' }> | null = null;
  let exited: RunReport | null = null;
  let gone: RunReport | null = null;

  const tell = (event: RunReport) => {
    for (const subscriber of [...subscribers]) subscriber(event);
  };
  return {
    get isGone() {
      return gone !== null;
    },
    get isWatched() {
      return subscribers.size > 0;
    },
    subscribe(report) {
      const told = new Set<RunReport>();
      const subscriber = (event: RunReport) => {
        if (!subscribers.has(subscriber) || told.has(event)) return;
        told.add(event);
        report(event);
      };
      subscribers.add(subscriber);
      // Not before the caller has what ends it.
      queueMicrotask(() => {
        for (const event of [exited === null ? placed : null, exited, gone]) if (event !== null) subscriber(event);
      });
      return () => void subscribers.delete(subscriber);
    },
    place(node, state, id) {
      if (exited !== null || (placed?.node === node && placed.state === state && placed.id === id)) return;
      placed = { type: 'run.placed', node, state, ...(id !== undefined && { id }) };
      tell(placed);
    },
    end(exit) {
      if (exited !== null) return;
      exited = { type: 'run.exited', exit };
      tell(exited);
    },
    leave() {
      if (gone !== null) return;
      gone = { type: 'run.gone' };
      tell(gone);
    },
  };
}
