import { setImmediate } from 'node:timers/promises';
import { readConfig } from '../../../src/config/readConfig.ts';
import { createLog } from '../../../src/logging/log.ts';
import type { Journal, Transition } from '../../../src/machines/ports/journal.ts';
import type { RunExecutor } from '../../../src/machines/ports/runner.ts';
import { startServer } from '../../../src/server.ts';

/**
 * The server, as `main.ts` starts it, that is killed (SIGKILL, by itself) the first time it comes to the point named by
 * `TEST_CRASH`, or the time that `TEST_CRASH_TIMES` says. The points are between the parts, so that nothing in the server knows of them.
 */
const point = process.env['TEST_CRASH'];
let times = Number(process.env['TEST_CRASH_TIMES'] ?? 1);
const crashAt = (name: CrashPoint) => {
  if (name !== point) return;
  times -= 1;
  if (times === 0) process.kill(process.pid, 'SIGKILL');
};

export const crashPoints = [
  'after the commit of a submission, before it is applied',
  'after a submission is applied, before it is answered',
  'after the commit of a start, before it is applied',
  'before the launch',
  'after the launch, before the handle is written',
  'after the commit of the handle, before it is applied',
  'after the exit, before collecting',
  'while collecting',
  'after collecting, before the outcome is written',
  'after the commit of the outcome, before it is applied',
] as const;
/** One that a run which completes does not come to. */
export const afterFailure = 'after the commit of a failure, before it is applied';
/** Those that each part of a split job comes to. */
export const partPoints = [
  'before the launch',
  'after the launch, before the handle is written',
  'after the commit of the handle, before it is applied',
  'after the exit, before collecting',
  'while collecting',
  'after collecting, before the outcome is written',
  'after the commit of the end of a part, before it is applied',
] as const;
/** Those that each attempt of a job comes to which is tried again. */
export const attemptPoints = [
  'before the launch',
  'after the launch, before the handle is written',
  'after the commit of the handle, before it is applied',
  'after the exit, before collecting',
  'while collecting',
  'after collecting, before the outcome is written',
  'after the commit of the end of an attempt, before it is applied',
] as const;
export type CrashPoint =
  | (typeof crashPoints)[number]
  | (typeof partPoints)[number]
  | (typeof attemptPoints)[number]
  | typeof afterFailure;

const afterCommit: Partial<Record<Transition['type'], CrashPoint>> = {
  submitted: 'after the commit of a submission, before it is applied',
  started: 'after the commit of a start, before it is applied',
  launched: 'after the commit of the handle, before it is applied',
  taskCompleted: 'after the commit of the end of a part, before it is applied',
  attemptFailed: 'after the commit of the end of an attempt, before it is applied',
  completed: 'after the commit of the outcome, before it is applied',
  failed: afterFailure,
};

const journal = (inner: Journal): Journal => ({
  ...inner,
  append: async (transitions) => {
    await inner.append(transitions);
    for (const { type } of transitions) crashAt(afterCommit[type] ?? ('' as CrashPoint));
  },
});

const runs = (inner: RunExecutor): RunExecutor => ({
  ...inner,
  launch: async (job, prepared) => {
    crashAt('before the launch');
    const handle = await inner.launch(job, prepared);
    crashAt('after the launch, before the handle is written');
    return handle;
  },
  watch: (handle, report) =>
    inner.watch(handle, (event) => {
      if (event.type === 'run.gone') crashAt('after the exit, before collecting');
      report(event);
    }),
  collect: async (...given) => {
    const collected = inner.collect(...given);
    // Its files are being read.
    await setImmediate();
    crashAt('while collecting');
    const outcome = await collected;
    crashAt('after collecting, before the outcome is written');
    return outcome;
  },
});

if (import.meta.main) {
  const config = readConfig(process.argv.slice(2), process.env);
  if (config === 'help') throw new Error('no help here');
  const server = await startServer(config, createLog(), {
    journal,
    runs,
    onTransition: ({ type }) => {
      if (type === 'submitted') crashAt('after a submission is applied, before it is answered');
    },
  });
  process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)));
}
