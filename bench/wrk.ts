import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

const script = new URL('./load.lua', import.meta.url).pathname;
const run = promisify(execFile);

const resultSchema = z.object({
  requests: z.number(),
  microseconds: z.number(),
  p50: z.number(),
  p99: z.number(),
  refused: z.number(),
  broken: z.number(),
});

/** What is sent: a body to post, one of the jobs whose ids are in a file, a question with an ETag, or just the path. */
export type Sent = ['post', body: string] | ['jobs', file: string] | ['match', etag: string] | ['get'];

export type Load = { url: string; sent: Sent; connections: number; seconds: number };

/** What a load came to; latencies in milliseconds. */
export type LoadResult = { requests: number; perSecond: number; p50: number; p99: number };

/** Puts a load on a server, one thread of wrk. @throws when an answer was an error or a connection broke. */
export async function load({ url, sent, connections, seconds }: Load): Promise<LoadResult> {
  // wrk takes whole seconds only.
  const size = ['--connections', String(connections), '--duration', `${Math.max(1, Math.round(seconds))}s`];
  const args = ['--threads', '1', ...size, '--timeout', '30s', '--script', script, url];
  const { stdout } = await run('wrk', [...args, '--', ...sent]);
  const { requests, microseconds, refused, broken, ...latency } = resultSchema.parse(
    JSON.parse(/^RESULT (.*)$/m.exec(stdout)?.[1] ?? 'null'),
  );
  if (refused + broken > 0)
    throw new Error(`${url}: ${refused} error answers, ${broken} broken connections\n${stdout}`);
  return { requests, perSecond: (requests / microseconds) * 1e6, p50: latency.p50 / 1e3, p99: latency.p99 / 1e3 };
}

/** Whether wrk is there, after an attempt to install it where that is possible (Debian, as root). */
export async function hasWrk(): Promise<boolean> {
  if (await isThere()) return true;
  if (process.getuid?.() !== 0) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['install', '--yes', '--quiet', 'wrk'], { env, timeout: 120_000 }).catch(() => {});
  return isThere();
}

/** wrk ends with 1 when it is asked for its version. */
async function isThere(): Promise<boolean> {
  return run('wrk', ['--version']).then(
    () => true,
    (error) => error.code !== 'ENOENT',
  );
}
