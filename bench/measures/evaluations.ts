import { rmSync } from 'node:fs';
import { type Bench, newFolder, using } from '../bench.ts';
import { createClient, monotonic, numbersOfJob } from '../evaluations/client.ts';
import { evaluationRequest, type Installation, installWithTask, SAMPLES } from '../evaluations/installation.ts';
import { type Agreement, createAgreement } from '../evaluations/numbers.ts';
import { processTimes } from '../evaluations/processTimes.ts';
import {
  type EvaluationServer,
  parentReady,
  runByHand,
  runOn,
  startEvaldOn,
  startOriginalAsItIs,
} from '../evaluations/subjects.ts';
import { Figures, type Subject } from '../figures.ts';
import { hasOriginal } from '../subjects/original.ts';

/** Seconds in which a run that has ended must have noted its times. */
const LATEST_NOTE = 5;

/**
 * The same evaluation of eight samples by lmms-eval itself, from its submission until the client has its numbers, on the original
 * server, on evald that starts runs cold, on evald that starts them warm, and by hand; in turn, one at a time. Then some of them
 * at once, for the time between the starts of two that follow each other.
 * @throws when a run does not complete, was not started as it should be, or has other numbers than the first one.
 */
export async function measureEvaluations(bench: Bench): Promise<void> {
  if (!hasOriginal) return;
  const { say, plan } = bench;
  const installation = await installWithTask(newFolder(bench, 'evaluations'));
  const outputs = newFolder(bench, 'by-hand');
  const agreement = createAgreement(SAMPLES);
  say('one evaluation of each that is not counted: then files are in memory, and a warm parent is there');
  agreement.check('by hand', await runByHand(outputs, installation));
  const servers: EvaluationServer[] = [];
  await using(servers, async () => {
    servers.push(await startOriginalAsItIs(installation, `${newFolder(bench, 'original')}.log`));
    servers.push(await startEvaldOn(bench, installation, false));
    const warm = await startEvaldOn(bench, installation, true);
    servers.push(warm);
    const first = await Promise.all(servers.map(runOn));
    for (const [index, { subject }] of servers.entries()) agreement.check(subject, first[index]?.numbers);
    await parentReady(warm);
    await timeOn({ ...bench, figures: new Figures() }, installation, warm, agreement);
    for (let round = 0; round < plan.evaluations.rounds; round++) {
      for (let run = 0; run < plan.evaluations.runs; run++) {
        say(`evaluation ${round + 1}.${run + 1} of each`);
        await timeRun(bench, installation, 'ceiling', async () =>
          agreement.check('by hand', await runByHand(outputs, installation)),
        );
        for (const server of servers) await timeOn(bench, installation, server, agreement);
      }
      for (const server of servers) await timeQueue(bench, server, agreement);
    }
  });
}

async function timeOn(bench: Bench, installation: Installation, server: EvaluationServer, agreement: Agreement) {
  const { subject } = server;
  const { numbers, job } = await timeRun(bench, installation, subject, () => runOn(server));
  agreement.check(subject, numbers);
  const client = createClient(server.url);
  await server.checkStart(client, job).finally(client.close);
}

/** Times one run; `work` begins it, and ends when its numbers are there. */
async function timeRun<T>(
  bench: Bench,
  { stamps }: Installation,
  subject: Subject,
  work: () => Promise<T>,
): Promise<T> {
  const { figures } = bench;
  rmSync(stamps, { force: true });
  const following = new AbortController();
  const submitted = monotonic();
  const ended = async () => {
    try {
      const result = await work();
      return { result, seen: monotonic() };
    } finally {
      setTimeout(() => following.abort(), LATEST_NOTE * 1e3).unref();
    }
  };
  const [{ result, seen }, times] = await Promise.all([ended(), processTimes(stamps, following.signal)]);
  const around = times.started - submitted + (seen - times.gone);
  figures.add('evaluations.seconds', subject, seen - submitted);
  figures.add('evaluations.firstSample', subject, times.scored - submitted);
  figures.add('evaluations.around', subject, around * 1e3);
  figures.add('evaluations.share', subject, (around / (seen - submitted)) * 100);
  return result;
}

/** Submits several jobs at once: from the start of the first to that of the last none waits for its submission. */
async function timeQueue({ plan, figures, say }: Bench, server: EvaluationServer, agreement: Agreement): Promise<void> {
  const { subject, url } = server;
  const count = subject === 'evaldWarm' ? plan.evaluations.warmQueue : plan.evaluations.queue;
  say(`a queue of ${count} on ${subject}`);
  const client = createClient(url);
  try {
    const ids: string[] = [];
    for (let job = 0; job < count; job++) ids.push(await client.submit(evaluationRequest));
    await client.completed(ids.at(-1) ?? '');
    const starts: number[] = [];
    for (const id of ids) {
      const job = await client.completed(id);
      agreement.check(subject, await numbersOfJob(job));
      await server.checkStart(client, job);
      starts.push(Date.parse(job.started_at ?? ''));
    }
    const gap = ((starts.at(-1) ?? Number.NaN) - (starts[0] ?? Number.NaN)) / (count - 1) / 1e3;
    if (!(gap > 0)) throw new Error(`the jobs of ${subject} were not started one after another: ${starts}`);
    figures.add('evaluations.gap', subject, gap);
    figures.add('evaluations.perHour', subject, 3_600 / gap);
  } finally {
    client.close();
  }
}
