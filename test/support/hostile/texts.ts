/** What is repeated to make a text that costs: what readers count, match, nest, escape, split or give up at. */
const units = [
  ...['1', '0', '1.', '1_', '_', '1e', '+', '-', '.', '[', ']', '{', '}', '[]', '[a', '{"a":', '(', '"', "'", '\\'],
  ...[',', '=', 'a=b,', 'a=1 ', ':', '://a@', '/', '../', '|', '*', '*a', '?', '[!a-', ' ', '\t', '\r', '\n', ' \n'],
  ...['%', '%41', '%f0%9f', '&', '&#x41;', '\\u0041', '\\"', '\u001b[', '\u001b[31m', '\u001b]', '\u001b[A', '\u0000'],
  ...['\ud800', '😀', '\u2028', 'a', 'ab', 'api_key=x&', 'Bearer ', 'token:', '<', '#', '***', 'aZ', '-a', '@'],
];

/** A text of some length. */
export type HostileText = { name: string; of: (length: number) => string };

/** Each unit repeated; the same with an end at which a reader has to give up, and may go back. */
export const hostileTexts: readonly HostileText[] = units.flatMap((unit) => {
  const repeated = (length: number): string => unit.repeat(Math.max(1, Math.floor(length / unit.length)));
  const name = JSON.stringify(unit);
  return [
    { name: `${name} repeated`, of: repeated },
    { name: `${name} repeated, then another end`, of: (length: number) => `${repeated(length - 2)}x!` },
  ];
});

/** Only those with another end: a reader that takes the rest has to go through it as well. */
export const endedTexts = hostileTexts.filter(({ name }) => name.endsWith('another end'));

/** Some that differ in kind, for where each costs much. */
export const fewTexts = hostileTexts.filter(({ name }) =>
  /^"(?:1|\[|\{\\"a\\":|\\\\|,|\*a| |%41|\\u001b\[31m|a|api_key=x&)"/.test(name),
);
