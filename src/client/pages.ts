/** One page of a list, and where the next one begins; null: this was the last. */
export type Page<Item, Next> = { items: readonly Item[]; next: Next | null };

/** All items of a list that is given page by page; the next page is asked for when those before were taken. */
export async function* allPages<Item, Next>(
  ask: (from: Next | undefined) => Promise<Page<Item, Next>>,
  first?: Next,
): AsyncGenerator<Item, void> {
  for (let from: Next | undefined = first; ; ) {
    const { items, next } = await ask(from);
    yield* items;
    if (next === null) return;
    from = next;
  }
}
