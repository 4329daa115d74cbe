import { type Bench, evald, using } from '../bench.ts';
import { bodyText } from '../body.ts';
import { median, percentile } from '../figures.ts';

const headers = { 'content-type': 'application/json' };

/** From the moment a program writes a line to the moment in which who follows the log has it. */
export async function measureLog(bench: Bench): Promise<void> {
  const { figures, programs } = bench;
  const server = await evald(bench, { program: programs.writer });
  await using([server], async () => {
    const { url } = server;
    const answer = await fetch(`${url}/evaluate`, { method: 'POST', headers, body: bodyText });
    const { job_id } = (await answer.json()) as { job_id: string };
    const log = await fetch(`${url}/jobs/${job_id}/log?follow=true`);
    const late: number[] = [];
    let text = '';
    for await (const chunk of log.body ?? []) {
      const now = performance.timeOrigin + performance.now();
      text += new TextDecoder().decode(chunk);
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) late.push(now - Number(line.slice('at '.length)) * 1e3);
    }
    if (late.length !== bench.plan.lines) throw new Error(`${late.length} of ${bench.plan.lines} lines came`);
    figures.add('log.p50', 'evald', median(late) ?? Number.NaN);
    figures.add('log.p99', 'evald', percentile(late, 99) ?? Number.NaN);
  });
}
