import type { JobOptions } from '../../schemas/submission/jobOptions.ts';
import { bytesOfMemory } from '../../schemas/values/memory.ts';
import type { JobRegistry } from './jobRegistry.ts';
import type { SchedulerContext } from './schedulerContext.ts';

/** What this machine gives to all runs together. Memory in bytes. */
export type Capacity = { cpus: number; memory: number };

/** Which of it there is too little of: how much a job asks for, and how much is not taken. */
export type Shortage = { what: keyof Capacity; needed: number; free: number };

type Books = Pick<SchedulerContext, 'capacity'> & { registry: Pick<JobRegistry, 'context'> };

/**
 * What a job must wait for, by what it and those that run or are about to say that they need; null: nothing. One that says nothing
 * takes nothing. O(running), and O(1) for a job that says nothing.
 * @param underWay the jobs that run or are about to.
 */
export function shortageFor(
  { capacity, registry }: Books,
  jobId: string,
  underWay: readonly string[],
): Shortage | null {
  if (capacity === null) return null;
  const needs = needsOf(registry.context(jobId).options);
  for (const what of ['cpus', 'memory'] as const) {
    // One that was taken when there was more would wait for ever: it is started when it has all that there is.
    const needed = Math.min(needs[what], capacity[what]);
    if (needed === 0) continue;
    const others = underWay.map((id) => needsOf(registry.context(id).options)[what]);
    const free = capacity[what] - others.reduce((sum, taken) => sum + taken, 0);
    if (needed > free) return { what, needed, free: Math.max(0, free) };
  }
  return null;
}

/** What a job says that it needs; 0: nothing. */
export function needsOf({ cpus, memory }: Pick<JobOptions, 'cpus' | 'memory'>): Capacity {
  return { cpus: cpus ?? 0, memory: memory === null ? 0 : bytesOfMemory(memory) };
}
