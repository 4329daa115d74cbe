import { useState } from 'preact/hooks';
import { hasRole } from '../allowed.ts';
import { useLive } from '../state/live.ts';
import { QUEUE_SHOWN } from '../state/server.ts';
import { useAction } from '../state/useAction.ts';
import { useStore } from '../state/useStore.ts';
import { Icon } from './Icon.tsx';
import { ErrorNote } from './Notes.tsx';

/** Says when nothing is started, or the server cannot do its work, and why; with a button for a caller that may mend it. */
export function Banner() {
  const { store, client, caller } = useLive();
  const queue = useStore(store, (state) => state.queue);
  const health = useStore(store, (state) => state.health);
  const resume = useAction(async () => {
    await client.resume();
    store.trigger['queue.read']({ queue: await client.queue({ limit: QUEUE_SHOWN }), at: Date.now() });
    store.trigger['health.read']({ health: await client.health(), at: Date.now() });
  });
  const [hidden, setHidden] = useState('');
  const reasons = health?.reasons ?? [];
  const text = reasons.join('\n');
  return (
    <>
      {queue?.paused && (
        <div class="banner banner-paused" role="status">
          <Icon name="pause" />
          <p>The queue is paused: what runs goes on, nothing more is started.</p>
          {hasRole(caller, 'admin') && (
            <button type="button" onClick={resume.run} disabled={resume.isRunning}>
              Resume
            </button>
          )}
        </div>
      )}
      {resume.error && <ErrorNote error={resume.error} />}
      {health?.status === 'degraded' && text !== hidden && (
        <div class="banner banner-degraded" role="status">
          <Icon name="warning" />
          <div>
            {reasons.map((reason) => (
              <p key={reason}>{capitalized(reason)}</p>
            ))}
          </div>
          {health.blocked !== null && hasRole(caller, 'admin') && (
            <button type="button" onClick={resume.run} disabled={resume.isRunning}>
              Try again now
            </button>
          )}
          <button type="button" class="quiet" onClick={() => setHidden(text)}>
            Hide
          </button>
        </div>
      )}
    </>
  );
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
