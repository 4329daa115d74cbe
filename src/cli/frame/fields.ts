import type { Context } from './context.ts';
import type { Color } from './output/listing.ts';

/** What is shown of one thing: names and values; those without a value are left out. */
export type Field = readonly [
  name: string,
  value: string | number | boolean | null | undefined,
  color?: Color | undefined,
];

type Card = { document: object; name: string; fields: readonly Field[] };

/** Prints one thing: a line a field as a table, the document itself as JSON. */
export async function showFields(context: Context, { document, name, fields }: Card): Promise<void> {
  const { format, columns } = context.output;
  if (format === 'jsonl' || format === 'name' || columns !== undefined) {
    await context.show({ rows: [document], columns: [], name: () => name });
    return;
  }
  await context.show({
    rows: fields.flatMap(([field, value, color]) =>
      value === null || value === undefined || value === '' ? [] : [{ field, value, color }],
    ),
    columns: [
      { name: 'field', of: ({ field }) => field },
      { name: 'value', of: ({ value }) => value, color: ({ color }) => color, cut: true },
    ],
    name: () => name,
    document: () => document,
  });
}
