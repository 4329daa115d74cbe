import type { Socket } from 'node:net';
import { partyOf } from '../http/middleware/caller.ts';
import type { TrustedProxies } from '../http/middleware/forwarded.ts';

export type ConnectionLimits = {
  /** Connections at a time, of all addresses together. */
  most: number;
  /** Of one address; of IPv6, of one /64. */
  mostPerAddress: number;
  /** Proxies, which connect for many clients: of them only all together are counted. Null: there are none. */
  isTrustedProxy: TrustedProxies | null;
};

/** Closes a connection at once that is beyond a limit. For each new one, of all servers of a process. */
export type ConnectionGate = (socket: Socket) => void;

/**
 * Counts connections. That some were closed is logged at the first, second, fourth, eighth … of them, so that a client that
 * causes it does not fill the log as well.
 */
export function createConnectionGate(
  { most, mostPerAddress, isTrustedProxy }: ConnectionLimits,
  warn: (message: string) => void,
): ConnectionGate {
  const open = new Map<string, number>();
  let all = 0;
  let refused = 0;
  const refuse = (socket: Socket, limit: string) => {
    socket.destroy();
    refused += 1;
    if ((refused & (refused - 1)) !== 0) return;
    const which = refused === 1 ? 'a connection was' : `${refused} connections were, up to now,`;
    warn(`${which} closed at once: ${limit}`);
  };

  return (socket) => {
    const party = partyOf(socket.remoteAddress ?? 'gone');
    const own = open.get(party) ?? 0;
    if (all >= most) return refuse(socket, `${most} are open (--max-connections)`);
    const isProxy = isTrustedProxy?.(socket.remoteAddress ?? 'gone') === true;
    if (own >= mostPerAddress && !isProxy)
      return refuse(socket, `${party} has ${own} open (--max-connections-per-address)`);
    all += 1;
    open.set(party, own + 1);
    socket.once('close', () => {
      all -= 1;
      const left = (open.get(party) ?? 1) - 1;
      if (left === 0) open.delete(party);
      else open.set(party, left);
    });
  };
}
