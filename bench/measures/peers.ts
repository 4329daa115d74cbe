import { type Bench, evald, newFolder, using } from '../bench.ts';
import { bodyText } from '../body.ts';
import type { Subject } from '../figures.ts';
import { hasPeers, startBullMq, startPgBoss } from '../subjects/peers.ts';
import type { Running } from '../subjects/process.ts';
import { load } from '../wrk.ts';

/**
 * POST /evaluate of evald, and of the bare route with another durable queue behind it, in turn and on the same disk. Each
 * round begins with empty ones.
 */
export async function measurePeers(bench: Bench): Promise<void> {
  if (!hasPeers) return;
  const { plan, figures, folder } = bench;
  const post = async (subject: Subject, { url }: Running, connections: number) => {
    const result = await load({ url: `${url}/evaluate`, sent: ['post', bodyText], connections, seconds: plan.seconds });
    figures.add(`peers.${connections}.perSecond`, subject, result.perSecond);
    figures.add(`peers.${connections}.p50`, subject, result.p50);
    figures.add(`peers.${connections}.p99`, subject, result.p99);
  };
  for (let round = 0; round < plan.rounds; round++) {
    const bullmq = await startBullMq(newFolder(bench, 'peers'));
    await using([bullmq], async () => {
      const pgBoss = await startPgBoss(folder);
      await using([pgBoss], async () => {
        const server = await evald(bench);
        await using([server], async () => {
          for (const connections of plan.connections) {
            await post('evald', server, connections);
            await post('bullmq', bullmq, connections);
            await post('pgBoss', pgBoss, connections);
          }
        });
      });
    });
  }
}
