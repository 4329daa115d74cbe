import type { Plan } from '../plan.ts';
import { all, atLeast } from './aims.ts';
import type { Row } from './rows.ts';

/** The table of submissions beside other durable queues. */
export function peerRowsOf({ connections }: Plan): Row[] {
  const load = (count: number) => `${count} connection${count === 1 ? '' : 's'}`;
  return connections.flatMap((count): Row[] => {
    const figure = `peers.${count}.perSecond`;
    const met = all(atLeast(1, figure, 'bullmq'), atLeast(1, figure, 'pgBoss'));
    return [
      { title: `POST /evaluate, ${load(count)}`, unit: 'requests/s', figure, aim: 'ahead of both', met },
      { title: '… p50', unit: 'ms', figure: `peers.${count}.p50` },
      { title: '… p99', unit: 'ms', figure: `peers.${count}.p99` },
    ];
  });
}
