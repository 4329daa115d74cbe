/** Levels of objects and lists that a request body may have, the body itself included. */
export const MAX_BODY_DEPTH = 201;

/** The first thing in a body that no field may hold, and where it is. */
export type ValueFault = { path: (string | number)[]; message: string; input: unknown };

type Position = { value: unknown; key: string | number; depth: number; parent: Position | null };

/**
 * Looks through a parsed body for what nothing downstream could carry: nesting beyond `MAX_BODY_DEPTH`, NUL (no command
 * line can hold it), lone surrogates (no UTF-8 can) and the key `__proto__`. Uses no recursion, so depth cannot exhaust the stack.
 */
export function findValueFault(body: unknown): ValueFault | undefined {
  const whole: Position = { value: body, key: '', depth: 1, parent: null };
  const message = faultOf('', body, 1);
  if (message !== undefined) return describe(whole, message);
  const open = isContainer(body) ? [whole] : [];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const container = place.value as { readonly [name: string]: unknown };
    const inList = Array.isArray(container);
    const depth = place.depth + 1;
    for (const name of Object.keys(container)) {
      const value = container[name];
      const fault = faultOf(name, value, depth);
      // Most values are neither: nothing is made for them.
      if (fault === undefined && !isContainer(value)) continue;
      const position = { value, key: inList ? Number(name) : name, depth, parent: place };
      if (fault !== undefined) return describe(position, fault);
      open.push(position);
    }
  }
  return undefined;
}

const isContainer = (value: unknown): boolean => typeof value === 'object' && value !== null;

function faultOf(name: string, value: unknown, depth: number): string | undefined {
  if (depth > MAX_BODY_DEPTH && isContainer(value)) {
    return `is nested too deeply; at most ${MAX_BODY_DEPTH - 1} levels are allowed in a field`;
  }
  const fault = faultOfText(name) ?? (typeof value === 'string' ? faultOfText(value) : undefined);
  return fault ?? (name === '__proto__' ? 'has the key `__proto__`, which is not allowed' : undefined);
}

function faultOfText(text: string): string | undefined {
  if (text.includes('\0')) return 'has a NUL character (\\u0000), which is not allowed anywhere';
  return text.isWellFormed() ? undefined : 'has half of a surrogate pair; text must be valid Unicode';
}

function describe(place: Position, what: string): ValueFault {
  const path: (string | number)[] = [];
  for (let at: Position | null = place; at?.parent; at = at.parent) path.unshift(at.key);
  const [field] = path;
  return {
    path: place.depth > MAX_BODY_DEPTH ? path.slice(0, 1) : path,
    message: `${field === undefined ? 'The body' : `\`${field}\``} ${what}`,
    input: place.value,
  };
}

/** What a text of JSON has too much of; null: nothing. Nothing is made of it, for that is what could take all memory. */
export function excessOf(text: string, most: { depth: number; values: number }): 'depth' | 'values' | null {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === ',') values += 1;
    else if (character === ']' || character === '}') depth -= 1;
    else if (character === '[' || character === '{') {
      depth += 1;
      values += 1;
    }
    if (depth > most.depth) return 'depth';
    if (values > most.values) return 'values';
  }
  return null;
}

/** @param quote where a string of JSON begins. @returns where what follows it begins. */
export function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
