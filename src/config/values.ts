import { isIP, isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { distributedVariables, keptVariables } from '../schemas/engine/variables.ts';
import { isCallable } from '../schemas/submission/jobOptions.ts';
import { MOST_RETRIES, type RetryPolicy, retriableKinds, retryPolicySchema } from '../schemas/submission/retry.ts';
import { splitWords } from '../schemas/values/text.ts';
import { AUTO, badDevices, deviceNames } from './devices.ts';

export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `must be a whole number from ${min} to ${max}`);

/** Empty: not said. */
export const optional = <T>(schema: z.ZodType<T, string>) =>
  z.string().transform((text, context): T | null => {
    if (text === '') return null;
    const read = schema.safeParse(text);
    if (read.success) return read.data;
    for (const { message } of read.error.issues) context.addIssue({ code: 'custom', message, input: text });
    return z.NEVER;
  });

/** Devices of this machine, or `auto`; empty: none. */
export const devices = z.string().transform((text, context) => {
  const names = deviceNames(text);
  if (names !== null && (names.length === 1 || !names.includes(AUTO))) return names;
  context.addIssue({ code: 'custom', message: badDevices, input: text });
  return z.NEVER;
});

export const seconds = (max: number) =>
  z
    .string()
    .regex(/^\d{1,9}(\.\d+)?$/, `must be a number of seconds from 0 to ${max}`)
    .transform(Number)
    .refine((n) => n <= max, `must be a number of seconds from 0 to ${max}`);

/** Such as `2`, or `2:lost,preempted`. */
export const retryPolicy = z.string().transform((text, context): RetryPolicy => {
  const read = retryPolicySchema.safeParse(text);
  if (read.success) return read.data;
  const message = `must be a number of attempts from 0 to ${MOST_RETRIES}, or that and kinds of failure as 2:lost,preempted, of ${retriableKinds.join(', ')}`;
  context.addIssue({ code: 'custom', message, input: text });
  return z.NEVER;
});

const badPercentage = 'must be a percentage from 0% to 100%, such as 1% or 0.5%';

/** A part of a whole, from 0 to 1. */
export const percentage = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,6})?%?$/, badPercentage)
  .transform((text) => Number(text.replace('%', '')) / 100)
  .refine((part) => part <= 1, badPercentage);

export const text = z.string().min(1, 'must not be empty');

/** The harness splits its own arguments at commas, so that a folder with one could not be given to it. */
const ownerVisible = (path: string) => !/[,\p{Cc}]/u.test(path);
const hidden = 'must not have a comma or a control character (the harness cannot take it)';

export const folder = text.refine(ownerVisible, hidden).transform((path) => resolve(path));

/** Empty: none. */
export const optionalFolder = z
  .string()
  .refine(ownerVisible, hidden)
  .transform((path) => (path === '' ? null : resolve(path)));

const badNamed =
  'must be NAME=FILE, the name of 1 to 64 letters, digits, "_", "." and "-", as mine=/etc/evald/mine.yaml';

/** A name, and the file that belongs to it. */
export const namedFile = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,63}=[^=\0]/, badNamed)
  .transform((text) => ({ name: text.slice(0, text.indexOf('=')), file: resolve(text.slice(text.indexOf('=') + 1)) }));

/** A group of users, by name or number; empty: none. */
export const group = z
  .string()
  .regex(/^(?:[A-Za-z0-9_][\w.@-]{0,99})?$/, 'must be the name or the number of a group')
  .transform((name) => name || null);

/** Names that are meant: `*` stands for any text, `?` for one character. */
export const pattern = text
  .max(500, 'must have at most 500 characters')
  .refine(
    (names) => !/[[\],\p{Cc}]/u.test(names),
    'must be a name, * for any text and ? for one character, without brackets, commas and control characters',
  );

export const wordList = z.string().transform((line, context) => {
  try {
    return splitWords(line);
  } catch (error) {
    context.issues.push({ code: 'custom', input: line, message: `must be words as a shell reads them: ${error}` });
    return z.NEVER;
  }
});

export const trueOrFalse = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');

/** Empty: none. */
export const webhookUrl = z
  .string()
  .refine(
    (url) => url === '' || (url.length <= 2_000 && isCallable(url)),
    'must be an http or https URL of at most 2000 characters, without a user and password',
  )
  .transform((url) => url || null);

/** Of a server that evald calls: without a slash at the end, a user, a query. */
export const serverUrl = z
  .string()
  .refine(isServerUrl, 'must be an http or https URL without a user, password, query or fragment')
  .transform(withoutSlashes);

function withoutSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end -= 1;
  return url.slice(0, end);
}

function isServerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && [username, password, search, hash].every((part) => part === '');
}

/** Empty: none. */
export const optionalFile = z.string().transform((path) => (path === '' ? null : resolve(path)));

const isHost = (name: string): boolean =>
  isIPv6(name.replace(/^\[(.*)\]$/, '$1')) || (/^[\p{L}\p{N}._-]+$/u.test(name) && URL.canParse(`http://${name}`));

export const hostName = z
  .string()
  .refine(isHost, 'must be the name or address of a host, without scheme and port, such as evald.example.org');

const badRange = 'must be an IP address, or a range of them as 10.0.0.0/24, and not every address';

/** An address, or a range of them: those whose first `bits` are the same. */
export const addressRange = z.string().transform((text, context) => {
  const [, address = '', given] = /^([^/%]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const most = isIP(address) === 6 ? 128 : 32;
  const bits = given === undefined ? most : Number(given);
  if (isIP(address) !== 0 && bits > 0 && bits <= most) return { address, bits };
  context.addIssue({ code: 'custom', message: badRange, input: text });
  return z.NEVER;
});

const badBase = 'must be a path of letters, digits, "-", "_", "." and "~", as /evald or /tools/evald';

/** What stands before every path, without a slash at its end; `/` is empty. */
export const basePath = z
  .string()
  .max(200, 'must have at most 200 characters')
  .regex(/^(\/[\w.~-]+)*\/?$/, badBase)
  .refine((path) => !path.split('/').some((part) => part === '.' || part === '..'), badBase)
  .transform(withoutSlashes);

export const exactOrigin = z
  .string()
  .refine(
    (origin) => /^https?:/.test(origin) && URL.parse(origin)?.origin === origin,
    'must be an origin as browsers send it: scheme, host and port, such as https://example.org:8080',
  );

/** A variable that runs may get. */
export const variable = z
  .string()
  .regex(/^([A-Za-z_]\w*)?\*?$/, 'must be the name of a variable, which may end in *')
  .refine((name) => name !== '', 'must not be empty')
  .refine((name) => !keptVariables.includes(name), 'must not be a secret of the server itself')
  .refine(
    (name) => !distributedVariables.includes(name),
    'must not be one with which the harness takes itself for a part of a distributed run',
  );
