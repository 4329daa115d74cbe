import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { isCallable } from '../schemas/jobOptions.ts';
import { splitWords } from './splitWords.ts';

/**
 * An option of the server: `--name value`, `EVALD_NAME=value`, or its default. Values arrive as text. A switch may
 * stand alone: `--name` is `--name true`.
 */
export type Option<T> = {
  /** Text given, read and checked; the message says what is allowed. */
  schema: z.ZodType<T, string>;
  default: string;
  /** What stands for the value in the help. */
  value: string;
  help: string;
  /** The flag may stand alone: then its value is `true`. */
  switch?: true;
};

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`);

const seconds = (max: number) =>
  z
    .string()
    .regex(/^\d{1,9}(\.\d+)?$/, `must be a number of seconds from 0 to ${max}`)
    .transform(Number)
    .refine((n) => n <= max, `must be a number of seconds from 0 to ${max}`);

const text = z.string().min(1, 'must not be empty');

/** The harness splits its own arguments at commas, so that a folder with one could not be told to it. */
const folder = text
  .refine(
    (path) => !/[,\p{Cc}]/u.test(path),
    'must not have a comma or a control character (the harness cannot take it)',
  )
  .transform((path) => resolve(path));

const words = z.string().transform((line, context) => {
  try {
    return splitWords(line);
  } catch (error) {
    context.issues.push({ code: 'custom', input: line, message: `must be words as a shell reads them: ${error}` });
    return z.NEVER;
  }
});

const trueOrFalse = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');

/** Empty: none. */
const webhookUrl = z
  .string()
  .refine(
    (url) => url === '' || (url.length <= 2_000 && isCallable(url)),
    'must be an http or https URL of at most 2000 characters, without a user and password',
  )
  .transform((url) => url || null);

/** Empty: none. */
const optionalFile = z.string().transform((path) => (path === '' ? null : resolve(path)));

export const options = {
  host: { schema: text, default: 'localhost', value: 'HOST', help: 'name or address to listen on' },
  port: { schema: integer(0, 65_535), default: '8000', value: 'PORT', help: 'port to listen on; 0 takes a free one' },
  'data-dir': {
    schema: folder,
    default: join(process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share'), 'evald'),
    value: 'DIR',
    help: 'folder for everything evald keeps; runs without output_dir write below DIR/outputs',
  },
  harness: {
    schema: z.enum(['auto', 'lmms-eval', 'demo'], 'must be auto, lmms-eval or demo'),
    default: 'auto',
    value: 'NAME',
    help: 'lmms-eval, demo (built in, measures nothing but the plumbing), or auto: lmms-eval if the Python can import it, else demo',
  },
  python: {
    schema: text,
    default: 'python3',
    value: 'PATH',
    help: 'Python that runs lmms-eval and merges checkpoints',
  },
  'extra-args': {
    schema: words,
    default: '',
    value: '"…"',
    help: 'words appended to every run\'s command, quoted as in a shell, e.g. "--include_path /tasks"',
  },
  'max-completed-jobs': {
    schema: integer(0, 1_000_000),
    default: '100',
    value: 'N',
    help: 'finished jobs that stay live and are counted by /queue',
  },
  history: {
    schema: integer(0, 10_000_000),
    default: '10000',
    value: 'N',
    help: 'finished jobs that stay readable; older ones are deleted with their own folders',
  },
  'history-days': {
    schema: integer(1, 36_500),
    default: '90',
    value: 'DAYS',
    help: 'days for which finished jobs stay readable',
  },
  'temp-dir-prefix': {
    schema: z
      .string()
      .max(100, 'must have at most 100 characters')
      .refine((name) => !/[/,\p{Cc}]/u.test(name), 'must not have a slash, a comma or a control character'),
    default: 'lmms_eval_',
    value: 'TEXT',
    help: "start of the names of the runs' own folders",
  },
  slots: { schema: integer(1, 1_024), default: '1', value: 'N', help: 'runs at a time' },
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
    help: 'time a run may take, for jobs that do not say; 0: any time',
  },
  'stall-timeout': {
    schema: seconds(2_000_000),
    default: '0',
    value: 'SECONDS',
    help: 'time a run may go without output, for jobs that do not say; 0: any time',
  },
  'max-queue': {
    schema: integer(1, 10_000_000),
    default: '100000',
    value: 'N',
    help: 'jobs that may wait; one more is answered 503',
  },
  'on-shutdown': {
    schema: z.enum(['stop', 'leave'], 'must be stop or leave'),
    default: 'stop',
    value: 'WHAT',
    help: 'what happens to a run when the server is told to end: stop ends it with grace, leave lets it go on to be picked up at the next start',
  },
  webhook: {
    schema: webhookUrl,
    default: '',
    value: 'URL',
    help: 'where every job is posted to when it has ended, beside the callback_url of its submission',
  },
  'webhook-secret-file': {
    schema: optionalFile,
    default: '',
    value: 'FILE',
    help: 'file with the secret that posts are signed with, not open to others; without it the variable EVALD_WEBHOOK_SECRET, else one that evald makes in webhook.secret of the data folder',
  },
  'webhook-allow-private': {
    schema: trueOrFalse,
    default: 'false',
    value: '[true|false]',
    help: 'whether jobs may be posted to private, loopback and other special addresses',
    switch: true,
  },
  inspect: {
    schema: trueOrFalse,
    default: 'false',
    value: '[true|false]',
    switch: true,
    help: 'for development: shows the running machines in the Stately inspector, to this machine alone',
  },
} satisfies Record<string, Option<unknown>>;

export type OptionName = keyof typeof options;

/** The settings of a server, read and checked, by the names of the flags. */
export type Config = { [Name in OptionName]: z.output<(typeof options)[Name]['schema']> };
