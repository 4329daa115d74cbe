import { type Bench, evald, using } from '../bench.ts';
import { bodyText } from '../body.ts';
import { percentile, type Subject } from '../figures.ts';
import { latenciesOf } from '../latencies.ts';
import { load } from '../wrk.ts';

/** POST /evaluate: how many a second, and how long one takes. Each evald begins with an empty journal. */
export async function measureSubmissions(bench: Bench): Promise<void> {
  const { plan, figures, bare, original } = bench;
  const post = async (subject: Subject, url: string, connections: number) => {
    const sent = ['post', bodyText] as const;
    const result = await load({ url: `${url}/evaluate`, sent: [...sent], connections, seconds: plan.seconds });
    figures.add(`submit.${connections}.perSecond`, subject, result.perSecond);
    figures.add(`submit.${connections}.p50`, subject, result.p50);
    figures.add(`submit.${connections}.p99`, subject, result.p99);
  };
  for (let round = 0; round < plan.rounds; round++) {
    const server = await evald(bench);
    await using([server], async () => {
      for (const connections of plan.connections) {
        await post('evald', server.url, connections);
        await post('ceiling', bare.url, connections);
        if (original === null) continue;
        await original.fill(1, bodyText);
        await post('original', original.url, connections);
      }
    });
  }
}

/** GET /health, one after another, while 64 connections post. */
export async function measureHealth(bench: Bench): Promise<void> {
  const { plan, figures, original } = bench;
  const ask = async (subject: Subject, url: string) => {
    const seconds = plan.seconds;
    const posting = load({ url: `${url}/evaluate`, sent: ['post', bodyText], connections: 64, seconds });
    const latencies = await latenciesOf(`${url}/health`, seconds);
    await posting;
    figures.add('health.p50', subject, percentile(latencies, 50) ?? Number.NaN);
    figures.add('health.p99', subject, percentile(latencies, 99) ?? Number.NaN);
  };
  for (let round = 0; round < plan.rounds; round++) {
    const server = await evald(bench);
    await using([server], () => ask('evald', server.url));
    if (original === null) continue;
    await original.fill(1, bodyText);
    await ask('original', original.url);
  }
}
