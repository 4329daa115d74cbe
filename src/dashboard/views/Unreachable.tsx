import { useEffect } from 'preact/hooks';
import type { ClientError } from '../../client/index.ts';
import { ErrorNote } from '../parts/Notes.tsx';

/** Milliseconds before it is tried again by itself. */
const AGAIN = 3_000;

/** The server does not answer as it should, and nothing is known of it yet. */
export function Unreachable({ error, retry }: { error: ClientError; retry(): void }) {
  useEffect(() => {
    const timer = setTimeout(retry, AGAIN);
    return () => clearTimeout(timer);
  }, [error]);
  return (
    <main class="alone">
      <h1>evald</h1>
      <ErrorNote error={error} retry={retry} />
    </main>
  );
}
