/** The map itself, of the version that was used last; of any other what differs from the next one on the way there. */
type State<K, V> = { map: Map<K, V> } | { key: K; value: V | undefined; next: VersionedMap<K, V> };

/**
 * A map that is a value: a change makes a new version, and the old one stays what it was. The versions share one `Map` and keep what they
 * differ by (shallow binding, Baker 1978), so that the newest one is read and changed in O(1), and an older one in as many steps as
 * changes were made since. Beside a tree it leaves nothing behind: in a tree of keys without an order each insertion replaces nodes
 * that are old, and the memory of a long queue would consist of holes.
 */
export class VersionedMap<K, V> {
  #state: State<K, V>;

  private constructor(map: Map<K, V>) {
    this.#state = { map };
  }

  /** A map of entries, each key once. */
  static of<K, V>(entries: Iterable<readonly [K, V]> = []): VersionedMap<K, V> {
    return new VersionedMap(new Map(entries));
  }

  get(key: K): V | undefined {
    return this.#map().get(key);
  }

  /** The map with a value at the key, replacing what was there. */
  with(key: K, value: V): VersionedMap<K, V> {
    return this.#changed(key, value);
  }

  /** The map without the key; the same map if it was not there. */
  without(key: K): VersionedMap<K, V> {
    return this.#map().has(key) ? this.#changed(key, undefined) : this;
  }

  #changed(key: K, value: V | undefined): VersionedMap<K, V> {
    const map = this.#map();
    const next = new VersionedMap<K, V>(map);
    this.#state = { key, value: map.get(key), next };
    put(map, key, value);
    return next;
  }

  /** The shared map, made into that of this version. */
  #map(): Map<K, V> {
    if ('map' in this.#state) return this.#state.map;
    const path: VersionedMap<K, V>[] = [];
    let at: VersionedMap<K, V> = this;
    while ('next' in at.#state) {
      path.push(at);
      at = at.#state.next;
    }
    const { map } = at.#state;
    for (const version of path.reverse()) {
      if ('map' in version.#state) continue;
      const { key, value } = version.#state;
      at.#state = { key, value: map.get(key), next: version };
      put(map, key, value);
      version.#state = { map };
      at = version;
    }
    return map;
  }
}

function put<K, V>(map: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
