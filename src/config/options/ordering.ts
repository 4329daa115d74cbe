import { z } from 'zod';
import { AUTO, deviceNames } from '../devices.ts';
import type { Option } from '../option.ts';
import { integer, optional, trueOrFalse } from '../values.ts';

const badPool =
  'must be NAME=DEVICES, the name of 1 to 64 letters, digits, "_", "." and "-", and devices as of --gpus, as small=2,3 or big=0-3';
const badShares = 'must be a whole number from 1 to 64, or NAME=N for one pool';

const poolSchema = z.string().transform((text, context) => {
  const [, name, list = ''] = /^([A-Za-z0-9][\w.-]{0,63})=(.+)$/.exec(text) ?? [];
  const devices = deviceNames(list);
  if (name !== undefined && devices !== null && !devices.includes(AUTO)) return { name, devices };
  context.addIssue({ code: 'custom', message: badPool, input: text });
  return z.NEVER;
});

const sharingSchema = z.string().transform((text, context) => {
  const [, name, shares] = /^(?:([A-Za-z0-9][\w.-]{0,63})=)?(\d{1,2})$/.exec(text) ?? [];
  if (shares !== undefined && Number(shares) >= 1 && Number(shares) <= 64)
    return { pool: name ?? null, shares: Number(shares) };
  context.addIssue({ code: 'custom', message: badShares, input: text });
  return z.NEVER;
});

/** Which of the jobs that wait is next, and on which devices. */
export const orderingOptions = {
  'fair-share': {
    schema: optional(trueOrFalse),
    default: '',
    value: 'true|false',
    help: 'callers, by their tokens, take turns within a priority, so that many jobs of one do not keep out a job of another; without it true where there are tokens, else false: first in, first out',
  },
  pool: {
    schema: poolSchema,
    default: '',
    value: 'NAME=DEVICE,…',
    repeatable: true,
    help: 'devices of this machine (as --gpus) that are a pool of their own, with an order of its own, for submissions that name it (pool); those that name none go to the first',
  },
  'gpu-sharing': {
    schema: sharingSchema,
    default: '',
    value: 'N|NAME=N',
    repeatable: true,
    help: 'jobs of one device (num_gpus 1) that each device, or each of one pool, may have at a time; without it 1; a job of several devices has each alone',
  },
  backfill: {
    schema: trueOrFalse,
    default: 'true',
    value: '[true|false]',
    help: 'start a job before the first one, which waits for devices or its folder, if it ends before that can start, by its timeout or by the longest that the same work took',
    switch: true,
  },
  'backfill-depth': {
    schema: integer(1, 1_000),
    default: '50',
    value: 'N',
    help: 'jobs behind the first one that are looked at for this, and jobs that may pass the same one',
  },
} satisfies Record<string, Option<unknown>>;
