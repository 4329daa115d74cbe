import { useEffect, useMemo, useState } from 'preact/hooks';
import { hasRole } from './allowed.ts';
import { listenForKeys, useKeys } from './keys.ts';
import { go, href, useLocation } from './location.ts';
import { Banner } from './parts/Banner.tsx';
import { Guarded } from './parts/Guarded.tsx';
import { Header } from './parts/Header.tsx';
import { KeyHelp } from './parts/KeyHelp.tsx';
import type { Session } from './session.ts';
import { createFeed } from './state/feed.ts';
import { followServer } from './state/followServer.ts';
import { LiveContext } from './state/live.ts';
import { createServerStore } from './state/server.ts';
import { viewAt } from './views/views.ts';

/** What stands around every view: navigation, how the server is, the keys. It follows the server while it is shown. */
export function Frame({ session, onLeave }: { session: Session; onLeave(reason: string | null): void }) {
  const live = useMemo(() => ({ ...session, store: createServerStore(), feed: createFeed() }), [session]);
  useEffect(() => followServer({ ...live, onUnauthorized: () => onLeave('This token is no longer good.') }), [live]);
  useEffect(listenForKeys, []);
  const [isHelpOpen, setHelpOpen] = useState(false);
  useKeys([
    { key: '?', label: 'Show the keys', act: () => setHelpOpen(true) },
    ...(hasRole(session.caller, 'submit')
      ? [{ key: 'c', label: 'Submit an evaluation', act: () => go(href(['new'])) }]
      : []),
  ]);
  const location = useLocation();
  const { name, title, View } = viewAt(location, session.caller);
  useEffect(() => {
    document.title = `${title(location)} · evald`;
  }, [location]);
  return (
    <LiveContext.Provider value={live}>
      <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>('#main')?.focus()}>
        To the content
      </button>
      <Header current={name} onLeave={() => onLeave(null)} />
      <Banner />
      <main id="main" tabIndex={-1} class={`view-${name}`}>
        <Guarded key={location.path.join('/')}>
          <View location={location} />
        </Guarded>
      </main>
      {isHelpOpen && <KeyHelp onClose={() => setHelpOpen(false)} />}
    </LiveContext.Provider>
  );
}
