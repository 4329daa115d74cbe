import { EngineAway } from '../engine/away.ts';
import { headersOf, type RayAddress } from './http.ts';
import type { Tail } from './logCopy.ts';

const NORMAL = 1_000;

/** Follows logs by the WebSocket of the Jobs API. Ray reads them as text: what ended in a carriage return comes as a line. */
export function createTail(address: RayAddress): Tail {
  return async (id, { text, end }) => {
    const headers = await headersOf(address);
    const url = new URL(`${address.url}/api/jobs/${encodeURIComponent(id)}/logs/tail`);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url, { headers });
    socket.addEventListener('message', ({ data }) => text(String(data)));
    socket.addEventListener('close', ({ code }) => end(code === NORMAL));
    const opened = Promise.withResolvers<void>();
    socket.addEventListener('open', () => opened.resolve());
    socket.addEventListener('error', () => opened.reject(new EngineAway(`Ray does not send the log of ${id}`)));
    await opened.promise;
    return () => socket.close();
  };
}
