import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { type Bench, evald, newFolder, using } from '../bench.ts';
import { bodyText } from '../body.ts';
import { median, type Subject } from '../figures.ts';
import { startOriginal } from '../subjects/original.ts';
import type { Running } from '../subjects/process.ts';

const headers = { 'content-type': 'application/json' };

/** Jobs whose program does nothing, end to end: from the first submission until none waits or runs. */
export async function measureRuns(bench: Bench): Promise<void> {
  const { plan, programs, original } = bench;
  for (let round = 0; round < plan.rounds; round++) {
    for (const name of ['empty', 'interpreter'] as const) {
      const program = programs[name];
      await runAll(bench, name, 'evald', await evald(bench, { program }));
      if (name === 'empty')
        await runAll(bench, 'empty.slots', 'evald', await evald(bench, { program, flags: ['--slots', '4'] }));
      await loop(bench, name, program);
      if (original === null) continue;
      const log = `${newFolder(bench, 'original')}.log`;
      await runAll(bench, name, 'original', await startOriginal([program], log));
    }
  }
}

async function runAll(bench: Bench, name: string, subject: Subject, server: Running): Promise<void> {
  const { plan, programs } = bench;
  const { url } = server;
  rmSync(programs.stamps, { force: true });
  await using([server], async () => {
    const began = performance.now();
    const submit = () => fetch(`${url}/evaluate`, { method: 'POST', headers, body: bodyText });
    const answers = await Promise.all(Array.from({ length: plan.runs }, submit));
    if (answers.some(({ ok }) => !ok)) throw new Error(`${subject} did not take every job`);
    while (await isBusy(url)) await setTimeout(5);
    note(bench, name, subject, performance.now() - began);
  });
}

async function isBusy(url: string): Promise<boolean> {
  // A connection of its own: those of the submissions may be closed by the server while they are kept.
  const { queue_size, running_job } = JSON.parse(await textOf(`${url}/queue`)) as Record<string, unknown>;
  return queue_size !== 0 || running_job !== null;
}

async function textOf(url: string): Promise<string> {
  const [answer] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  return text(answer);
}

/** The ceiling: the same program, started as soon as the one before has ended. */
async function loop(bench: Bench, name: string, program: string): Promise<void> {
  rmSync(bench.programs.stamps, { force: true });
  const began = performance.now();
  for (let run = 0; run < bench.plan.runs; run++) await once(spawn(program, { stdio: 'ignore' }), 'exit');
  note(bench, name, 'ceiling', performance.now() - began);
}

/** From what the programs noted: they end as soon as they have noted their start. */
function note({ plan, programs, figures }: Bench, name: string, subject: Subject, took: number): void {
  figures.add(`runs.${name}.perSecond`, subject, (plan.runs / took) * 1e3);
  if (name !== 'empty') return;
  const times = readFileSync(programs.stamps, 'utf8').trim().split('\n').map(Number);
  if (times.length !== plan.runs) throw new Error(`${subject} ran ${times.length} of ${plan.runs} jobs`);
  const gaps = times.slice(1).map((time, index) => (time - Number(times[index])) * 1e3);
  figures.add('runs.gap', subject, median(gaps) ?? Number.NaN);
}
