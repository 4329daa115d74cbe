/** Where a text stops being JSON. */
export type SyntaxFault = {
  /** In characters (code points) from 0, as Python counts. */
  position: number;
  expected: string;
  /** Keys and indexes that lead to the place. */
  path: (string | number)[];
  /** NaN or an infinity, where one stands: Python writes them into its JSON. */
  notFinite: string | null;
};

type Level = { closer: '}' | ']'; key: string | number };
type Expected =
  | 'a value'
  | 'a value or ]'
  | 'a key in double quotes'
  | 'a key in double quotes or }'
  | ':'
  | ', or the end';

const space = /[ \t\n\r]*/y;
const scalar =
  /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;
const notANumber = /-?Infinity|NaN/y;

/**
 * Finds what `JSON.parse` has refused. It says that something is wrong, but not always where, and clients of the original
 * get the position. Keeps its own stack, so that depth cannot exhaust the machine's. @param text no JSON.
 */
export function findSyntaxFault(text: string): SyntaxFault {
  const levels: Level[] = [];
  let expected: Expected = 'a value';
  let at = 0;
  for (;;) {
    at += match(space, text, at).length;
    const level = levels.at(-1);
    const char = text[at];
    if (char !== undefined && char === level?.closer && (expected === ', or the end' || expected.endsWith(char))) {
      levels.pop();
      expected = ', or the end';
      at += 1;
    } else if (expected === ', or the end') {
      if (char !== ',' || level === undefined) break;
      if (typeof level.key === 'number') level.key += 1;
      expected = level.closer === '}' ? 'a key in double quotes' : 'a value';
      at += 1;
    } else if (expected === ':') {
      if (char !== ':') break;
      expected = 'a value';
      at += 1;
    } else if (expected.startsWith('a key')) {
      const key = char === '"' ? match(scalar, text, at) : '';
      if (key === '' || level === undefined) break;
      level.key = String(JSON.parse(key));
      expected = ':';
      at += key.length;
    } else if (char === '{' || char === '[') {
      levels.push(char === '{' ? { closer: '}', key: '' } : { closer: ']', key: 0 });
      expected = char === '{' ? 'a key in double quotes or }' : 'a value or ]';
      at += 1;
    } else {
      const value = match(scalar, text, at);
      if (value === '') break;
      expected = ', or the end';
      at += value.length;
    }
  }
  return {
    position: [...text.slice(0, at)].length,
    expected,
    path: levels.map(({ key }) => key),
    notFinite: (expected.startsWith('a value') && match(notANumber, text, at)) || null,
  };
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}
