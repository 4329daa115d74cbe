import { WebSocket } from 'ws';

export type SocketListener = {
  /** A message of the server. */
  data(message: Buffer): void;
  /** Once, when nothing more comes. @param isClean whether the server said so itself, with the code of a normal end. */
  end(isClean: boolean): void;
};

/** Milliseconds to be let in. */
const LIMIT = 10_000;
/** Milliseconds of silence after which the system asks whether the other side is there. */
const ALIVE = 30_000;
/** Bytes of a message, which is held in memory. Ray sends a few lines in one, and its dashboard passes on 4 MiB at most. */
const MOST_BYTES = 16 * 1024 * 1024;
const NORMAL = 1_000;

/**
 * Opens a WebSocket that only listens. It does not offer to compress, as Node's own always does: Ray's dashboard passes
 * the offer on to its agent without being able to read what then comes, and nothing arrives.
 *
 * @param url http or https. @returns closes it; then nothing more is heard. @throws when it is not let in.
 */
export async function connectWebSocket(
  url: string,
  headers: Readonly<Record<string, string>>,
  hear: SocketListener,
): Promise<() => void> {
  const socket = new WebSocket(url, {
    headers,
    handshakeTimeout: LIMIT,
    maxPayload: MOST_BYTES,
    perMessageDeflate: false,
    // A log is bytes: what is no text in it is for its reader to mend.
    skipUTF8Validation: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('open', resolve);
  socket.on('error', (error) => {
    reject(error);
    // Else a server that sends what was not agreed on would be given half a minute to close.
    socket.terminate();
  });
  // Nothing may be said for hours, and a connection that is gone should not be waited for.
  socket.once('upgrade', ({ socket: connection }) => connection.setKeepAlive(true, ALIVE));
  // From the start: the first messages may come with the handshake. Binary ones are heard as Buffers too.
  let isOver = false;
  socket.on('message', (message: Buffer) => isOver || hear.data(message));
  socket.on('close', (code) => {
    if (!isOver) hear.end(code === NORMAL);
    isOver = true;
  });
  await promise.catch((error) => {
    isOver = true;
    throw error;
  });
  return () => {
    isOver = true;
    socket.terminate();
  };
}
