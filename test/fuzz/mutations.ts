import fc from 'fast-check';

/** Bytes of a case's file at most: what readers take for an input must stay in proportion to it. */
const MOST_BYTES = 4 * 1024 * 1024;

const special = fc.constantFrom(
  ...[
    '\ufeff',
    '\0',
    'NaN',
    '1e999',
    '"',
    '\\',
    '\\ud800',
    '\\u',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '\n',
    '\r',
    '\x1b[',
    ' ',
  ].map((text) => Buffer.from(text)),
  ...[[0xff], [0xfe, 0xff], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x80], [0xc2]].map(
    (bytes) => Buffer.from(bytes),
  ),
  Buffer.from('['.repeat(50_000)),
  Buffer.alloc(100_000, 0),
  Buffer.from('x'.repeat(300_000)),
);

type Mutation = {
  kind: 'cut' | 'drop' | 'double' | 'insert' | 'flip';
  at: number;
  length: number;
  times: number;
  special: Buffer;
};

/** Where and how much are parts of what is there. */
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('cut', 'drop', 'double', 'insert', 'flip'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.constantFrom(1, 7, 200, 20_000),
  times: fc.constantFrom(1, 2, 100, 5_000),
  special,
});

/** A text with some of it cut, left out, doubled, put in or changed; mostly whole. */
export const mutated = (text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      text,
      fc.oneof(
        { weight: 3, arbitrary: fc.constant<Mutation[]>([]) },
        { weight: 1, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 3 }) },
      ),
    )
    .map(([whole, mutations]) => mutations.reduce(changed, Buffer.from(whole)).subarray(0, MOST_BYTES));

function changed(bytes: Buffer, { kind, at, length, times, special: put }: Mutation): Buffer {
  const start = Math.floor(at * bytes.length);
  const [head, part, tail] = [
    bytes.subarray(0, start),
    bytes.subarray(start, start + length),
    bytes.subarray(start + length),
  ];
  if (kind === 'cut') return head;
  if (kind === 'drop') return Buffer.concat([head, tail]);
  if (kind === 'insert') return Buffer.concat([head, put, part, tail]);
  if (kind === 'flip') return Buffer.concat([head, part.map((byte) => byte ^ 0x80), tail]);
  const most = Math.max(1, Math.floor(MOST_BYTES / Math.max(1, part.length)));
  return Buffer.concat([head, ...Array.from({ length: Math.min(times, most) }, () => part), tail]);
}
