import type { Option } from '../option.ts';

/** The engine that runs the work. */
export const engineOptions = {} satisfies Record<string, Option<unknown>>;
