import { z } from 'zod';
import type { Option } from '../option.ts';
import { basePath, integer, optional, optionalFile, seconds, text, trueOrFalse } from '../values.ts';

/** Where the server answers, and how it ends. */
export const servingOptions = {
  host: { schema: text, default: 'localhost', value: 'HOST', help: 'name or address to listen on' },
  port: { schema: integer(0, 65_535), default: '8000', value: 'PORT', help: 'port to listen on; 0 takes a free one' },
  'base-path': {
    schema: basePath,
    default: '',
    value: 'PATH',
    help: 'path below which everything is, as /evald, for a proxy that passes it on (docs/proxy.md); what is asked for beyond it is answered 404',
  },
  'tls-cert': {
    schema: optionalFile,
    default: '',
    value: 'FILE',
    help: 'certificate in PEM, with those between it and its root; clients then use https; read again on SIGHUP',
  },
  'tls-key': {
    schema: optionalFile,
    default: '',
    value: 'FILE',
    help: 'key of that certificate in PEM, not open to other users; read again on SIGHUP',
  },
  'on-shutdown': {
    schema: optional(z.enum(['stop', 'leave'], 'must be stop or leave')),
    default: '',
    value: 'WHAT',
    help: 'what happens to runs when the server is asked to end: stop ends them with grace, but for those that wait in an engine, which the next start launches anew; leave lets them go on to be picked up at the next start; without it leave with an engine (--backend), stop on this machine',
  },
  watchdog: {
    schema: seconds(86_400).refine((n) => n === 0 || n >= 1, 'must be 0, or a number of seconds from 1 to 86400'),
    default: '60',
    value: 'SECONDS',
    help: 'time after which a server that does nothing more, because one piece of work holds all others up, is ended with a line that names it, to be started again; runs go on; 0: never',
  },
  'log-format': {
    schema: z.enum(['text', 'json'], 'must be text or json'),
    default: 'text',
    value: 'FORMAT',
    help: 'how the log, on standard error, is written: text, a line of time, level and message an event; or json, a line of JSON an event, with the job that it is of in fields of their own (docs/operating.md)',
  },
  'log-level': {
    schema: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error'),
    default: 'info',
    value: 'LEVEL',
    help: 'what is logged: events of this level and graver ones: debug (every request), info, warn, error',
  },
  inspect: {
    schema: trueOrFalse,
    default: 'false',
    value: '[true|false]',
    switch: true,
    help: 'for development: shows the running machines in the Stately inspector, to this machine alone',
  },
} satisfies Record<string, Option<unknown>>;
