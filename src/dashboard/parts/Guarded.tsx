import type { ComponentChildren } from 'preact';
import { useErrorBoundary } from 'preact/hooks';
import { Icon } from './Icon.tsx';

/** What cannot be drawn says so, and leaves the rest of the page as it is. Give it a `key`: under another one it is tried anew. */
export function Guarded({ children }: { children: ComponentChildren }) {
  const [error, tryAgain] = useErrorBoundary();
  if (error === undefined) return <>{children}</>;
  return (
    <div class="note note-error" role="alert">
      <Icon name="warning" />
      <p>This view cannot be shown, by a fault of the page: {error instanceof Error ? error.message : String(error)}</p>
      <button type="button" onClick={tryAgain}>
        Try again
      </button>
    </div>
  );
}
