import type { z } from 'zod';
import type { Option } from './option.ts';
import { engineOptions } from './options/engines.ts';
import { limitOptions } from './options/limits.ts';
import { orderingOptions } from './options/ordering.ts';
import { retentionOptions } from './options/retention.ts';
import { runningOptions } from './options/running.ts';
import { securityOptions } from './options/security.ts';
import { servingOptions } from './options/serving.ts';
import { tokenOptions } from './options/tokens.ts';
import { webhookOptions } from './options/webhooks.ts';

/** Every option of the server, in the order of the help. */
export const options = {
  ...servingOptions,
  ...retentionOptions,
  ...runningOptions,
  ...orderingOptions,
  ...engineOptions,
  ...tokenOptions,
  ...securityOptions,
  ...limitOptions,
  ...webhookOptions,
} satisfies Record<string, Option<unknown>>;

/** The same in groups, by their headings in the help. */
export const optionGroups: readonly (readonly [heading: string, options: object])[] = [
  ['Where the server answers, and how it ends', servingOptions],
  ['What is kept, and for how long', retentionOptions],
  ['What runs, and how long', runningOptions],
  ['What is next, and on which devices', orderingOptions],
  ['The engine that runs it', engineOptions],
  ['Access', tokenOptions],
  ['What may be asked for', securityOptions],
  ['Limits for clients', limitOptions],
  ['Webhooks, and hooks of training loops', webhookOptions],
];

type Options = typeof options;
export type OptionName = keyof Options;

/** The settings of a server, read and checked, by the names of the flags. */
export type Config = {
  [Name in OptionName]: Options[Name] extends { repeatable: true }
    ? z.output<Options[Name]['schema']>[]
    : z.output<Options[Name]['schema']>;
};
