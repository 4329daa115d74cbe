import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { homeFolder } from '../../files/fileAccess.ts';
import type { Option } from '../option.ts';
import { folder, integer, optionalFolder, trueOrFalse } from '../values.ts';

/** Where data of users are kept; null where the system knows no such place. */
function userData(): string | null {
  const named = process.env['XDG_DATA_HOME'] ?? '';
  const home = homeFolder();
  // One that is relative would be another folder for each working folder: its own rules say to pass over it.
  if (isAbsolute(named)) return named;
  return home === null ? null : join(home, '.local', 'share');
}

const data = userData();

/** What is kept, where and for how long. */
export const retentionOptions = {
  'data-dir': {
    schema: z
      .string()
      .min(1, 'must be given: there is no HOME, and this user has no home folder in /etc/passwd')
      .pipe(folder),
    default: data === null ? '' : join(data, 'evald'),
    value: 'DIR',
    help: 'folder for everything evald keeps; runs without output_dir write below DIR/outputs',
  },
  'runs-dir': {
    schema: optionalFolder,
    default: '',
    value: 'DIR',
    help: 'folder for the outputs of runs and for what evald and they tell each other, if not --data-dir: one that the nodes of an engine share with this machine',
  },
  adopt: {
    schema: trueOrFalse,
    default: 'false',
    value: '[true|false]',
    switch: true,
    help: 'for one start: makes a copy of a data folder one of its own; jobs that ran when it was copied fail as lost there, and what they run is left to the original',
  },
  'max-completed-jobs': {
    schema: integer(0, 1_000_000),
    default: '100',
    value: 'N',
    help: 'finished jobs that stay live and are counted by /queue',
  },
  history: {
    schema: integer(0, 10_000_000),
    default: '10000',
    value: 'N',
    help: 'finished jobs that stay readable; older ones are deleted with their own folders',
  },
  'history-days': {
    schema: integer(1, 36_500),
    default: '90',
    value: 'DAYS',
    help: 'days for which finished jobs stay readable; only days on which the machine was up since they ended count, whatever its clock shows',
  },
  'scores-days': {
    schema: integer(0, 36_500),
    default: '0',
    value: 'DAYS',
    help: 'days for which the scores of completed jobs stay, counted as for --history-days, whether the jobs are still kept or not; 0: for ever',
  },
  'temp-dir-prefix': {
    schema: z
      .string()
      .max(100, 'must have at most 100 characters')
      .refine((name) => !/[/,\p{Cc}]/u.test(name), 'must not have a slash, a comma or a control character'),
    default: 'lmms_eval_',
    value: 'TEXT',
    help: "start of the names of the runs' own folders",
  },
} satisfies Record<string, Option<unknown>>;
