import { expect, test } from 'vitest';
import type { FailedOutcome } from '../../src/schemas/job/outcome.ts';
import { outcomeText } from '../../src/schemas/job/outcomeText.ts';

const evidence = { status: 'failed' as const, log: '/l', tail: ['one', 'two'] };
const end = 'Last lines of /l:\none\ntwo';
const cause = 'ValueError: doc 5 has no answer';

const texts: [FailedOutcome, withoutCause: string, withCause: string][] = [
  [
    { ...evidence, kind: 'exited', code: 1 },
    `Evaluation failed with return code 1. ${end}`,
    `Evaluation failed with return code 1: ${cause}\n${end}`,
  ],
  [
    { ...evidence, kind: 'signalled', signal: 'SIGKILL' },
    `Evaluation failed with return code -9. ${end}`,
    `Evaluation failed with return code -9: ${cause}\n${end}`,
  ],
  [
    { ...evidence, kind: 'signalled', signal: 'SIGKILL', reason: 'its node failed' },
    `Evaluation failed with return code -9: its node failed\n${end}`,
    `Evaluation failed with return code -9: its node failed; ${cause}\n${end}`,
  ],
  [
    { ...evidence, kind: 'noResults' },
    `Evaluation produced no parsed results. ${end}`,
    `Evaluation produced no parsed results: ${cause}\n${end}`,
  ],
  [
    { ...evidence, kind: 'harness', reason: 'Error during evaluation: x' },
    `Evaluation failed: Error during evaluation: x\n${end}`,
    `Evaluation failed: ${cause}\nError during evaluation: x\n${end}`,
  ],
  [
    { ...evidence, kind: 'stalled', seconds: 9 },
    `Evaluation was ended: it showed no progress for 9 s.\n${end}`,
    `Evaluation was ended: it showed no progress for 9 s: ${cause}\n${end}`,
  ],
  [
    { ...evidence, kind: 'incompleteResults', missing: ['a', 'b'] },
    `Evaluation produced no results for a, b.\n${end}`,
    `Evaluation produced no results for a, b: ${cause}\n${end}`,
  ],
];

test.each(texts)(
  'the first line has the cause, where one is known; without it the text begins as the original: %j',
  (failed, without, withCause) => {
    expect(outcomeText(failed)).toBe(without);
    expect(outcomeText({ ...failed, cause })).toBe(withCause);
  },
);
