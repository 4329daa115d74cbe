import { ClientError, mayPass } from './errors.ts';
import { sleep, waitBefore } from './pause.ts';

/** How the connection of a stream is. */
export type Connection =
  | { state: 'open' }
  | { state: 'lost'; error: ClientError /** Milliseconds. */; retryIn: number };

/** For what stays connected. */
export type StreamOptions = {
  /** Ends it: it throws `interrupted`. */
  signal?: AbortSignal | undefined;
  /** Milliseconds for which a server that was reached once may be away; any time if left out. */
  patience?: number | undefined;
  /** Is called when the connection is there, when it is lost, and when it is there again. */
  onConnection?: ((connection: Connection) => void) | undefined;
};

/** One connection. It calls `opened` when the server has answered. @returns whether all has come, so that there is no other. */
type Attempt<T> = (opened: () => void) => AsyncGenerator<T, boolean>;

/** Milliseconds after which a connection counts as one that held. */
const HELD = 5_000;

/**
 * What comes by one connection after the other. The first must come about; those after it are tried with growing waits.
 * @throws ClientError what the first one met, or what does not pass: a token that was taken away, a job that was forgotten.
 */
export async function* reconnect<T>(
  attempt: Attempt<T>,
  { signal, patience = Number.POSITIVE_INFINITY, onConnection }: StreamOptions,
): AsyncGenerator<T, void> {
  let openedAt: number | null = null;
  let lostAt: number | null = null;
  for (let failures = 0; ; failures++) {
    let error: ClientError;
    const opened = () => {
      openedAt = performance.now();
      lostAt = null;
      onConnection?.({ state: 'open' });
    };
    try {
      if (yield* attempt(opened)) return;
      error = new ClientError({ code: 'unreachable', isLost: true }, 'The server has ended the stream');
    } catch (thrown) {
      if (!(thrown instanceof ClientError) || openedAt === null || !mayPass(thrown)) throw thrown;
      error = thrown;
    }
    const now = performance.now();
    if (lostAt === null && openedAt !== null && now - openedAt > HELD) failures = 0;
    lostAt ??= now;
    if (now - lostAt >= patience) throw error;
    const asked = error.fault.code === 'unavailable' ? (error.fault.retryAfter ?? 0) * 1_000 : 0;
    const retryIn = Math.min(Math.max(waitBefore(failures), asked), Math.max(0, patience - (now - lostAt)));
    onConnection?.({ state: 'lost', error, retryIn });
    await sleep(retryIn, signal);
  }
}
