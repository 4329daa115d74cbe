import { excessOf, MAX_BODY_DEPTH } from '../errors/jsonFault.ts';
import type { JsonValue } from '../values/json.ts';
import { requestLimits } from '../values/limits.ts';
import { credentialsIn, isMarkup, isPlain, looksRandom, type Sensitivity, sensitivityOf } from './credentials.ts';
import { secretNameIn } from './secretName.ts';

/** Stands where a value is kept back. */
export const MASK = '***';

/** Values that were kept back, by their paths: keys and indexes as a JSON list. */
export type SecretValues = { [path: string]: JsonValue };

type Path = readonly PropertyKey[];

/**
 * A value as it is shown: what lies under the name of a credential, at any depth, is masked, and so is what looks like one
 * within a text. Null stays null, a boolean is no credential whatever its name, and `secret:NAME` only says which one it is.
 * @param found takes the values of which something was kept back, whole.
 */
export function maskValue(value: JsonValue, path: Path, found: SecretValues = {}): JsonValue {
  return replaced(value, path, sensitivityOfPath(path), (leaf, at, isSecret) => {
    if (isSecret && secretNameIn(leaf) !== null) return leaf;
    const shown = isSecret ? MASK : maskText(String(leaf));
    if (shown !== leaf) found[keyOf(at)] = leaf;
    return shown;
  });
}

/**
 * A value with other texts in it; the same when none is replaced. @param replace gets each text, each number that is a credential,
 * where it stands, and whether its name says that it is one.
 */
export function replaceTexts(
  value: JsonValue,
  replace: (leaf: JsonValue, path: Path, isSecret: boolean) => JsonValue,
): JsonValue {
  return replaced(value, [], null, replace);
}

/** The value that was masked. What was not kept back stays masked. @param values as `maskValue` found them, below no path. */
export function revealValue(value: JsonValue, values: SecretValues): JsonValue {
  // By the paths of the credentials: there may be many more values, and each path may be long.
  return Object.entries(values).reduce((whole, [key, leaf]) => withLeaf(whole, JSON.parse(key), leaf), value);
}

/** The value with another leaf at a path; the same where there is nothing. */
function withLeaf(value: JsonValue, [name, ...rest]: Path, leaf: JsonValue): JsonValue {
  if (name === undefined) return leaf;
  if (Array.isArray(value)) {
    const at = Number(name);
    const item = value[at];
    return item === undefined ? value : value.with(at, withLeaf(item, rest, leaf));
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return value;
  const item = value[String(name)] ?? null;
  return { ...value, [String(name)]: withLeaf(item, rest, leaf) };
}

/** Paths below a value where a mask stands. */
export function maskedPaths(value: JsonValue, path: Path): Path[] {
  const paths: Path[] = [];
  replaced(value, path, sensitivityOfPath(path), (leaf, at, isSecret) => {
    if (isSecret ? leaf === MASK : isMasked(leaf)) paths.push(at);
    return leaf;
  });
  return paths;
}

/** The texts that are not to be seen anywhere, of values that `maskValue` kept back. */
export function secretTexts(values: SecretValues): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path: Path = JSON.parse(key);
    const inner = sensitivityOfPath(path) === null ? hiddenTexts(String(value)) : [];
    // Without one to be seen in it, it is one for what stands beside it: see `replaced`.
    return inner.length > 0 ? inner : [String(value)];
  });
}

/** All credentials below a value, masked ones too, and the most characters of names that stand over one. */
export function credentialsBelow(value: JsonValue): { texts: string[]; longestPath: number } {
  const texts: string[] = [];
  let longestPath = 0;
  replaced(value, [], null, (leaf, at, isSecret) => {
    const own = isSecret ? [String(leaf)] : hiddenTexts(String(leaf));
    if (own.length > 0)
      longestPath = Math.max(
        longestPath,
        at.reduce<number>((sum, name) => sum + String(name).length, 0),
      );
    texts.push(...own);
    return leaf;
  });
  return { texts, longestPath };
}

/** Whether credentials are more, or longer, than a field of a request may have (`requestLimits`). */
export function areTooMany(credentials: readonly string[]): boolean {
  const { credentials: most, credential: longest, credentialText } = requestLimits;
  const characters = credentials.reduce((sum, { length }) => sum + length, 0);
  return credentials.length > most || characters > credentialText || credentials.some(({ length }) => length > longest);
}

/** What is wrong with a field of which they are. */
export const tooManyCredentials = (field: string): string =>
  `\`${field}\` should have at most ${requestLimits.credentials} credentials of at most ${requestLimits.credential} characters, and ${requestLimits.credentialText} in all of them`;

/** JSON within a text that is read as such. */
const READABLE = { depth: MAX_BODY_DEPTH, values: requestLimits.argValues };
/** Levels of JSON within a text within JSON that are looked into. */
const DEEPEST_TEXT = 4;

/** A text with a mask for each credential in it; the same when it has none. JSON is read as JSON. */
export function maskText(text: string, depth = 0): string {
  const inner = depth < DEEPEST_TEXT ? jsonWithin(text) : undefined;
  if (inner !== undefined) {
    const shown = replaced(inner, [], null, (leaf, _, isSecret) =>
      isSecret ? MASK : maskText(String(leaf), depth + 1),
    );
    return shown === inner ? text : JSON.stringify(shown);
  }
  let shown = '';
  let at = 0;
  for (const { start, end } of credentialsIn(text)) {
    shown += text.slice(at, start) + MASK;
    at = end;
  }
  return shown + text.slice(at);
}

/** The credentials that `maskText` masks. */
export function hiddenTexts(text: string, depth = 0): string[] {
  const inner = depth < DEEPEST_TEXT ? jsonWithin(text) : undefined;
  if (inner === undefined) return credentialsIn(text).map(({ secret }) => secret);
  const found: string[] = [];
  replaced(inner, [], null, (leaf, _, isSecret) => {
    if (isSecret) found.push(String(leaf));
    else for (const text of hiddenTexts(String(leaf), depth + 1)) found.push(text);
    return leaf;
  });
  return found;
}

/** The object or list that a text is the JSON of. What is deeper than a request may be is a text like another. */
function jsonWithin(text: string): JsonValue | undefined {
  if (!/^\s*[[{]/.test(text) || excessOf(text, READABLE) !== null) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** What no text has by chance: masked where a mask stands, the text is what it was. */
const PROBE = 'A1b2-C3d4-E5f6-masked';

const isMasked = (leaf: JsonValue): boolean =>
  typeof leaf === 'string' && leaf.includes(MASK) && maskText(leaf.replaceAll(MASK, PROBE)) === leaf;

/** Whether what was sent at a place may be a credential, and is not to be repeated. */
export function isKeptBack(value: unknown, path: Path): boolean {
  const sensitivity = sensitivityOfPath(path);
  if (typeof value === 'string') {
    return sensitivity !== null || maskText(value) !== value || (isList(path) && mentionsSecrets(value));
  }
  return typeof value === 'number' && sensitivity === 'all';
}

/** Arguments that were sent as one text, `api_key=…,model=…`, or a body that was encoded twice. */
const isList = (path: Path): boolean =>
  path.length === 0 || (path.length === 1 && (path[0] === 'model_args' || path[0] === 'gen_kwargs'));
const mentionsSecrets = (text: string): boolean => /key|secret|pass|pwd|cred|cookie|bearer|auth|token/i.test(text);

/**
 * Replaces every text, and every number that a credential's name stands over or beside (`[name, value]`). What has nothing
 * replaced in it stays the same object: most of a request does.
 */
function replaced(
  value: JsonValue,
  path: Path,
  sensitivity: Sensitivity | null,
  replace: (leaf: JsonValue, path: Path, isSecret: boolean) => JsonValue,
): JsonValue {
  if (Array.isArray(value)) {
    const beside = value.length === 2 && typeof value[1] === 'string' ? sensitivityBy(value[0]) : null;
    const inner = value.map((item, index) =>
      replaced(item, [...path, index], sensitivity ?? (index === 1 ? beside : null), replace),
    );
    return inner.every((item, index) => item === value[index]) ? value : inner;
  }
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value);
    const naming = sensitivity === 'all' ? undefined : names.find((name) => isNaming(name, value[name], value));
    let shown = value;
    for (const name of names) {
      const item = value[name] as JsonValue;
      const own = naming === undefined ? sensitivityOf(name) : besideOf(name, naming, value[naming]);
      const inner = replaced(item, [...path, name], sensitivity === 'all' ? 'all' : (own ?? sensitivity), replace);
      if (inner === item) continue;
      if (shown === value) shown = { ...value };
      shown[name] = inner;
    }
    return shown;
  }
  const isSecret =
    typeof value === 'string'
      ? sensitivity === 'all' || (sensitivity === 'texts' && !isOfTokens(value, path))
      : typeof value === 'number' && sensitivity === 'all';
  return isSecret || typeof value === 'string' ? replace(value, path, isSecret) : value;
}

/** Whether it names what stands under `value` beside it, as lists of headers and variables have it. */
const isNaming = (name: string, item: JsonValue | undefined, beside: object): boolean =>
  (name === 'name' || name === 'key') && Object.hasOwn(beside, 'value') && sensitivityBy(item) !== null;

/** The sensitivity of a member of an object that names its value. */
const besideOf = (name: string, naming: string, item: JsonValue | undefined): Sensitivity | null =>
  name === 'value' ? sensitivityBy(item) : name === naming ? null : sensitivityOf(name);

const sensitivityBy = (name: JsonValue | undefined): Sensitivity | null =>
  typeof name === 'string' && !looksRandom(name) && /^[\w.-]{1,100}$/.test(name) ? sensitivityOf(name) : null;

/** A token of a model, or a count of tokens as a text: neither is a credential. */
function isOfTokens(text: string, path: Path): boolean {
  const name = path.findLast((part) => typeof part === 'string') ?? '';
  return isMarkup(text) || (/tokens/i.test(name) && isPlain(text, 'texts'));
}

function sensitivityOfPath(path: Path): Sensitivity | null {
  const found = path.map((name) => (typeof name === 'string' ? sensitivityOf(name) : null));
  return found.includes('all') ? 'all' : found.includes('texts') ? 'texts' : null;
}

const keyOf = (path: Path): string => JSON.stringify(path);
