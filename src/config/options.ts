import type { z } from 'zod';
import type { Option } from './option.ts';
import { accessOptions } from './options/access.ts';
import { engineOptions } from './options/engines.ts';
import { guardingOptions } from './options/guarding.ts';
import { keepingOptions } from './options/keeping.ts';
import { limitOptions } from './options/limits.ts';
import { runningOptions } from './options/running.ts';
import { servingOptions } from './options/serving.ts';
import { tellingOptions } from './options/telling.ts';

/** Every option of the server, in the order of the help. */
export const options = {
  ...servingOptions,
  ...keepingOptions,
  ...runningOptions,
  ...engineOptions,
  ...accessOptions,
  ...guardingOptions,
  ...limitOptions,
  ...tellingOptions,
} satisfies Record<string, Option<unknown>>;

/** The same in groups, by their headings in the help. */
export const optionGroups: readonly (readonly [heading: string, options: object])[] = [
  ['Where the server answers, and how it ends', servingOptions],
  ['What is kept, and for how long', keepingOptions],
  ['What runs, and how long', runningOptions],
  ['The engine that runs it', engineOptions],
  ['Access', accessOptions],
  ['What may be asked for', guardingOptions],
  ['Limits for clients', limitOptions],
  ['Webhooks', tellingOptions],
];

type Options = typeof options;
export type OptionName = keyof Options;

/** The settings of a server, read and checked, by the names of the flags. */
export type Config = {
  [Name in OptionName]: Options[Name] extends { repeatable: true }
    ? z.output<Options[Name]['schema']>[]
    : z.output<Options[Name]['schema']>;
};
