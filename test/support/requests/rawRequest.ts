import { connect, type Socket } from 'node:net';

/** A connection to a server, and all that came by it. */
export type RawConnection = {
  socket: Socket;
  /** What has come so far. */
  received(): string;
  /** Resolves when the connection is no more, with all that came. */
  closed: Promise<string>;
};

/** Opens a connection to a server, over which anything may be sent. @param localAddress where it seems to come from. */
export function openRaw(url: string, localAddress?: string): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect({
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port),
    ...(localAddress !== undefined && { localAddress }),
  });
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    received += chunk;
  });
  const { promise: closed, resolve } = Promise.withResolvers<string>();
  // That it was reset is one way of closing it.
  socket.on('error', () => {});
  socket.once('close', () => resolve(received));
  return { socket, received: () => received, closed };
}

/** Sends bytes as they are, and resolves with all that came when the server has closed the connection. */
export function sendRaw(url: string, bytes: string | Buffer, localAddress?: string): Promise<string> {
  const { socket, closed } = openRaw(url, localAddress);
  socket.write(bytes);
  return closed;
}

/** Sends a block again and again, as fast as it is taken, until the connection is closed. @returns how often. */
export async function flood({ socket }: RawConnection, block: Buffer, most: number): Promise<number> {
  let wake = () => {};
  socket.on('drain', () => wake()).on('close', () => wake());
  let sent = 0;
  while (!socket.destroyed && sent < most) {
    sent += 1;
    if (socket.write(block)) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (socket.destroyed) resolve();
    });
  }
  return sent;
}

/** The statuses of the answers in what came. */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
