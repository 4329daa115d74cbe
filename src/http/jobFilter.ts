import type { JobFilter } from '../machines/ports/journal.ts';
import type { JobsFilter } from '../schemas/job/jobList.ts';

/** Which jobs a client wants, as the journal is asked for them. */
export function jobFilter({
  submitted_by: submittedBy,
  id_prefix: idPrefix,
  q: texts,
  ...same
}: JobsFilter): JobFilter {
  return { ...same, submittedBy, idPrefix, texts };
}
