import { lookup } from 'node:dns/promises';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';

type Fetch = Parameters<typeof createAdaptorServer>[0]['fetch'];
type Server = ReturnType<typeof createAdaptorServer>;

export type Listening = {
  port: number;
  /** Takes no more connections, lets open requests end, and cuts those that have not by then. @param limit milliseconds */
  close(limit: number): Promise<void>;
};

/**
 * Listens on every address of a host, as they were looked up.
 * @param port 0 takes a free one, the same on every address.
 * @throws the system's error, e.g. `EADDRINUSE`.
 */
export async function listen(fetch: Fetch, addresses: readonly string[], port: number): Promise<Listening> {
  const servers: Server[] = [];
  let bound = port;
  try {
    for (const address of addresses) {
      const server = createAdaptorServer({ fetch });
      await opened(server, address, bound).then(
        () => servers.push(server),
        (error: NodeJS.ErrnoException) => {
          // A machine without IPv6 has no ::1, whatever localhost stands for.
          if (error.code !== 'EADDRNOTAVAIL' && error.code !== 'EAFNOSUPPORT') throw error;
        },
      );
      bound = (servers[0]?.address() as AddressInfo | undefined)?.port ?? bound;
    }
    if (servers.length === 0) throw new Error(`none of ${addresses.join(', ')} can be listened on`);
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  return {
    port: bound,
    close: async (limit) => {
      await Promise.all(servers.map((server) => closed(server, limit)));
    },
  };
}

/**
 * Looks a host up. `localhost` is both loopback addresses, also where the hosts file knows only one: clients may come by
 * IPv4 or IPv6, as with the original.
 * @throws the system's error when there is no such host.
 */
export async function addressesOf(host: string): Promise<string[]> {
  if (host === 'localhost') return ['127.0.0.1', '::1'];
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function opened(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

function closed(server: Server, limit: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), limit);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    if ('closeIdleConnections' in server) server.closeIdleConnections();
  });
}
