import { type Bench, evald, newFolder } from '../bench.ts';
import type { Subject } from '../figures.ts';
import { seedJournal } from '../seed.ts';
import { startBare } from '../subjects/bare.ts';
import { startOriginal } from '../subjects/original.ts';
import type { Running } from '../subjects/process.ts';

/** From the start of the process to its first answer: with an empty journal, and with many jobs waiting. */
export async function measureStarts(bench: Bench): Promise<void> {
  const { plan, figures, programs, original, say } = bench;
  say(`a journal with ${plan.manyJobs.toLocaleString('en')} waiting jobs`);
  const dataDir = newFolder(bench, 'restart');
  seedJournal(dataDir, plan.manyJobs);
  const time = async (figure: string, subject: Subject, server: Running) => {
    figures.add(figure, subject, server.startTime);
    await server.stop();
  };
  for (let start = 0; start < plan.starts; start++) {
    const log = `${newFolder(bench, 'start')}.log`;
    await time('start', 'evald', await evald(bench));
    await time('start', 'ceiling', await startBare(log));
    await time('restart', 'evald', await evald(bench, { dataDir }));
    if (original !== null && start < 3) await time('start', 'original', await startOriginal([programs.sleeper], log));
  }
}
