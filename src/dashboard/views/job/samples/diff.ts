export type Part = { kind: 'both' | 'target' | 'answer'; text: string };

/** Words of each side between what both begin and end with; of more it is only said that they differ. */
const MOST_WORDS = 600;

/** What an answer has of its target, word by word, and what either has alone. */
export function diff(target: string, answer: string): Part[] {
  const [before, after] = [wordsOf(target), wordsOf(answer)];
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start += 1;
  let end = 0;
  const left = Math.min(before.length, after.length) - start;
  while (end < left && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const middle = [before.slice(start, before.length - end), after.slice(start, after.length - end)] as const;
  return joined([
    ...before.slice(0, start).map(both),
    ...between(...middle),
    ...before.slice(before.length - end).map(both),
  ]);
}

function between(target: readonly string[], answer: readonly string[]): Part[] {
  if (target.length > MOST_WORDS || answer.length > MOST_WORDS) {
    return [...target.map(inTarget), ...answer.map(inAnswer)];
  }
  // Lengths of the longest common subsequence of what begins at each pair of words.
  const width = answer.length + 1;
  const lengths = new Uint16Array((target.length + 1) * width);
  const lengthAt = (row: number, column: number) => lengths[row * width + column] ?? 0;
  for (let row = target.length - 1; row >= 0; row--) {
    for (let column = answer.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        target[row] === answer[column]
          ? lengthAt(row + 1, column + 1) + 1
          : Math.max(lengthAt(row + 1, column), lengthAt(row, column + 1));
    }
  }
  const parts: Part[] = [];
  let [row, column] = [0, 0];
  while (row < target.length && column < answer.length) {
    if (target[row] === answer[column]) {
      parts.push(both(target[row] ?? ''));
      row += 1;
      column += 1;
    } else if (lengthAt(row + 1, column) >= lengthAt(row, column + 1)) parts.push(inTarget(target[row++] ?? ''));
    else parts.push(inAnswer(answer[column++] ?? ''));
  }
  return [...parts, ...target.slice(row).map(inTarget), ...answer.slice(column).map(inAnswer)];
}

/** Words, and what stands between them: joined they are the text. */
const wordsOf = (text: string): string[] => text.match(/\s+|[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]/gu) ?? [];

const both = (text: string): Part => ({ kind: 'both', text });
const inTarget = (text: string): Part => ({ kind: 'target', text });
const inAnswer = (text: string): Part => ({ kind: 'answer', text });

function joined(parts: readonly Part[]): Part[] {
  const all: Part[] = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (last?.kind === part.kind) last.text += part.text;
    else all.push({ ...part });
  }
  return all;
}
