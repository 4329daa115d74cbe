import { headersOf, type RayAddress } from './http.ts';
import type { Tail } from './logCopy.ts';
import { connectWebSocket } from './webSocket/connect.ts';

/** Follows logs by the WebSocket of the Jobs API. Ray reads them as text: what ended in a carriage return comes as a line. */
export function createTail(address: RayAddress): Tail {
  return async (id, hear) => {
    const url = `${address.url}/api/jobs/${encodeURIComponent(id)}/logs/tail`;
    return connectWebSocket(url, await headersOf(address), hear);
  };
}
