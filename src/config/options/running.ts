import { availableParallelism, totalmem } from 'node:os';
import { z } from 'zod';
import { harnessNamePattern } from '../../schemas/harness/harnesses.ts';
import { retriableKinds } from '../../schemas/submission/retry.ts';
import { bytesOfMemory, memoryPattern } from '../../schemas/values/memory.ts';
import type { Option } from '../option.ts';
import {
  devices,
  integer,
  namedFile,
  optional,
  percentage,
  retryPolicy,
  seconds,
  text,
  trueOrFalse,
  wordList,
} from '../values.ts';

const badHarness = 'must be auto, or the name of a harness, as lmms-eval or demo';
const badMemory = 'must be a whole number with a unit, M, G or T, such as 64G';
const badFree = 'must be 0, or a whole number with a unit, M, G or T, such as 1G';
const badEnabled = 'must be the name of a harness, as lmms-eval, demo or command:mine';

/** What runs, how many at a time, and how long. */
export const runningOptions = {
  harness: {
    schema: z.string().regex(harnessNamePattern, badHarness),
    default: 'auto',
    value: 'NAME',
    help: 'the harness of submissions that name none: lmms-eval, demo (built in, measures nothing but the plumbing), or auto: lmms-eval if the Python can import it, else demo',
  },
  'enable-harness': {
    schema: z.string().regex(harnessNamePattern, badEnabled),
    default: '',
    value: 'NAME',
    repeatable: true,
    help: 'a harness that submissions may name beside the default one; without it all that can run',
  },
  'command-harness': {
    schema: namedFile,
    default: '',
    value: 'NAME=FILE',
    repeatable: true,
    help: 'a command that is a harness, as submissions name it with command:NAME; the file, YAML or JSON, says how it is started (docs/harnesses.md)',
  },
  python: {
    schema: text,
    default: 'python3',
    value: 'PATH',
    help: 'Python that runs harnesses that have none of their own, and merges checkpoints',
  },
  'extra-args': {
    schema: wordList,
    default: '',
    value: '"…"',
    help: 'words appended to the command of every run of lmms-eval or the demo, quoted as in a shell, e.g. "--include_path /tasks"',
  },
  'lm-eval-python': {
    schema: optional(text),
    default: '',
    value: 'PATH',
    help: 'Python that runs the harness lm-eval; without it that of --python',
  },
  'lm-eval-extra-args': {
    schema: wordList,
    default: '',
    value: '"…"',
    help: 'words appended to the command of every run of lm-eval, as --extra-args',
  },
  'inspect-python': {
    schema: optional(text),
    default: '',
    value: 'PATH',
    help: 'Python that runs the harness inspect; without it that of --python',
  },
  'inspect-extra-args': {
    schema: wordList,
    default: '',
    value: '"…"',
    help: 'words appended to the command of every run of inspect, as --extra-args',
  },
  slots: {
    schema: optional(integer(0, 10_000)),
    default: '',
    value: 'N',
    help: 'runs at a time; 0: as many as there are devices for (--gpus), or as an engine takes, at most --max-running; without it 1 on this machine, else as 0',
  },
  gpus: {
    schema: devices,
    default: '',
    value: 'NAME,…',
    help: 'devices of this machine, as nvidia-smi -L names them: indices and ranges (0-3,5), UUIDs of GPUs or MIG slices, or auto for all of them; each run gets as many as it asks for (num_gpus) as its own; without it all runs see all devices',
  },
  cpus: {
    schema: optional(integer(1, 100_000)).transform((count) => count ?? availableParallelism()),
    default: '',
    value: 'N',
    help: 'CPUs that runs on this machine may say together that they need (cpus of a job); without it as many as it has',
  },
  memory: {
    schema: optional(z.string().regex(memoryPattern, badMemory).transform(bytesOfMemory)).transform(
      (bytes) => bytes ?? totalmem(),
    ),
    default: '',
    value: '64G',
    help: 'memory that runs on this machine may say together that they need (memory of a job); without it what it has',
  },
  'max-running': {
    schema: integer(1, 10_000),
    default: '1000',
    value: 'N',
    help: 'runs that an engine has at a time when --slots is 0; what it lets wait counts too',
  },
  'max-pending': {
    schema: integer(1, 10_000),
    default: '20',
    value: 'N',
    help: 'runs that an engine lets wait at a time when --slots is 0: what waits beyond them stays in the queue, where priorities and cancelling count',
  },
  grace: {
    schema: seconds(86_400),
    default: '10',
    value: 'SECONDS',
    help: 'time between asking a run to end and killing it',
  },
  timeout: {
    schema: seconds(2_000_000),
    default: '0',
    value: 'SECONDS',
    help: 'time a run may take, for jobs that do not say; 0: no limit',
  },
  retry: {
    schema: retryPolicy,
    default: '0',
    value: 'N[:KIND,…]',
    help: `how often a job is tried again when its engine or its machine fails it, for jobs that do not say, and after which failures: ${retriableKinds.join(', ')}; without them the first three`,
  },
  'stall-timeout': {
    schema: seconds(2_000_000),
    default: '0',
    value: 'SECONDS',
    help: 'time a run may go without output, for jobs that do not say; 0: no limit',
  },
  linger: {
    schema: seconds(2_000_000),
    default: '300',
    value: 'SECONDS',
    help: 'time a run may go without output once the results of all its tasks are there: then it is ended and judged by them; 0: no limit',
  },
  'results-wait': {
    schema: optional(seconds(3_600)),
    default: '',
    value: 'SECONDS',
    help: 'time in which the results of a run that ended well may still arrive, on a folder that machines share; without it 0 on this machine, else 60',
  },
  'judge-timeout': {
    schema: seconds(86_400).refine((n) => n > 0, 'must be a number of seconds above 0, to 86400'),
    default: '300',
    value: 'SECONDS',
    help: 'time in which what a run wrote must be read and judged, beside the server and not in it: past it the job fails as harness, and what could not be redacted is a warning',
  },
  'max-failed-answers': {
    schema: percentage,
    default: '1%',
    value: 'PERCENT',
    help: 'answers of a task that may have failed (a request without an answer, a judge without a verdict) before its job fails as failedAnswers; its numbers are kept as partial_metrics',
  },
  'max-empty-answers': {
    schema: percentage,
    default: '50%',
    value: 'PERCENT',
    help: 'the same of answers that are empty and not scored as right: a model may say nothing at times',
  },
  'warm-starts': {
    schema: trueOrFalse,
    default: 'true',
    value: 'true|false',
    help: 'fork runs from a Python that has imported what they import, where that is the same as starting them anew: on this machine, runs of lmms-eval and lm-eval in one process; false: start each anew',
  },
  'warm-memory': {
    schema: integer(64, 1_000_000),
    default: '2048',
    value: 'MIB',
    help: 'memory that these Pythons may take together, which their runs share: that which was used longest ago is ended; runs of one that takes more by itself start anew',
  },
  'warm-idle': {
    schema: seconds(2_000_000).refine((n) => n > 0, 'must be a number of seconds above 0, to 2000000'),
    default: '900',
    value: 'SECONDS',
    help: 'time without a run after which such a Python is ended; the next submission makes another one',
  },
  'min-free': {
    schema: z
      .string()
      .refine((text) => text === '0' || memoryPattern.test(text), badFree)
      .transform((text) => (text === '0' ? 0 : bytesOfMemory(text))),
    default: '1G',
    value: '1G',
    help: 'room that the disks of --data-dir and --runs-dir must have free, and a thousand files, for another run to be started: with less what waits is kept until there is room again, and what runs goes on; 0: whatever is free',
  },
  'max-queue': {
    schema: integer(1, 10_000_000),
    default: '100000',
    value: 'N',
    help: 'jobs that may wait; one more is answered 503',
  },
} satisfies Record<string, Option<unknown>>;
