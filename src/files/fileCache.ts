/** What is kept of a file, and how much it weighs. */
export type Weighed<T> = { value: T; weight: number };

/**
 * Keeps what was made of the files that were asked for last. Those that ask at the same time share the making; a making
 * that fails is not kept.
 * @param most total weight of what is kept. The last thing asked for is kept even when it alone is heavier.
 */
export function createFileCache<T>(most: number) {
  const entries = new Map<string, { made: Promise<Weighed<T>>; weight: number }>();

  return async (key: string, make: () => Promise<Weighed<T>>): Promise<T> => {
    const found = entries.get(key);
    const entry = found ?? { made: make(), weight: 0 };
    // The order of a map is that of insertion: the one asked for last stands last.
    entries.delete(key);
    entries.set(key, entry);
    try {
      const { value, weight } = await entry.made;
      entry.weight = weight;
      forgetOldest(entries, most);
      return value;
    } catch (error) {
      if (entries.get(key) === entry) entries.delete(key);
      throw error;
    }
  };
}

function forgetOldest(entries: Map<string, { weight: number }>, most: number): void {
  let total = entries.values().reduce((sum, { weight }) => sum + weight, 0);
  for (const [key, { weight }] of entries) {
    if (total <= most || entries.size === 1) return;
    entries.delete(key);
    total -= weight;
  }
}
