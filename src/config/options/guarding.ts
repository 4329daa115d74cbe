import type { Option } from '../option.ts';

/** What runs may be asked for: folders, models, tasks, environment. */
export const guardingOptions = {} satisfies Record<string, Option<unknown>>;
