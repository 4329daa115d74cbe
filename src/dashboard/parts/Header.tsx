import { useState } from 'preact/hooks';
import { href } from '../location.ts';
import { useLive } from '../state/live.ts';
import { connectionOf } from '../state/server.ts';
import { useStore } from '../state/useStore.ts';
import { clockTime, count } from '../text.ts';
import { applyTheme, readTheme, themes } from '../theme.ts';
import { groups, views } from '../views/views.ts';
import { Icon } from './Icon.tsx';

/** Navigation, what runs and waits, how the connection is, and whose token this is. */
export function Header({ current, onLeave }: { current: string; onLeave(): void }) {
  const { caller } = useLive();
  return (
    <header class="header">
      <a class="brand" href={href(['now'])}>
        evald
      </a>
      <nav aria-label="Views">
        {groups.map((group) => (
          <span key={group} class="nav-group">
            {views
              .filter((view) => view.group === group && view.isShown(caller))
              .map(({ name, label }) => (
                <a key={name} href={href([name])} aria-current={name === current ? 'page' : undefined}>
                  {label}
                </a>
              ))}
          </span>
        ))}
      </nav>
      <div class="header-end">
        <Connection />
        <ThemeChoice />
        {caller.name !== null && (
          <span class="caller">
            <b class="cut">{caller.name}</b> <span class="quiet-text">{caller.role}</span>
            <button type="button" class="quiet" onClick={onLeave}>
              Sign out
            </button>
          </span>
        )}
      </div>
    </header>
  );
}

/** Whether what is shown is what is: else as of when it is. */
function Connection() {
  const { store } = useLive();
  const connection = useStore(store, connectionOf);
  const asOf = useStore(store, (state) => state.asOf);
  const queue = useStore(store, (state) => state.queue);
  return (
    <>
      {/* Read out when it changes: the counts would be at every event. */}
      <span class="hidden" role="status">
        {connection === 'lost' && 'The connection to the server is lost'}
      </span>
      {connection === 'lost' ? (
        <span class="connection connection-lost">
          <Icon name="away" />
          {asOf === null ? 'server away' : `as of ${clockTime(asOf)}`}, reconnecting
        </span>
      ) : (
        queue !== null && (
          <span class="connection">
            <span class="dot" />
            {count(queue.running_jobs.length)} running, {count(queue.queue_size)} queued
          </span>
        )
      )}
    </>
  );
}

function ThemeChoice() {
  const [theme, setTheme] = useState(readTheme);
  const choose = (event: Event) => {
    const value = event.currentTarget instanceof HTMLSelectElement ? event.currentTarget.value : '';
    const chosen = themes.find((name) => name === value) ?? 'system';
    applyTheme(chosen);
    setTheme(chosen);
  };
  return (
    <select class="quiet" aria-label="Colours" value={theme} onChange={choose}>
      {themes.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
