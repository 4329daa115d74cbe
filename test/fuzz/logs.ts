import fc from 'fast-check';

const stamp = '2026-11-29 05:00:00.123 | ';

/** Lines, frames and sequences that readers of logs look for, and pieces of them. */
const piece = fc.constantFrom(
  ...[
    `${stamp}ERROR    | lmms_eval.__main__:cli_evaluate:500 - `,
    `${stamp}INFO     | lmms_eval.loggers.evaluation_tracker:save_results_samples:1 - `,
  ],
  ...[
    'Error during evaluation: ',
    'Please set `--verbosity=DEBUG`',
    'Tasks were not found:',
    'Could not save sample results',
    'Saving samples to ',
  ],
  ...[
    `${stamp}ERROR    | lmms_eval.models.chat.openai:f:143 - attempt 3 failed`,
    `${stamp}WARNING  | lmms_eval.llm_judge.base:g:1 - judge failed`,
  ],
  ...['Postprocessed 8 docs for t1/acc with ', 'ResponseCache: 3/8 cache hits', 'Running generate_until requests'],
  ...[
    'Traceback (most recent call last):\n',
    '  File "/a/b.py", line 1, in f\n',
    'ValueError: bad\n',
    'During handling of the above exception, another exception occurred:\n',
  ],
  ...[
    'Root Cause (first observed failure):\n',
    '  rank      : 3 (local_rank: 3)\n',
    '  exitcode  : -9 (pid: 1)\n',
    '[rank0]: ',
    'Fatal Python error: x\n',
    '  what():  y\n',
  ],
  ...[
    'Model Responding:   3%|3         | 1/30 [00:00<00:14,  2.00it/s]',
    'Model Responding (x): 100%|#| 9/9 [1:02:03<?, ?it/s]',
    '[rank 0] Model Responding: 104/2837 (3.7%) | 1.52 it/s | elapsed 1m08s | ETA 30m02s',
  ],
  ...[
    'Model Responding: 100%|##| 999999999999999/0 [99:99:99<00:00, 0.00s/it]',
    '|'.repeat(300),
    '9'.repeat(2_000),
    ' '.repeat(2_000),
    'x'.repeat(70_000),
  ],
  ...[
    '\n',
    '\n',
    '\r',
    '\r\n',
    '\b',
    '\t',
    '\0',
    '\x7f',
    '\x1b[A',
    '\x1b[99999999A',
    '\x1b[K',
    '\x1b[2K',
    '\x1b[31m',
    '\x1b(B',
    '\x1b]0;title',
    '\x07',
    '\x1b\\',
    '\x1bP',
    '\x1b',
    '\x9b',
    '\u0085',
    '\u2028',
  ],
  ...[
    'sk-Planted',
    '-0123456789',
    'sk-Pl',
    '%73%6b',
    '\\u0073',
    '&#115;',
    'c2stUGxhbnRlZC0wMTIzNDU2Nzg5',
    '\\',
    '%',
    '&',
    '&amp;',
    '\\\\\\"',
  ],
);

/** A log: pieces in any order, some of them many times. */
export const logText = fc
  .array(fc.tuple(piece, fc.constantFrom(1, 1, 1, 1, 2, 50, 3_000)), { maxLength: 60 })
  .map((parts) =>
    parts.map(([text, times]) => text.repeat(Math.max(1, Math.min(times, Math.floor(300_000 / text.length))))).join(''),
  );
