/** Steps that may still be taken: of work that a file and a request decide together, only a budget bounds the time. */
export type Steps = { left: number };

/**
 * Whether a text matches a pattern of `*`, `?`, `[abc]`, `[a-z]` and `[!a]`, as Python's fnmatch reads it. The time is at
 * most the product of the two lengths.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  return wildcard(pattern)(text);
}

/** The same for many texts. @param steps when they are used up, nothing matches any more. */
export function wildcard(pattern: string, steps: Steps = { left: Infinity }): (text: string) => boolean {
  const parts = partsOf(pattern);
  return (text) => matchesParts(parts, text.split(''), matchesOne, steps);
}

/**
 * Whether a pattern of `*` and `?` matches everything that a name stands for, which may be a pattern itself: `mm*` covers
 * `mmmu*`, and `mm?` does not cover `mm*`. A name that it does cover may be refused, e.g. `[ab]` by `[ab]`.
 */
export function coversWildcard(pattern: string, name: string): boolean {
  return matchesParts(partsOf(pattern), partsOf(name), coversOne);
}

/** Returns to the last star only. */
function matchesParts(
  parts: readonly string[],
  items: readonly string[],
  matches: (part: string, item: string) => boolean,
  steps: Steps = { left: Infinity },
): boolean {
  steps.left -= items.length;
  let part = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let item = items[at]; item !== undefined; item = items[at]) {
    const current = parts[part];
    steps.left -= current?.length ?? 1;
    if (steps.left < 0) return false;
    if (current === '*') {
      star = part;
      resume = at;
      part += 1;
    } else if (current !== undefined && matches(current, item)) {
      part += 1;
      at += 1;
    } else if (star >= 0) {
      part = star + 1;
      resume += 1;
      at = resume;
    } else {
      return false;
    }
  }
  return parts.slice(part).every((rest) => rest === '*');
}

/** One part a character, `*`, `?` or bracket expression. A bracket that is not closed stands for itself. */
function partsOf(pattern: string): string[] {
  const parts: string[] = [];
  // A bracket after the last closing one is not closed: looked for from each, a text of brackets would take its square.
  const lastClose = pattern.lastIndexOf(']');
  for (let at = 0; at < pattern.length; ) {
    const isBracket = pattern[at] === '[' && at < lastClose;
    // The first character inside may be the closing bracket itself, after a `!` too.
    const close = isBracket ? pattern.indexOf(']', at + (pattern[at + 1] === '!' ? 3 : 2)) : -1;
    const end = close < 0 ? at + 1 : close + 1;
    parts.push(pattern.slice(at, end));
    at = end;
  }
  return parts;
}

/** @param item a character, or what stands for one (`?`, a bracket expression) or for any text (`*`). */
function coversOne(part: string, item: string): boolean {
  if (item === '*') return false;
  return part === '?' || (part === item && item.length === 1);
}

function matchesOne(part: string, character: string): boolean {
  if (part === '?') return true;
  if (part.length < 3) return part === character;
  const negated = part[1] === '!';
  const members = part.slice(negated ? 2 : 1, -1);
  let found = false;
  for (let at = 0; at < members.length; at++) {
    const isRange = members[at + 1] === '-' && at + 2 < members.length;
    const from = members.charAt(at);
    const to = isRange ? members.charAt(at + 2) : from;
    if (character >= from && character <= to) found = true;
    if (isRange) at += 2;
  }
  return found !== negated;
}
