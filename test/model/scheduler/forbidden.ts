import { completedOutcome } from '../../support/runs/controlledRuns.ts';
import { allowedScheduler } from '../allowed.ts';
import { attemptFailureOf, type Given, importOf, jobOf, partEndOf, progress, runOf, shareOf } from './environment.ts';
import type { World } from './moves.ts';
import type { SchedulerSnapshot } from './system.ts';

/** The whole alphabet of the scheduler chart, for each job of a world and for one that was never there. */
function alphabet(world: World): Given[] {
  const reply = () => {};
  const each = [...world.jobs, 'nobody'].flatMap((jobId): Given[] => {
    const actorId = `runner:${jobId}`;
    return [
      { type: 'job.submit', job: jobOf(world, { job: jobId }), share: shareOf(world, { job: jobId }), reply },
      { type: 'job.import', ...importOf(world, { job: jobId, key: jobId }), reply },
      { type: 'job.cancel', jobId, who: null, reply },
      { type: 'job.stop', jobId, who: null, reply },
      { type: 'runner.launched', jobId, run: runOf(world, jobId) },
      { type: 'runner.unlaunched', jobId, reason: 'the disk is full' },
      { type: 'runner.progress', jobId, progress },
      { type: 'runner.placed', jobId, node: 'there', state: 'RUNNING', isMoved: true },
      { type: 'runner.withdrawn', jobId },
      partEndOf({ ended: {} }, jobId, completedOutcome),
      attemptFailureOf({ failed: {} }, jobId),
      { type: 'runner.settled', jobId, outcome: completedOutcome },
      { type: `xstate.error.actor.${actorId}`, actorId, error: new Error('broken') },
    ];
  });
  return [
    ...each,
    { type: 'queue.pause', reply },
    { type: 'queue.resume', reply },
    { type: 'scheduler.shutdown', runs: 'stop' },
    { type: 'history.forgotten', jobIds: world.jobs },
    { type: 'history.prune', keep: 100, reply },
    { type: 'journal.committed', transitions: [] },
    { type: 'journal.failed', transitions: [], reason: 'disk full' },
    { type: 'journal.contradicted', reason: 'it was recorded otherwise' },
    { type: 'journal.recovered' },
    { type: 'disk.filled', reason: 'the disk is full' },
    { type: 'time.passes' },
  ];
}

/**
 * The events that a scheduler does not take in a state: no active state of the table written by hand has them, or they
 * are of a job that does not run or whose end is under way. The error of a runner that is not expected is left out: XState ends an actor for it.
 */
export function forbiddenIn(world: World, snapshot: SchedulerSnapshot): Given[] {
  const rows = activeStates(snapshot).flatMap((state) => allowedScheduler[state] ?? []);
  const isAllowed = (given: Given): boolean => {
    if (given.type === 'time.passes') return rows.some((row) => row.startsWith('after '));
    if (given.type.startsWith('xstate.error.actor.')) return true;
    const { running, inFlight, blockedBy } = snapshot.context;
    if (given.type === 'disk.filled') return blockedBy === null;
    const ofRuns: readonly string[] = [
      'runner.progress',
      'runner.placed',
      'runner.unlaunched',
      'runner.taskCompleted',
      'runner.attemptFailed',
    ];
    if (ofRuns.includes(given.type) && 'jobId' in given) return running.includes(given.jobId);
    if (given.type === 'runner.settled' || given.type === 'runner.withdrawn')
      return running.includes(given.jobId) && !inFlight.has(given.jobId);
    return rows.some((row) => row.startsWith(`${given.type} `));
  };
  return alphabet(world).filter((given) => !isAllowed(given));
}

/** Paths of all active states, the root's own name among them. */
function activeStates({ value }: SchedulerSnapshot): string[] {
  const below = (inner: object | string, path: string): string[] =>
    typeof inner === 'string'
      ? [`${path}${inner}`]
      : Object.entries(inner).flatMap(([key, deeper]) => [`${path}${key}`, ...below(deeper, `${path}${key}.`)]);
  return ['scheduler', ...below(value, '')];
}
