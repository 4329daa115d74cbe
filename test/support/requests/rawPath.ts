import { request } from 'node:http';

/** Gets a path as it is written: a URL would take `..` and `%2e%2e` out of it before anything is sent. */
export function getRawPath(url: string, path: string): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const { hostname, port } = new URL(url);
  const outgoing = request({ hostname, port, path, agent: false }, async (incoming) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
  });
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}
