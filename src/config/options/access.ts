import type { Option } from '../option.ts';

/** Who may call, and from where. */
export const accessOptions = {} satisfies Record<string, Option<unknown>>;
