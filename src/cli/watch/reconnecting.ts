import type { Connection } from '../../client/reconnect.ts';
import { plain } from '../frame/output/cells.ts';

/** Says once that the server is away, and once that it is there again: for what waits for it. */
export function reconnecting(say: (line: string) => void): (connection: Connection) => void {
  let isAway = false;
  return (connection) => {
    if (connection.state === 'lost' && !isAway) say(`reconnecting: ${plain(connection.error.message)}`);
    if (connection.state === 'open' && isAway) say('connected again');
    isAway = connection.state === 'lost';
  };
}
