import type { ComponentChildren } from 'preact';
import type { ClientError } from '../../client/index.ts';
import { Command } from './Copy.tsx';
import { Icon } from './Icon.tsx';

/** Where there is nothing: says so, and what brings something. */
export function Empty({ title, children, command }: { title: string; children?: ComponentChildren; command?: string }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
      {command && <Command text={command} />}
    </div>
  );
}

/** Stands where something will be. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} />
      ))}
    </div>
  );
}

/** Why something cannot be shown or done; with the fields that the server named. */
export function ErrorNote({ error, retry }: { error: ClientError; retry?: () => void }) {
  const fields = error.fault.code === 'refused' ? error.fault.fields : [];
  return (
    <div class="note note-error" role="alert">
      <Icon name="warning" />
      <div>
        <p>{error.message}</p>
        {fields.length > 1 && (
          <ul>
            {fields.map(({ loc, msg }) => (
              <li key={loc.join('.')}>{msg}</li>
            ))}
          </ul>
        )}
      </div>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
