import { runLimits } from '../../../schemas/values/limits.ts';
import { TextCleaner } from '../../../security/redaction/cleanText.ts';
import { mayStandBefore } from '../../log/failureLines.ts';
import { openLog } from '../../log/logTail.ts';
import type { LogErrors, Logged } from '../../results/judging/outputFormat.ts';

const CHUNK = 256 * 1024;
/** Characters of a line that are looked at. */
const LONGEST_LINE = 4_000;
const LONGEST_WORDS = 500;
/** Lines of code that are distinguished. */
const MOST_SITES = 10_000;

/** A line as loguru writes it for lmms-eval: `2026-11-29 00:38:40 | ERROR    | lmms_eval.models.chat.openai:f:143 - …`. */
const RECORD =
  /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})? \| ([A-Z]{4,8}) {0,4} \| ([\w.]{1,200}):([\w<>.]{1,200}):(\d{1,7}) - /;
const MODELS = /^lmms_eval\.models\./;
const JUDGES = /^lmms_eval\.llm_judge\b/;
/** The harness's own loggers, which say nothing of an answer or a judgement. */
const HARNESS =
  /^lmms_eval\.(?:__main__|evaluator|evaluator_utils|loggers|utils|api|cli|caching|tui|mcp|entrypoints)\b/;
/** A model's words of a failure at a level below ERROR. */
const QUIET_FAILURE = /^Error .* when loading video|can not load, check the source|generate failed, check the source/;
/** One of several tries, or the trace of what was logged already. */
const NOT_LAST = /\battempt \d+\b|^Traceback \(most recent call last\)/i;
const JUDGEMENT =
  /judg|attempts? failed|request failed|failed to get response|eval_score|\bgpt\b|\bapi\b|llm match|review string/i;
/** A task that goes on without a judgement says so at the level of a warning. */
const isLost = (text: string): boolean => /judge|verifier/i.test(text) && /fail/i.test(text);
const ASKING = /^Running \S+ requests/;
const POSTPROCESSED = /^Postprocessed \d+ docs for (\S+)\/([^/\s]*) with /;
const CACHE_HITS = /^ResponseCache: (?:all )?(\d+)(?:\/\d+ cache hits| requests served from cache)/;

/** Reads through a log, in constant memory; one that is gone has no errors. @throws when it cannot be read. */
export async function readLogErrors(path: string): Promise<LogErrors> {
  let answers = nothing();
  const others = nothing();
  const judgements = new Map<string, Logged>();
  let scored = createTally();
  let cached: number | null = null;
  let isAsked = false;

  await eachRecord(path, ({ level, logger, site, text }) => {
    const isError = level === 'ERROR' || level === 'CRITICAL';
    if (MODELS.test(logger)) {
      if ((isError || QUIET_FAILURE.test(text)) && !NOT_LAST.test(text)) note(answers, text);
    } else if (logger === 'lmms_eval.caching.response_cache') {
      if (text.startsWith('ResponseCache')) cached = Math.max(cached ?? 0, 0);
      const hits = CACHE_HITS.exec(text);
      // Where all were cached both lines are written.
      if (hits !== null && !text.includes('served from cache')) cached = (cached ?? 0) + Number(hits[1]);
    } else if (logger === 'lmms_eval.evaluator') {
      // What was logged while the model was loaded is of no answer.
      if (!isAsked && ASKING.test(text)) {
        isAsked = true;
        answers = nothing();
      }
      const task = POSTPROCESSED.exec(text)?.[1];
      if (task === undefined || (judgements.size >= runLimits.tasks && !judgements.has(task))) return;
      judgements.set(task, joined(judgements.get(task), scored.judgements()));
      addTo(others, scored.others);
      scored = createTally();
    } else if (!NOT_LAST.test(text) && !HARNESS.test(logger)) {
      const isJudgement = isError ? JUDGES.test(logger) || JUDGEMENT.test(text) : level === 'WARNING' && isLost(text);
      if (isJudgement) scored.judge(site, text);
      else if (isError) note(scored.others, text);
    }
  });
  addTo(others, scored.judgements());
  addTo(others, scored.others);
  return { answers, judgements, others, cached };
}

type Record = { level: string; logger: string; site: string; text: string };

async function eachRecord(path: string, visit: (record: Record) => void): Promise<void> {
  const file = await openLog(path);
  if (file === null) return;
  try {
    const cleaner = new TextCleaner();
    const chunk = Buffer.allocUnsafe(CHUNK);
    let line = '';
    let isLong = false;
    const take = (text: string) => {
      const pieces = text.split('\n');
      pieces.forEach((piece, index) => {
        if (index > 0) {
          const record = recordOf(line);
          if (record !== null) visit(record);
          line = '';
          isLong = false;
        }
        if (!isLong) line += piece.slice(0, LONGEST_LINE);
        isLong = line.length >= LONGEST_LINE;
      });
    };
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      // What matters is in ASCII; a character cut in two at a border is of a model's or a user's text.
      take(cleaner.clean(chunk.subarray(0, bytesRead)).toString());
    }
    take(`${cleaner.end().toString()}\n`);
  } finally {
    await file.close();
  }
}

function recordOf(line: string): Record | null {
  const found = RECORD.exec(line);
  if (found === null) return null;
  if (!mayStandBefore(line.slice(0, found.index))) return null;
  const [whole, level = '', logger = '', name = '', number = ''] = found;
  const text = line.slice(found.index + whole.length, found.index + whole.length + LONGEST_WORDS);
  return { level, logger, site: `${logger}:${name}:${number}`, text };
}

const nothing = (): Logged => ({ count: 0, first: null });

function note(logged: Logged, text: string): void {
  logged.count += 1;
  logged.first ??= text;
}

function addTo(logged: Logged, { count, first }: Logged): void {
  logged.count += count;
  logged.first ??= first;
}

function joined(one: Logged | undefined, other: Logged): Logged {
  const both = { ...(one ?? nothing()) };
  addTo(both, other);
  return both;
}

/**
 * What is logged between two tasks. A judgement that failed is often logged twice, by the code that asked and by the code that wanted to know:
 * the line of code that logged most often is taken for their number.
 */
function createTally() {
  const bySite = new Map<string, Logged>();
  return {
    others: nothing(),
    judge(site: string, text: string): void {
      const known = bySite.get(site);
      if (known === undefined && bySite.size >= MOST_SITES) return;
      const logged = known ?? nothing();
      bySite.set(site, logged);
      note(logged, text);
    },
    judgements(): Logged {
      const count = bySite.values().reduce((most, logged) => Math.max(most, logged.count), 0);
      // The last of them has the reason: the first only that all attempts failed.
      return { count, first: [...bySite.values()].at(-1)?.first ?? null };
    },
  };
}
