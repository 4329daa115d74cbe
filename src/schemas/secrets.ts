import type { JsonValue } from './json.ts';

/** Stands where a value is kept back. */
export const MASK = '***';

/** Values that were kept back, by their paths: keys and indexes as a JSON list. */
export type SecretValues = { [path: string]: JsonValue };

/** What of a name's values is kept back: all of them, or its texts, where numbers are counts. */
type Secrecy = 'all' | 'texts';

type Path = readonly PropertyKey[];

/**
 * What the values of a name are, as its words tell: `*key*`, `*secret*`, `*password*` and `auth*` are credentials;
 * `*token*` is one when it is a text (`max_new_tokens: 1024` is a count). The name of a tokenizer is none.
 */
export function secrecyOf(name: string): Secrecy | null {
  const words = name.replaceAll(/tokeni[sz]/gi, '');
  if (/key|secret|password|^auth/i.test(words)) return 'all';
  return /token/i.test(words) ? 'texts' : null;
}

/**
 * A value as it is shown: what lies under the name of a credential, at any depth, is masked. Null stays null, and a
 * boolean is no credential whatever its name.
 * @param found takes what was kept back.
 */
export function maskValue(value: JsonValue, path: Path, found: SecretValues = {}): JsonValue {
  return replaced(value, path, secrecyOfPath(path), (leaf, at) => {
    found[keyOf(at)] = leaf;
    return MASK;
  });
}

/** The value that was masked. What was not kept back stays masked. @param values as `maskValue` found them. */
export function revealValue(value: JsonValue, path: Path, values: SecretValues): JsonValue {
  return replaced(value, path, secrecyOfPath(path), (leaf, at) => values[keyOf(at)] ?? leaf);
}

/** Paths below a value where the mask stands. */
export function maskedPaths(value: JsonValue, path: Path): Path[] {
  const paths: Path[] = [];
  replaced(value, path, secrecyOfPath(path), (leaf, at) => {
    if (leaf === MASK) paths.push(at);
    return leaf;
  });
  return paths;
}

/** Whether what was sent at a place may be a credential, and is not to be repeated. */
export function isKeptBack(value: unknown, path: Path): boolean {
  const secrecy = secrecyOfPath(path);
  if (typeof value === 'string') return secrecy !== null || (isWhole(path) && mentionsSecrets(value));
  return typeof value === 'number' && secrecy === 'all';
}

/** Arguments that were sent as one text, `api_key=…,model=…`, or a body that was encoded twice. */
const isWhole = (path: Path): boolean => path.length === 0 || (path.length === 1 && path[0] === 'model_args');
const mentionsSecrets = (text: string): boolean => /key|secret|password|auth|token/i.test(text);

/** Replaces every text and number that a credential's name stands over. */
function replaced(
  value: JsonValue,
  path: Path,
  secrecy: Secrecy | null,
  replace: (leaf: JsonValue, path: Path) => JsonValue,
): JsonValue {
  if (Array.isArray(value)) return value.map((inner, index) => replaced(inner, [...path, index], secrecy, replace));
  if (typeof value === 'object' && value !== null) {
    const inner = Object.entries(value).map(([name, item]) => {
      const own = secrecyOf(name);
      return [name, replaced(item, [...path, name], secrecy === 'all' ? secrecy : (own ?? secrecy), replace)] as const;
    });
    return Object.fromEntries(inner);
  }
  const isSecret = typeof value === 'string' ? secrecy !== null : typeof value === 'number' && secrecy === 'all';
  return isSecret ? replace(value, path) : value;
}

function secrecyOfPath(path: Path): Secrecy | null {
  const found = path.map((name) => (typeof name === 'string' ? secrecyOf(name) : null));
  return found.includes('all') ? 'all' : found.includes('texts') ? 'texts' : null;
}

const keyOf = (path: Path): string => JSON.stringify(path);
