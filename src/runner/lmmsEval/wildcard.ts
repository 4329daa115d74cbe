/** Whether lmms-eval takes a task's name for a pattern. */
export function isWildcard(name: string): boolean {
  return /[*?[]/.test(name);
}

/**
 * Whether a text matches a pattern of `*`, `?`, `[abc]`, `[a-z]` and `[!a]`, as Python's fnmatch reads it. Returns to
 * the last star only, so the time is at most the product of the two lengths.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  const parts = partsOf(pattern);
  let part = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    const current = parts[part];
    if (current === '*') {
      star = part;
      resume = at;
      part += 1;
    } else if (current !== undefined && matchesOne(current, text.charAt(at))) {
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
  for (let at = 0; at < pattern.length; ) {
    const isBracket = pattern[at] === '[';
    // The first character inside may be the closing bracket itself, after a `!` too.
    const close = isBracket ? pattern.indexOf(']', at + (pattern[at + 1] === '!' ? 3 : 2)) : -1;
    const end = close < 0 ? at + 1 : close + 1;
    parts.push(pattern.slice(at, end));
    at = end;
  }
  return parts;
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
