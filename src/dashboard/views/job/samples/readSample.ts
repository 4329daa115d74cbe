import type { SamplesPage } from '../../../../client/index.ts';

export type Sample = SamplesPage['samples'][number];

/** A sample taken apart, as texts; null: it has none. */
export type ReadSample = {
  id: string | null;
  question: string | null;
  target: string | null;
  /** What was scored: the answer as the filters left it. */
  answer: string | null;
  /** What the model said, where the filters changed it. */
  said: string | null;
  /** All else that the harness or the task wrote. */
  fields: readonly { name: string; text: string }[];
};

/** Why a sample is not given as it is, and how it begins. */
export type CutSample = { reason: string; bytes: number; text: string };

/** Of these the first that a sample has is shown. Harnesses and tasks write different ones. */
const QUESTIONS = ['input', 'prompt', 'question', 'arguments', 'messages'];
const ANSWERS = ['filtered_resps', 'resps', 'response', 'prediction', 'answer', 'output', 'completion'];
const SAID = ['resps', 'response'];
const IDS = ['doc_id', 'id'];
/** Characters of a field that are shown beside others; the JSON has all of it. */
const LONGEST_FIELD = 2_000;
/** Levels of lists and messages that are read as text. */
const DEEPEST = 6;

/** @returns null of a sample that is given as it is. */
export function cutOf(sample: Sample): CutSample | null {
  const cut = fieldOf(sample, 'evald_cut');
  if (!isObject(cut) || Object.keys(sample).length !== 1) return null;
  const { reason, bytes, text } = cut as { [name: string]: unknown };
  return typeof reason === 'string' && typeof bytes === 'number' && typeof text === 'string'
    ? { reason, bytes, text }
    : null;
}

/** Takes a sample apart, whatever wrote it. */
export function readSample(sample: Sample): ReadSample {
  const nameOf = (names: readonly string[]) => names.find((name) => (fieldOf(sample, name) ?? null) !== null);
  const textAt = (name: string | undefined) => (name === undefined ? null : textOf(fieldOf(sample, name)));
  const [id, question, answer] = [nameOf(IDS), nameOf(QUESTIONS), nameOf(ANSWERS)];
  const said = textAt(nameOf(SAID.filter((name) => name !== answer)));
  const shown = new Set([id, question, answer, 'target', ...(said === null ? [] : SAID)]);
  return {
    id: textAt(id),
    question: textAt(question),
    target: textAt('target' in sample ? 'target' : undefined),
    answer: textAt(answer),
    said: said === textAt(answer) ? null : said,
    fields: Object.entries(sample)
      .filter(([name]) => !shown.has(name))
      .map(([name, value]) => ({ name, text: cutText(withoutBytes(textOf(value)), LONGEST_FIELD) })),
  };
}

/** A sample as JSON: every number as the harness wrote it. */
export const sampleJson = (sample: Sample): string => JSON.stringify(sample, null, 2);

/** A value as text: what stands alone in lists is taken out of them, messages are read one after the other. */
export function textOf(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  if (Array.isArray(value) && depth < DEEPEST) {
    if (value.length === 1) return textOf(value[0], depth + 1);
    if (value.length > 0 && value.every(isMessage)) {
      return value.map((item) => messageText(item, depth)).join('\n\n');
    }
  }
  return JSON.stringify(value);
}

/** Pictures and sounds are shown as such: as text they say nothing. */
const BYTES = /[A-Za-z0-9+/]{240,}={0,2}/g;
const BEGINNING = 24;

const withoutBytes = (text: string): string =>
  text.replace(BYTES, (bytes) => `${bytes.slice(0, BEGINNING)}… (${bytes.length.toLocaleString('en-US')} characters)`);

/** @param most characters. */
export const cutText = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most).toWellFormed()}…` : text;

type Message = { role?: unknown; type?: unknown; content?: unknown; text?: unknown };

/** What chats are made of: a role with a content, or a part of a content with its type. */
const isMessage = (value: unknown): value is Message =>
  isObject(value) && (typeof (value as Message).role === 'string' || typeof (value as Message).type === 'string');

function messageText({ role, type, content, text }: Message, depth: number): string {
  if (typeof role === 'string') return `${role}: ${textOf(content, depth + 1)}`;
  return typeof text === 'string' ? text : `(${String(type)})`;
}

const fieldOf = (sample: Sample, name: string): unknown =>
  Object.hasOwn(sample, name) ? (sample as { readonly [name: string]: unknown })[name] : undefined;

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
