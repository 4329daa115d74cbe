import type { TrackerPort } from '../../../src/machines/runTracker/runTrackerRules.ts';
import { answers, type Work } from './looks.ts';
import { ways } from './system.ts';

/** A port of which every work ends when a move says so, in the way that the move says. @param note takes what was asked. */
export function steeredPort(note: (line: string) => void) {
  let settle: (way: Work) => void = () => {};

  function work<T>(name: keyof typeof answers): Promise<T> {
    note(name);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    settle = (way) =>
      way === 'work.fails' ? reject(new Error('broken')) : resolve(answers[name][ways.indexOf(way)] as T);
    return promise;
  }

  const port: TrackerPort = {
    submit: () => work('submit'),
    inquire: () => work('inquire'),
    cancel: () => note('cancel'),
    close: () => work('close'),
  };
  return { port, settle: (way: Work) => settle(way) };
}
