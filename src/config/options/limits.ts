import type { Option } from '../option.ts';

/** How much one client may ask for. */
export const limitOptions = {} satisfies Record<string, Option<unknown>>;
