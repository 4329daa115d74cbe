import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** A submission of which the server has the head and the start of the body. */
export type HalfSent = {
  /** Sends the rest. @returns the answer as it came, to the end of the connection. */
  finish(): Promise<string>;
};

/** Begins a POST /evaluate; resolves once the server is reading its body. */
export async function sendHalf(url: string, body: object): Promise<HalfSent> {
  const { hostname, port } = new URL(url);
  const json = JSON.stringify(body);
  const socket = connect(Number(port), hostname);
  socket.write(
    [
      'POST /evaluate HTTP/1.1',
      `Host: ${hostname}`,
      'Content-Type: application/json',
      `Content-Length: ${json.length}`,
      'Connection: close',
      'Expect: 100-continue',
      '\r\n',
    ].join('\r\n'),
  );
  const [first] = await once(socket, 'data');
  if (!String(first).startsWith('HTTP/1.1 100 ')) throw new Error(`the server said ${first}`);
  socket.write(json.slice(0, 5));
  return {
    finish: () => {
      const answer = text(socket);
      socket.write(json.slice(5));
      return answer;
    },
  };
}
