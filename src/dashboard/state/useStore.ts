import { useEffect, useState } from 'preact/hooks';

type Readable<Context> = {
  getSnapshot(): { context: Context };
  subscribe(observer: (snapshot: { context: Context }) => void): { unsubscribe(): void };
};

/** A part of a store; the component is drawn again when that part changes. @param select returns the same value for the same state. */
export function useStore<Context, Part>(store: Readable<Context>, select: (context: Context) => Part): Part {
  const [part, setPart] = useState(() => select(store.getSnapshot().context));
  useEffect(() => {
    const read = ({ context }: { context: Context }) => setPart(() => select(context));
    read(store.getSnapshot());
    const subscription = store.subscribe(read);
    return () => subscription.unsubscribe();
  }, [store]);
  return part;
}
