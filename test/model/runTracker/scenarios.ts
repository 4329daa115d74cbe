import type { TrackerMove } from './looks.ts';
import type { Origin } from './system.ts';

type Scenario = [title: string, origin: Origin, moves: TrackerMove[], log: string[]];

const lost: TrackerMove[] = ['it is missing', 'it is missing'];

/** An answer of the engine after one silence, and another silence after it. */
const answered: Scenario[] = [
  ['waiting', 'watched', ['it waits', 'no answer', 'it waits', 'no answer'], ['PENDING on no node']],
  ['placed', 'watched', ['it runs', 'no answer', 'it runs', 'no answer'], ['RUNNING on n1']],
  [
    'to be submitted',
    'watched',
    ['it was never there', 'no answer', 'it was never there', 'work.done', 'no answer'],
    ['submit'],
  ],
  [
    'submitting, missed',
    'watched',
    ['it was never there', 'it was never there', 'no answer', 'it was never there', 'work.done', 'no answer'],
    ['submit'],
  ],
  [
    'submitting, ended by the cluster before',
    'watched',
    ['it was never there', 'it was never there', 'no answer', 'the cluster ended it', 'work.done', 'no answer'],
    ['submit'],
  ],
  [
    'put off',
    'delayed',
    ['it was never there', 'no answer', 'it was never there', 'work.done', 'no answer'],
    ['NOT SUBMITTED (sbatch hangs) on no node', 'submit'],
  ],
  [
    'to be asked for',
    'watched',
    ['it is missing', 'no answer', 'it is missing', 'work.third', 'no answer'],
    ['inquire'],
  ],
  [
    'asked for',
    'watched',
    ['it is missing', 'it is missing', 'no answer', 'it is missing', 'work.third', 'no answer'],
    ['inquire'],
  ],
];

/** Stories of single runs, written by hand: what is reported of each and what its backend is asked. */
export const scenarios: Scenario[] = [
  [
    'a run waits, runs, and ends as its script recorded, when its engine has ended it',
    'watched',
    ['it waits', 'it waits', 'it runs', 'it runs', 'files: succeeded', 'it ended, failed', 'work.done'],
    ['PENDING on no node', 'RUNNING on n1', 'ended: code 0', 'close', 'gone'],
  ],
  [
    'a run that is over before it was seen to run is reported to have had a node',
    'watched',
    ['files: succeeded, nothing left', 'work.done'],
    ['close', 'ENDING on n1', 'ended: code 0', 'gone'],
  ],
  [
    'an end that only the engine knows is reported when what is left is in order, also when that fails',
    'watched',
    ['it ended', 'work.fails'],
    ['close', 'ENDING on n1', 'ended: signal SIGKILL by the engine', 'gone'],
  ],
  [
    'a failure waits for its engine to say why',
    'watched',
    ['it runs', 'it runs, failed', 'it ended, failed', 'work.done'],
    ['RUNNING on n1', 'close', 'ended: signal SIGKILL by the engine', 'gone'],
  ],
  [
    'a failure that is noticed while the engine says that it runs is reported after so many looks',
    'watched',
    ['it runs, failed', 'it runs, failed'],
    ['RUNNING on n1', 'ended: code 7'],
  ],
  [
    'a failure of which nothing is left waits longer, for the engine only has to notice',
    'watched',
    [
      'files: failed',
      'it runs, failed, nothing left',
      'it runs, failed, nothing left',
      'it runs, failed, nothing left',
      'work.done',
    ],
    ['RUNNING on n1', 'close', 'ended: code 7', 'gone'],
  ],
  [
    'a failure that evald has asked for needs no reason',
    'watched',
    ['it runs', 'stop', 'files: failed'],
    ['RUNNING on n1', 'ended: code 7'],
  ],
  [
    'a failure is reported as it is when evald asks it to end while its reason is awaited',
    'watched',
    ['it runs', 'files: failed', 'stop'],
    ['RUNNING on n1', 'ended: code 7'],
  ],
  [
    'a recorded end is all there was when the engine stays away',
    'watched',
    ['it runs', 'no answer, failed', 'no answer, failed', 'no answer, failed', 'work.done'],
    ['RUNNING on n1', 'ended: code 7', 'close', 'gone'],
  ],
  [
    'a recorded end is all there was when the engine has had its time',
    'watched',
    ['it runs', 'files: failed', 'time passes', 'work.done'],
    ['RUNNING on n1', 'close', 'ended: code 7', 'gone'],
  ],
  [
    'a recorded end is the end of a run that its engine has forgotten',
    'watched',
    ['it is missing, failed', 'it is missing, failed', 'it is missing, failed', 'work.done'],
    ['close', 'ENDING on n1', 'ended: code 7', 'gone'],
  ],
  [
    'what was submitted twice is cancelled when the one that ran has ended',
    'watched',
    ['it ended, another is left', 'work.done', 'it waits', 'it ended'],
    ['cancel', 'close', 'ENDING on n1', 'ended: signal SIGKILL by the engine', 'gone', 'cancel'],
  ],
  [
    'what was submitted twice is cancelled also when the end was recorded',
    'watched',
    ['it ended, failed, another is left', 'work.fails', 'it waits'],
    ['cancel', 'close', 'ENDING on n1', 'ended: signal SIGKILL by the engine', 'gone', 'cancel'],
  ],
  [
    'an engine that does not answer twice makes it unknown where a run is, with the node it had; an answer mends it',
    'watched',
    ['it runs', 'no answer', 'no answer', 'no answer', 'it runs', 'no answer'],
    ['RUNNING on n1', 'UNKNOWN on n1', 'RUNNING on n1'],
  ],
  [
    'of a run that only shows by its claim after a restart the node is known while the engine is silent',
    'watched',
    ['no answer', 'no answer', 'no answer, begun'],
    ['UNKNOWN on no node', 'UNKNOWN on n1'],
  ],
  [
    'where its engine alone could tell that it has a node, a run is not said to have none',
    'apart',
    ['no answer', 'no answer', 'it runs', 'no answer', 'no answer'],
    ['RUNNING on n1', 'UNKNOWN on n1'],
  ],
  [
    'a run that had begun and is missing in so many looks is lost',
    'watched',
    ['it runs', 'it is missing, begun', 'it is missing, begun', 'it is missing, begun', 'work.done'],
    ['RUNNING on n1', 'close', 'ended: unknown lost', 'gone'],
  ],
  [
    'a run that is missed and then there is not lost: looks count in a row',
    'watched',
    ['it is missing, begun', 'it is missing, begun', 'it runs', 'it is missing, begun', 'it is missing, begun'],
    ['RUNNING on n1'],
  ],
  [
    'where no claim can be seen, a run that is missing may have begun: it is lost, and not submitted again',
    'apart',
    ['it was never there', 'it was never there', 'it was never there', 'work.done'],
    ['close', 'ended: unknown lost', 'gone'],
  ],
  [
    'a run that was never there is submitted; what was seen before the answer changes nothing',
    'watched',
    ['it was never there', 'it was never there', 'it was never there', 'the cluster ended it', 'work.done', 'it waits'],
    ['submit', 'PENDING on no node'],
  ],
  [
    'a submission that is put off says why, and is made again when the run is missed',
    'watched',
    [
      'it was never there',
      'it was never there',
      'work.second',
      'no answer',
      'it was never there',
      'work.done',
      'it waits',
    ],
    ['submit', 'NOT SUBMITTED (full) on no node', 'submit', 'PENDING on no node'],
  ],
  [
    'a submission that fails is put off with the reason',
    'watched',
    ['it was never there', 'it was never there', 'work.fails'],
    ['submit', 'NOT SUBMITTED (broken) on no node'],
  ],
  [
    'a submission that is refused ends the run',
    'watched',
    ['it was never there', 'it was never there', 'work.third', 'work.done'],
    ['submit', 'close', 'ended: notStarted refused', 'gone'],
  ],
  [
    'an accepted submission is missed anew from the first look on',
    'watched',
    ['it was never there', 'it was never there', 'work.done', 'it was never there'],
    ['submit'],
  ],
  [
    'a launch without an answer says so, and is submitted again when it is missed in so many looks',
    'delayed',
    ['it was never there', 'no answer', 'it was never there'],
    ['NOT SUBMITTED (sbatch hangs) on no node', 'submit'],
  ],
  [
    'a run that its engine had and does not show is asked for; when it was forgotten there, it is submitted again',
    'watched',
    [...lost, 'it is missing', 'work.done', 'work.done', 'it runs'],
    ['inquire', 'NOT SUBMITTED (forgotten) on no node', 'submit', 'RUNNING on n1'],
  ],
  [
    'a run that its engine has let go before it began is over',
    'watched',
    [...lost, 'work.second', 'work.done'],
    ['inquire', 'close', 'ended: notStarted over', 'gone'],
  ],
  [
    'a run of which its engine cannot say why it is not there is asked for again',
    'watched',
    [...lost, 'work.third', 'it is missing', 'work.fails', 'it is missing'],
    ['inquire', 'inquire', 'inquire'],
  ],
  [
    'a run that the cluster ended before it began is submitted again, with the reason, so many times',
    'watched',
    ['the cluster ended it', 'work.done', 'the cluster ended it', 'work.done'],
    ['NOT SUBMITTED (the node failed) on no node', 'submit', 'close', 'ended: notStarted the node failed', 'gone'],
  ],
  [
    'a run that the cluster has given up is submitted as often as it is',
    'apart',
    ['the cluster gave it up', 'work.done', 'the cluster gave it up', 'work.done', 'the cluster gave it up'],
    ['submit', 'submit', 'submit'],
  ],
  [
    'a run of which evald takes the start is over at once, and what waits for it is cancelled until nothing does',
    'watched',
    ['it waits', 'recall', 'work.done', 'it waits', 'it waits', 'it ended'],
    ['PENDING on no node', 'close', 'ended: notStarted withdrawn', 'gone', 'cancel', 'cancel'],
  ],
  [
    'a run that was taken back before is over, and cancelled, when that is seen',
    'watched',
    ['it waits, taken back', 'work.done', 'it is missing', 'it waits', 'it is missing', 'it is missing', 'it waits'],
    ['cancel', 'close', 'ended: notStarted withdrawn', 'gone', 'cancel', 'cancel'],
  ],
  [
    'nothing is cleared of a run that was taken back and has ended',
    'watched',
    ['it ended, taken back', 'work.done', 'it waits'],
    ['close', 'ended: notStarted withdrawn', 'gone'],
  ],
  [
    'a run that was taken back is over while its engine is silent',
    'watched',
    ['no answer, taken back', 'work.done'],
    ['close', 'ended: notStarted withdrawn', 'gone'],
  ],
  [
    'what waits for a run that was taken back by an earlier server is cancelled, and nothing is reported',
    'recalled',
    ['no answer', 'it waits', 'unwatch', 'it waits', 'it is missing', 'it is missing', 'it is missing', 'it waits'],
    ['cancel', 'cancel'],
  ],
  [
    'a run that is not watched any more reports nothing, and is submitted no more',
    'watched',
    ['it waits', 'unwatch', 'it runs', 'it was never there', 'it was never there'],
    ['PENDING on no node'],
  ],
  [
    'a run whose end was recorded is let go too',
    'watched',
    ['files: succeeded', 'unwatch', 'it ended, failed'],
    ['ENDING on n1', 'ended: code 0'],
  ],
  [
    'what an engine says of a run that waits or runs is reported when it changes',
    'watched',
    ['it waits', 'it waits for a node', 'it runs', 'it completes'],
    ['PENDING on no node', 'PENDING (Resources) on no node', 'RUNNING on n1', 'COMPLETING on n1'],
  ],
  [
    'a run that is first seen when its end is recorded is reported to be where it is',
    'watched',
    ['it runs, failed'],
    ['RUNNING on n1'],
  ],
  [
    'a run whose end was reported is gone when its last process is',
    'watched',
    ['it runs', 'files: succeeded', 'files: succeeded, nothing left', 'work.done'],
    ['RUNNING on n1', 'ended: code 0', 'close', 'gone'],
  ],
  [
    'a run whose id is another one by now is lost for that reason',
    'watched',
    ['it is missing, begun', 'it is missing, begun', 'its id is of another, begun', 'work.done'],
    ['close', 'ENDING on n1', 'ended: unknown its id is of another', 'gone'],
  ],
  [
    'looks without an answer count from before an end was recorded',
    'watched',
    ['it runs', 'no answer', 'no answer', 'no answer, failed', 'work.done'],
    ['RUNNING on n1', 'UNKNOWN on n1', 'close', 'ended: code 7', 'gone'],
  ],
  [
    'they count also while a submission is put off',
    'watched',
    [
      'it was never there',
      'it was never there',
      'work.second',
      'no answer',
      'no answer',
      'no answer, failed',
      'work.done',
    ],
    ['submit', 'NOT SUBMITTED (full) on no node', 'close', 'ENDING on n1', 'ended: code 7', 'gone'],
  ],
  ...answered.map(
    ([state, origin, moves, log]): Scenario => [
      `an answer between two silences keeps a run from being unreachable: ${state}`,
      origin,
      moves,
      log,
    ],
  ),
];
