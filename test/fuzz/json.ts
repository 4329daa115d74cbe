import fc from 'fast-check';

/** Names as runs choose them, among them those that every object has, and those that readers look for. */
const name = fc.constantFrom(
  ...['t1', 't2', 'g0', 'g1', 'acc,none', 'acc_stderr,none', 'acc', 'alias', 'exact_match,strict', 'bypass,none'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', '\0', '\ud800', 'é\u202e', 'a,b,c', '../..'],
  ...['x'.repeat(5_000), 'effective', 'original', 'resps', 'filtered_resps', 'doc_id', 'target', 'score', 'answer'],
);

const number = fc.constantFrom(
  ...['0', '-0', '1', '0.5', '-1', '8', '1e999', '-1e999', '1E-400', 'NaN', 'Infinity', '-Infinity', '1e308'],
  ...[
    '123456789012345678901234567890',
    '0.1234567890123456789012345678901234567890',
    '9'.repeat(5_000),
    '9007199254740993',
  ],
);

const deep = fc
  .tuple(fc.constantFrom(10, 500, 20_000, 200_000), fc.constantFrom('[', '{"a":', '[{"b":'))
  .map(
    ([levels, open]) =>
      `${open.repeat(levels)}1${(open === '[' ? ']' : open === '[{"b":' ? '}]' : '}').repeat(levels)}`,
  );

const wide = fc
  .tuple(fc.constantFrom(10, 1_000, 20_000), fc.boolean())
  .map(([count, isSame]) => `{${Array.from({ length: count }, (_, at) => `"t${isSame ? 1 : at}":${at}`).join()}}`);

const leaf = fc.oneof(
  { weight: 8, arbitrary: number },
  { weight: 8, arbitrary: name.map((text) => JSON.stringify(text)) },
  { weight: 4, arbitrary: fc.constantFrom('true', 'false', 'null', '""', '{}', '[]', '[[[[[[[[[[1]]]]]]]]]]') },
);

/** The text of an object, names as often as they come. */
const objectOf = (value: fc.Arbitrary<string>, most = 6) =>
  fc
    .array(fc.tuple(name, value), { maxLength: most })
    .map((entries) => `{${entries.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join()}}`);

/** Any JSON, and what Python takes for JSON. */
export const jsonText = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    objectOf(tie('value')),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => `[${items.join()}]`),
  ),
})).value;

/** Groups within groups: each of two of the next, each of itself, of all, in a ring. */
const groups = fc
  .tuple(fc.constantFrom(1, 3, 40, 400), fc.constantFrom('twice', 'self', 'ring', 'all', 'tree'))
  .map(([levels, form]) => {
    const parts = (at: number): string[] => {
      const next = `g${at + 1}`;
      if (form === 'twice') return at + 1 < levels ? [next, next] : ['t1', 't1'];
      if (form === 'self') return [`g${at}`, 't1'];
      if (form === 'ring') return [`g${(at + 1) % levels}`, 't1'];
      if (form === 'all') return Array.from({ length: levels }, (_, other) => `g${other}`);
      return [`g${2 * at + 1}`, `g${2 * at + 2}`, 't1'];
    };
    return JSON.stringify(Object.fromEntries(Array.from({ length: levels }, (_, at) => [`g${at}`, parts(at)])));
  });

const usually = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 40, arbitrary: text },
    { weight: 3, arbitrary: jsonText },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: wide },
    { weight: 1, arbitrary: fc.constantFrom('00', '+1', '', "'t1'", '{,}', 'undefined') },
  );
const rows = objectOf(objectOf(fc.oneof(number, leaf)), 8);

/** A results file, more or less. */
export const resultsText = fc
  .record({
    results: usually(
      rows.map((text) => text.replace('{', '{"t1":{"alias":"t1","acc,none":0.5,"acc_stderr,none":"N/A"},')),
    ),
    groups: usually(rows),
    group_subtasks: usually(groups),
    configs: usually(objectOf(objectOf(leaf))),
    higher_is_better: usually(rows),
    'n-samples': usually(
      objectOf(fc.constantFrom('{"original":8,"effective":8}', '{"original":1e999}', '{"effective":-1}')),
    ),
    'n-shot': usually(objectOf(number)),
    config: usually(fc.constant('{"model":"dummy","model_args":"","limit":null}')),
    model_name: usually(name.map((text) => JSON.stringify(text))),
    total_evaluation_time_seconds: usually(fc.constantFrom('"12.5"', 'NaN', '"1e999"')),
    usage: usually(objectOf(leaf)),
  })
  .map(
    (fields) =>
      `{${Object.entries(fields)
        .map(([key, text]) => `${JSON.stringify(key)}:${text}`)
        .join(',\n')}}`,
  )
  // A text that replaces commas leaves one before a brace.
  .map((text) => text.replaceAll(',}', '}'));

const sample = fc.oneof(
  { weight: 4, arbitrary: fc.constant('{"doc_id":0,"acc":1,"target":"B","resps":[["B"]],"filtered_resps":["B"]}') },
  { weight: 2, arbitrary: objectOf(jsonText, 10) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...['', 'null', '[]', '1', '{}', `"${'x'.repeat(1_100_000)}"`, '{"doc_id":0,"acc":[]}']),
  },
  {
    weight: 2,
    arbitrary: usually(jsonText).map(
      (value) =>
        `{"doc_id":0,"resps":${value},"filtered_resps":${value},"mmmu_acc":{"answer":${value},"parsed_pred":${value}}}`,
    ),
  },
);

/** Lines of samples; many of one, or some of each. */
export const samplesText = fc
  .tuple(
    fc.array(sample, { maxLength: 20 }),
    fc.constantFrom(1, 1, 1, 500),
    fc.constantFrom('\n', '\r\n', '\n\n', '\r'),
  )
  .map(([lines, times, end]) => {
    const text = lines.map((line) => line + end).join('');
    return text.repeat(Math.max(1, Math.min(times, Math.floor(2_000_000 / Math.max(1, text.length)))));
  });
