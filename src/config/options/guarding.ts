import type { Option } from '../option.ts';
import { variable } from '../values.ts';

/** What runs may be asked for: folders, models, tasks, environment. */
export const guardingOptions = {
  'pass-env': {
    schema: variable,
    default: '',
    value: 'NAME',
    help: 'a variable of the server that runs get beside the usual ones (see the README); NAME may end in *, for all that begin so',
    repeatable: true,
  },
} satisfies Record<string, Option<unknown>>;
