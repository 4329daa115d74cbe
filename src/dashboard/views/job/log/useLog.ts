import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { JobInfo } from '../../../../client/index.ts';
import { go, href, type Location } from '../../../location.ts';
import { useLive } from '../../../state/live.ts';
import { createLogView, type LogGoal, type LogState, type LogView } from './logView.ts';
import type { Row } from './rows.ts';
import { createLogSource } from './source.ts';

/** Milliseconds between looks at a log that grows. */
const GROWTH_EVERY = 1_000;

export type OpenedLog = {
  state: LogState | null;
  view: LogView;
  /** The address of a line: by its number, or by its byte where that is not known. */
  addressOf(row: Row, line: number | null): string;
  /** Marks a row, and has the address lead to it. */
  mark(row: Row, line: number | null): void;
  /** Has the address show another line or text, and the log follow it. */
  ask(query: { line?: number | undefined; q?: string | undefined }): void;
};

/** Opens the log of a job at what the address says, and follows it while the job runs. @param task of a split one the task that is meant. */
export function useLog(job: JobInfo, task: string | undefined, { path, query }: Location): OpenedLog {
  const { client } = useLive();
  const { job_id: id } = job;
  const [state, setState] = useState<LogState | null>(null);
  const view = useMemo(() => createLogView(createLogSource(client, id, task), setState), [id, task]);
  const isRunning = job.status === 'running';
  const asked = query.toString();
  /** What the view shows already. */
  const shown = useRef<string | null>(null);

  useEffect(() => () => view.close(), [view]);
  useEffect(() => {
    if (shown.current === asked) return;
    const isFirst = shown.current === null;
    shown.current = asked;
    const goal = goalOf(query, isRunning);
    if (isFirst) void view.open(goal);
    else if (goal.line !== null) void view.toLine(goal.line);
    else if (goal.byte !== null) void view.toByte(goal.byte, true);
    else if (goal.text !== '') void view.search({ kind: 'text', text: goal.text });
  }, [view, asked]);
  useEffect(() => {
    if (!isRunning) {
      // What was written last.
      if (shown.current !== null && state !== null) void view.grow();
      return;
    }
    const timer = setInterval(() => document.hidden || void view.grow(), GROWTH_EVERY);
    return () => clearInterval(timer);
  }, [view, isRunning]);

  const addressOf = (row: Row, line: number | null) =>
    href([path[0] ?? 'jobs', id, 'log'], { task, ...(line === null ? { at: row.start } : { line }) });
  return {
    state,
    view,
    addressOf,
    mark: (row, line) => {
      const address = addressOf(row, line);
      shown.current = new URLSearchParams(address.split('?')[1]).toString();
      view.select(row.start);
      go(address, { replace: true });
    },
    ask: (wanted) => {
      const address = href(['jobs', id, 'log'], { task, ...wanted });
      const next = new URLSearchParams(address.split('?')[1]).toString();
      // Asked for once more, it is shown once more.
      if (next === asked) shown.current = '';
      go(address, { replace: true });
    },
  };
}

function goalOf(query: URLSearchParams, isRunning: boolean): LogGoal {
  const [line, byte] = [wholeNumber(query.get('line')), wholeNumber(query.get('at'))];
  return {
    line: line === 0 ? null : line,
    byte,
    error: query.get('error') !== null,
    text: query.get('q') ?? '',
    follow: isRunning || query.get('follow') !== null,
  };
}

const wholeNumber = (text: string | null): number | null => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : null);
