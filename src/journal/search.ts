import type { SQLInputValue } from 'node:sqlite';
import type { JobRecord } from '../schemas/job/jobRecord.ts';
import type { FailedOutcome } from '../schemas/job/outcome.ts';
import { outcomeText } from '../schemas/job/outcomeText.ts';
import { renderModelArg } from '../schemas/submission/modelArgs.ts';
import { labelKey } from './labelKey.ts';

/** The name of the SQL function that says whether a search has taken as long as it may at a time. */
export const IS_LATE = 'search_is_late';

/** Whether each text occurs somewhere in what is shown of a job. @param texts in small letters. */
export function isFound(record: JobRecord, texts: readonly string[]): boolean {
  const shown = shownTexts(record).map((text) => text.toLowerCase());
  return texts.every((text) => shown.some((one) => one.includes(text)));
}

/** What of a job is searched. Its request is kept as it is shown: without credentials. */
function shownTexts({ jobId, request, options, submittedBy, outcome }: JobRecord): string[] {
  const { model, tasks, model_args } = request;
  const args = Object.entries(model_args ?? {}).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${renderModelArg(value)}`],
  );
  const labels = Object.entries(options.labels).map(([name, value]) => labelKey(name, value));
  const error = outcome?.status === 'failed' ? [outcomeText(outcome)] : [];
  return [jobId, model, ...tasks, ...labels, ...args, ...(submittedBy === null ? [] : [submittedBy]), ...error];
}

/**
 * The condition of the rows that may be found: all that are, and few others, so that most rows are never read out of the
 * database. Rows are JSON, in which a text stands with escapes and between other signs: its parts are looked for that
 * stand there as they are. The first row after the search is late is among them, whatever it has.
 */
export function searchCondition(texts: readonly string[]): { sql: string; values: SQLInputValue[] } {
  const inRequest = partsOf(texts, PLAIN);
  // Of a failure the error is searched too, which is a sentence around what its row has.
  const inError = partsOf(texts, WITHIN).filter((part) => !isOfSentences(part));
  const values = [
    ...inRequest.flatMap((part) => times(COLUMNS.length, part)),
    ...inError.flatMap((part) => times(COLUMNS.length + 1, part)),
  ];
  const notFailed = ["jobs.status <> 'failed'", ...inRequest.map(() => anyLike(COLUMNS))].join(' AND ');
  const failed = ["jobs.status = 'failed'", ...inError.map(() => anyLike([...COLUMNS, 'jobs.outcome']))].join(' AND ');
  return { sql: `(${notFailed} OR ${failed} OR ${IS_LATE}())`, values };
}

const COLUMNS = ['jobs.request', 'jobs.options', 'jobs.job_id', 'jobs.submitted_by'];

/** Characters that JSON has as they are, and that stand between no name and its value. */
const PLAIN = /[!#-+.-9;<>-Z^-z|~-]+/g;
/** Of them those that no sentence ends with, nor begins. */
const WITHIN = /[a-z0-9_/]+/g;

const times = (count: number, part: string): string[] =>
  Array<string>(count).fill(`%${part.replaceAll(/[%_]/g, '\\$&')}%`);

const anyLike = (columns: readonly string[]) =>
  `(${columns.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')})`;

/** The parts of texts, the longest first: they are the rarest. @param runs of characters that rows have as they are. */
function partsOf(texts: readonly string[], runs: RegExp): string[] {
  const parts = new Set(texts.flatMap((text) => text.match(runs) ?? []));
  return [...parts].sort((a, b) => b.length - a.length);
}

/** Whether a part may be of a failure's own sentence, which is in no row, or the number of a signal. */
const isOfSentences = (part: string): boolean => sentences.includes(part) || /^\d{1,3}$/.test(part);

const shared = { status: 'failed' as const, log: '', tail: [] };
const withLog = { ...shared, log: ' ', cause: ' ', reason: ' ' };
/** One failure of each sentence there is, with blanks for what its row has. */
const failures: FailedOutcome[] = [
  ...[shared, withLog].flatMap((log): FailedOutcome[] => [
    { ...log, kind: 'exited', code: 0 },
    { ...log, kind: 'noResults' },
    { ...log, kind: 'incompleteResults', missing: [] },
    { ...log, kind: 'incompleteResults', missing: [], faults: [' ', ' '] },
    { ...log, kind: 'incompleteResults', missing: [], faults: [' ', ' '], parts: 2 },
    { ...log, kind: 'failedAnswers', missing: [], faults: [' ', ' '], first: ' ' },
    { ...log, kind: 'timedOut', seconds: 0 },
    { ...log, kind: 'timedOut', seconds: null },
    { ...log, kind: 'stalled', seconds: 0 },
    { ...log, kind: 'stopped', who: ' ' },
    { ...log, kind: 'stopped', who: null, reason: ' ' },
    { ...log, kind: 'interrupted' },
    { ...log, kind: 'harness', reason: ' ' },
    { ...log, kind: 'launch', reason: ' ' },
    { ...log, kind: 'lost', reason: ' ' },
    { ...log, kind: 'preempted', reason: ' ' },
    { ...log, kind: 'nodeFailed', reason: ' ' },
    { ...log, kind: 'outOfMemory', reason: ' ' },
  ]),
  { ...shared, kind: 'signalled', signal: 'SIGKILL' },
];
const sentences = failures.map(outcomeText).join(' ').toLowerCase();
