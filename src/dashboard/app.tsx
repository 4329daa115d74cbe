import { useEffect, useState } from 'preact/hooks';
import { ClientError } from '../client/index.ts';
import { Frame } from './frame.tsx';
import { forgetToken, keptToken, openSession, type Session } from './session.ts';
import { Login } from './views/Login.tsx';
import { Unreachable } from './views/Unreachable.tsx';

type Opening =
  | { state: 'opening' }
  | { state: 'open'; session: Session }
  /** A token is needed; `reason`: why the one there was is none. */
  | { state: 'locked'; reason: string | null }
  /** The server says nothing of `token`, which is asked about again. */
  | { state: 'away'; error: ClientError; token: string | null };

/** The page: asks the server as what it knows the reader, then shows the frame; or asks for a token. */
export function App() {
  const [opening, setOpening] = useState<Opening>({ state: 'opening' });

  const open = async (token: string | null): Promise<void> => {
    try {
      setOpening({ state: 'open', session: await openSession(token) });
    } catch (error) {
      if (error instanceof TypeError) return setOpening({ state: 'locked', reason: error.message });
      if (!(error instanceof ClientError)) throw error;
      // Too many wrong ones came: another try of its own would be one more.
      const isRefused = error.code === 'unauthorized' || ('status' in error.fault && error.fault.status === 429);
      if (!isRefused) return setOpening({ state: 'away', error, token });
      forgetToken();
      setOpening({ state: 'locked', reason: token === null ? null : error.message });
    }
  };
  const leave = (reason: string | null) => {
    forgetToken();
    setOpening({ state: 'locked', reason });
  };
  useEffect(() => void open(keptToken()), []);

  switch (opening.state) {
    case 'opening':
      return null;
    case 'locked':
      return <Login reason={opening.reason} onToken={open} />;
    case 'away':
      return <Unreachable error={opening.error} retry={() => open(opening.token)} />;
    case 'open':
      return <Frame session={opening.session} onLeave={leave} />;
  }
}
