import { z } from 'zod';
import type { Option } from '../option.ts';
import { folder, group, pattern, variable } from '../values.ts';

/** What runs may be asked for: folders, models, tasks, environment. */
export const securityOptions = {
  'output-root': {
    schema: folder,
    default: '',
    value: 'DIR',
    help: 'folder in which clients may name folders to write to, links followed; without it any folder while evald answers this machine alone and without tokens, else DIR/outputs of --runs-dir, or of --data-dir',
    repeatable: true,
  },
  'output-group': {
    schema: group,
    default: '',
    value: 'GROUP',
    help: 'group, by name or number, whose members may read the folders, logs and outputs that evald and its runs make in --output-root and in outputs of --runs-dir (2750, 0640); without it their owner only (0700, 0600); what was there before keeps its mode',
  },
  'allow-model': {
    schema: pattern,
    default: '',
    value: 'PATTERN',
    help: 'models that may be asked for, by whole name, * for any text and ? for one character; without it all. What model_args name (pretrained=…) is not looked at',
    repeatable: true,
  },
  'allow-task': {
    schema: pattern,
    default: '',
    value: 'PATTERN',
    help: 'tasks, groups and tags that may be asked for, as with --allow-model; without it all. The tasks of an allowed group need not be allowed themselves; a path of a task file needs a pattern with a slash',
    repeatable: true,
  },
  'check-names': {
    schema: z.enum(['warn', 'refuse', 'off'], 'must be warn, refuse or off'),
    default: 'warn',
    value: 'WHAT',
    help: 'what a submission gets whose model or tasks the harness does not know: warn (a warning, with the name that may be meant), refuse (422), or off',
  },
  'pass-env': {
    schema: variable,
    default: '',
    value: 'NAME',
    help: 'a variable of the server that runs get beside the usual ones (see docs/security.md); NAME may end in *, for all that begin so',
    repeatable: true,
  },
} satisfies Record<string, Option<unknown>>;
