import { Registry } from 'prom-client';
import { countJobs, countPosts, type KnownJobs, measureCommits, measureLag } from './counters.ts';
import { createGauges, type Sources } from './gauges.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * What a server measures, as Prometheus reads it. What happens is counted as it is reported (`counters.ts`), from 0 at each start; what
 * is now is read from snapshots when it is asked for (`gauges.ts`). Nothing of it changes anything.
 */
export function createMetrics() {
  const registry = new Registry();
  return {
    measureCommits: measureCommits(registry),
    onVerdict: countPosts(registry),
    onBeat: measureLag(registry),
    countJobs: (known: KnownJobs) => countJobs(registry, known),
    /** @returns answers what is measured. */
    read: (sources: Sources) => {
      const readGauges = createGauges(registry, sources);
      return {
        /** With the version of the format. */
        contentType: registry.contentType,
        text: async () => {
          await readGauges();
          return registry.metrics();
        },
      };
    },
  };
}
