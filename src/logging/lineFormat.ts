import type { JobStatus } from '../schemas/job/job.ts';
import type { FailureKind } from '../schemas/job/outcome.ts';
import { cutMessage, logLine, OBEYED } from './logLine.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/**
 * What an event is of, for programs that read the log; what it is not of is absent. None has the name of what every line has: `time`,
 * `level`, `msg`. A text may be long: it is cut.
 */
export type LogFields = Readonly<{
  /** What happened to a job, as in its events: `submitted`, `failed`. */
  event?: string;
  job_id?: string;
  harness?: string | null;
  /** The state of the job from then on. */
  status?: JobStatus;
  /** Of a failure: `exited`, `lost`. */
  kind?: FailureKind;
  model?: string;
  tasks?: readonly string[];
  priority?: number;
  devices?: readonly string[];
  log?: string;
  node?: string;
  /** The token by which it was asked for. */
  by?: string | null;
  /** True of a job that an earlier run was imported as. */
  imported?: true;
  /** The part of a split job, and the attempt at it or at the job, from 1. */
  part?: number;
  attempt?: number;
  /** The number of a webhook, and whether it was delivered, is posted again, or was given up. */
  webhook?: number;
  verdict?: string;
  /** A request, the status of its answer, and milliseconds until that began. */
  method?: string;
  path?: string;
  answered?: number;
  duration_ms?: number;
  /** Lines that could not be written. */
  dropped?: number;
  /** With which the server ends. */
  exit_code?: number;
}>;

/** An event as one line. */
export type LineFormat = (level: Level, message: string, fields?: LogFields) => string;

/** As a person reads it: `time LEVEL message`. */
export const textFormat: LineFormat = (level, message) => logLine(level.toUpperCase().padEnd(5), message);

/** Characters of a text in a field that are written, and values of a list. */
const MOST_OF_A_FIELD = 500;
const MOST_VALUES = 50;

/** The format of a name. pino is loaded where it is needed alone: a start takes as long without it as it did. */
export async function lineFormat(name: 'text' | 'json'): Promise<LineFormat> {
  if (name === 'text') return textFormat;
  const { pino } = await import('pino');
  let line = '';
  const logger = pino(
    {
      base: null,
      level: 'debug',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    // How and when lines are written is ours (`log.ts`): writing never waits.
    { write: (written: string) => (line = written) },
  );
  return (level, message, fields = {}) => {
    logger[level](cutFields(fields), cutMessage(message));
    // JSON has no such character outside of a text, and there it may be escaped.
    return `${line.trimEnd().replace(OBEYED, escaped)}\n`;
  };
}

const cutFields = (fields: LogFields): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cutValue(value)]));

function cutValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, MOST_VALUES).map(cutValue);
  return typeof value === 'string' && value.length > MOST_OF_A_FIELD
    ? `${value.slice(0, MOST_OF_A_FIELD).toWellFormed()}…`
    : value;
}

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
