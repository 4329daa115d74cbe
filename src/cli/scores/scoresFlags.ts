import type { ScoresFilter } from '../../client/scores.ts';
import type { Given } from '../commands/verb.ts';
import { duration, text } from '../frame/flag.ts';

/** Which scores are wanted: of all verbs that print those of many jobs. */
export const scoresFlags = {
  model: text('NAME', 'only scores of this model', { short: 'm' }),
  label: text('K=V', 'only scores of jobs with this label', { short: 'l' }),
  since: duration('AGE', 'only of jobs that ended in the last 90s, 15m, 2h, 7d'),
};

/** The same, as the server is asked. */
export const scoresFilter = ({ model, label, since }: Given<typeof scoresFlags>): ScoresFilter => ({
  model,
  label: label?.replace('=', ':'),
  since: since === undefined ? undefined : String((Date.now() - since * 1_000) / 1_000),
});
