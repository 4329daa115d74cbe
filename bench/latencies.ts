import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds between an answer and the next question: somebody who looks, not one more load. */
const PAUSE = 1;

/**
 * Asks one question after another over one connection. Not with wrk: it counts an answer that came late as many, as if it
 * had gone on asking meanwhile, so that one pause of the machine is the 99th percentile.
 * @returns how long each answer took, in milliseconds.
 */
export async function latenciesOf(url: string, seconds: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const latencies: number[] = [];
  const end = performance.now() + seconds * 1e3;
  while (performance.now() < end) {
    const began = performance.now();
    const [answer] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
    await once(answer.resume(), 'end');
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode}`);
    latencies.push(performance.now() - began);
    await setTimeout(PAUSE);
  }
  agent.destroy();
  return latencies;
}
