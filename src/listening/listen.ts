import { lookup } from 'node:dns/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ConnectionGate } from './connections.ts';
import type { TlsSettings } from './tls.ts';
import { createWebServer, type WebServerOptions } from './webServer.ts';

export type Listening = {
  port: number;
  /** Speaks with another certificate from now on; connections that are open keep theirs. Only where TLS is spoken. */
  useTls(settings: TlsSettings): void;
  /** Takes no more connections, lets open requests end, and cuts those that have not by then. @param limit milliseconds */
  close(limit: number): Promise<void>;
};

export type ListenOptions = WebServerOptions & {
  /** Sees every connection first; all are taken where there is none. */
  gate: ConnectionGate | null;
};

/** Of a server that no one but a test talks to. */
const plain: ListenOptions = {
  headers: {},
  maxHeader: 16_384,
  maxBody: Number.POSITIVE_INFINITY,
  requestTimeout: 60_000,
  tls: null,
  basePath: '',
  gate: null,
};

/**
 * Listens on every address of a host, as they were looked up.
 * @param port 0 takes a free one, the same on every address.
 * @throws the system's error, e.g. `EADDRINUSE`.
 */
export async function listen(
  fetch: Parameters<typeof createWebServer>[0],
  addresses: readonly string[],
  port: number,
  options: Partial<ListenOptions> = {},
): Promise<Listening> {
  const { gate, ...webOptions } = { ...plain, ...options };
  const servers: Server[] = [];
  let bound = port;
  try {
    for (const address of addresses) {
      const server = createWebServer(fetch, webOptions);
      if (gate !== null) server.prependListener('connection', gate);
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
    useTls: (settings) => {
      for (const server of servers) if ('setSecureContext' in server) Object(server).setSecureContext(settings);
    },
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
    const cut = setTimeout(() => server.closeAllConnections(), limit);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
