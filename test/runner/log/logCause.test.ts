import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logCause, readLogCause } from '../../../src/runner/log/logCause.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

const lines = (text: string) => text.split('\n');
const uncaught = { kind: 'code', code: 1 } as const;
const causeOf = (text: string, end: Parameters<typeof logCause>[1] = uncaught) => logCause(lines(text), end).text;

const traceback = (exception: string) =>
  `Traceback (most recent call last):\n  File "/x/a.py", line 1, in f\n    g()\n    ^^^\n${exception}`;
const CAUSED = '\nThe above exception was the direct cause of the following exception:\n\n';
const DURING = '\nDuring handling of the above exception, another exception occurred:\n\n';

test.each([
  ['one exception', traceback('ValueError: doc 5 has no answer'), 'ValueError: doc 5 has no answer'],
  ['one without text', traceback('AssertionError'), 'AssertionError'],
  ['a cause', traceback('ValueError: inner') + CAUSED + traceback('RuntimeError: outer'), 'ValueError: inner'],
  ['one while another is handled', traceback('KeyError: 1') + DURING + traceback('OSError: 2'), 'KeyError: 1'],
  [
    'a chain of three',
    traceback('KeyError: 1') + DURING + traceback('OSError: 2') + CAUSED + traceback('RuntimeError: 3'),
    'KeyError: 1',
  ],
  [
    'a worker of a pool',
    `multiprocess.pool.RemoteTraceback: \n"""\n${traceback('ValueError: in the worker')}\n"""\n${CAUSED}${traceback('ValueError: in the worker')}`,
    'ValueError: in the worker',
  ],
  [
    'a retry whose cause is not shown',
    traceback('tenacity.RetryError: RetryError[<Future at 0x7f2a state=finished raised ConnectTimeout>]'),
    'tenacity.RetryError: the last attempt raised ConnectTimeout',
  ],
  [
    'a text of several lines',
    `${traceback('pydantic.ValidationError: ')}\n1 validation error for X\nfield`,
    'pydantic.ValidationError: 1 validation error for X',
  ],
  [
    'too little memory of a GPU',
    traceback('torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.'),
    'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.',
  ],
  [
    'a bar that was not closed before it',
    `Model Responding:  50%|#####     | 4/8 [00:00<00:00, 6.25it/s]${traceback('ValueError: x')}`,
    'ValueError: x',
  ],
  [
    'a group',
    `  + Exception Group Traceback (most recent call last):\n  |   File "/x"\n  | ExceptionGroup: two (1 sub-exception)\n  +-+---------------- 1 ----------------\n    | Traceback (most recent call last):\n    |   File "/x"\n    | ValueError: in the group\n    +------------------------------------`,
    'ValueError: in the group',
  ],
  [
    'an earlier one that was survived',
    `${traceback('KeyError: survived')}\nmore\n${traceback('ValueError: x')}`,
    'ValueError: x',
  ],
])('the cause is the innermost exception: %s', (_, text, cause) => {
  expect(causeOf(text)).toBe(cause);
});

test('lines of others amid a traceback are passed over', () => {
  const [header, ...rest] = lines(traceback('ValueError: x'));
  expect(causeOf([header, '2026-11-24 03:32:04 | INFO | m:f:1 - x', 'starting', ...rest].join('\n'))).toBe(
    'ValueError: x',
  );
});

test('a report of the harness is of the exception that it repeats', () => {
  const text = `${traceback('ValueError: boom')}\n${traceback('KeyError: by a thread that is ended')}\n`;
  const words = 'Error during evaluation: boom. Please set `--verbosity=DEBUG` to get more information.';
  expect(causeOf(text, { kind: 'reported', words, offset: 0 })).toBe('ValueError: boom');
});

test('an exception that was survived is no cause of a signal, nor of a code that the program chose', () => {
  const survived = `${traceback('ValueError: survived')}\n${'more\n'.repeat(30)}`;
  expect(causeOf(survived, { kind: 'signal', signal: 'SIGKILL' })).toBeNull();
  expect(causeOf(survived, { kind: 'code', code: 3 })).toBeNull();
  expect(causeOf(traceback('ValueError: x'), { kind: 'code', code: 3 })).toBe('ValueError: x');
  expect(causeOf(survived, { kind: 'ended' })).toBe('the last exception in its log is ValueError: survived');
});

test.each([
  [
    'Fatal Python error: Segmentation fault',
    { kind: 'signal', signal: 'SIGSEGV' },
    'Fatal Python error: Segmentation fault',
  ],
  [
    "terminate called after throwing an instance of 'c10::Error'\n  what():  CUDA error: an illegal memory access",
    { kind: 'signal', signal: 'SIGABRT' },
    'CUDA error: an illegal memory access',
  ],
  [
    '__main__.py: error: unrecognized arguments: --nosuch',
    { kind: 'code', code: 2 },
    '__main__.py: error: unrecognized arguments: --nosuch',
  ],
  [
    'slurmstepd: error: Detected 1 oom_kill event in StepId=1.0.',
    { kind: 'signal', signal: 'SIGKILL' },
    'slurmstepd: error: Detected 1 oom_kill event in StepId=1.0.',
  ],
] as const)('what ends a program below Python is its cause: %s', (text, end, cause) => {
  expect(causeOf(`before\n${text}\nafter`, end)).toBe(cause);
});

/** As torchrun 2.13 writes it. */
const table = (rank: number, exit: string) => `torch.distributed.elastic.multiprocessing.errors.ChildFailedError: 
============================================================
lmms_eval FAILED
------------------------------------------------------------
Failures:
[1]:
  time      : 2026-11-29_00:47:59
  host      : localhost
  rank      : 0 (local_rank: 0)
  exitcode  : -15 (pid: 18804)  (SIGTERM)
  error_file: <N/A>
  traceback : Signal 15 (SIGTERM) received by PID 18804
------------------------------------------------------------
Root Cause (first observed failure):
[0]:
  time      : 2026-11-29_00:47:59
  host      : localhost
  rank      : ${rank} (local_rank: ${rank})
  exitcode  : ${exit}
  error_file: <N/A>
============================================================`;

const ofRank = (rank: number, text: string) =>
  lines(text)
    .map((line) => (line === '' ? line : `[rank${rank}]: ${line}`))
    .join('\n');
const echo = traceback(
  'RuntimeError: [gloo/transport/tcp/pair.cc:553] Connection closed by peer. This is typically caused by a remote worker crashing.',
);

test('a dead rank is named, with what it threw, and not what the others threw for its end', () => {
  const own = traceback('ValueError: doc 5 has no answer') + CAUSED + traceback('RuntimeError: outer');
  const launcher = traceback(table(1, '1 (pid: 18805) '));
  const labelled = [ofRank(1, own), ofRank(0, echo), launcher].join('\n');
  expect(causeOf(labelled)).toBe('rank 1: ValueError: doc 5 has no answer');
  expect(causeOf([own, echo, launcher].join('\n'))).toBe('rank 1: ValueError: doc 5 has no answer');
  // Both at once, line by line.
  const [one, other] = [lines(ofRank(1, own)), lines(ofRank(0, echo))];
  const mixed = one.flatMap((line, at) => [line, ...(other[at] === undefined ? [] : [other[at]])]);
  expect(causeOf([...mixed, launcher].join('\n'))).toBe('rank 1: ValueError: doc 5 has no answer');
});

test('the exception of the process of an engine counts before that of one that only reports its end, or waited for it', () => {
  const engine = lines(traceback('ValueError: no room for the KV cache')).map(
    (line) => `(EngineCore_DP0 pid=12) ERROR 11-29 10:00:00 [core.py:708] ${line}`,
  );
  const main = traceback(
    'RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}',
  );
  const words =
    'Error during evaluation: Engine core initialization failed. See root cause above. Failed core proc(s): {}.';
  const text = [...engine, '(EngineCore_DP0 pid=12) Process EngineCore_DP0:', ...lines(main)].join('\n');
  expect(causeOf(text)).toBe('ValueError: no room for the KV cache');
  expect(causeOf(text, { kind: 'reported', words, offset: 0 })).toBe('ValueError: no room for the KV cache');
  const spawned = `${traceback('torch.multiprocessing.spawn.ProcessRaisedException: ')}\n\n-- Process 1 terminated with the following error:\n${traceback('ValueError: x')}`;
  expect(causeOf(spawned)).toBe('ValueError: x');
});

test('a rank that was killed is named with its signal', () => {
  const text = [ofRank(0, echo), traceback(table(1, '-9 (pid: 18822)  (SIGKILL)'))].join('\n');
  expect(logCause(lines(text), uncaught)).toEqual({
    text: 'rank 1 was ended by SIGKILL',
    dead: { rank: 1, signal: 'SIGKILL' },
  });
});

test('the launcher of one process is no cause', () => {
  const launcher = traceback(
    "subprocess.CalledProcessError: Command '['python', '-m', 'lmms_eval']' returned non-zero exit status 1.",
  );
  expect(causeOf(`${traceback('ValueError: x')}\n${launcher}`)).toBe('ValueError: x');
});

test('a cause has one line of bounded length', async () => {
  expect(causeOf(traceback(`ValueError: ${'x'.repeat(100_000)}`))).toHaveLength(501);
  const log = join(await temporaryFolder(), 'log');
  await writeFile(log, `${'x'.repeat(3_000_000)}\n${traceback('ValueError: x')}\n`);
  expect((await readLogCause(log, uncaught)).text).toBe('ValueError: x');
  expect((await readLogCause('/nonexistent', uncaught)).text).toBeNull();
});

test('very many lines that look like parts of tracebacks take time in proportion', () => {
  const hostile = [
    'Traceback (most recent call last):',
    '| + | + '.repeat(1_000),
    `${'['.repeat(1_000)}rank`,
    'a.'.repeat(1_000),
  ];
  expect(logCause(Array.from({ length: 2_000 }, () => hostile).flat(), uncaught).text).toBeNull();
});
