import fc from 'fast-check';
import { expect } from 'vitest';
import { checkInvariants, type Model } from './invariants.ts';
import type { Decision, ReferenceJob } from './reference.ts';
import { type Pending, type Sent, type System, sizeOfSent } from './system.ts';

type Command = fc.AsyncCommand<Model, System>;

/** A command with a name to print; `act` does it to both, and may say which answer is expected of it. */
function command(
  name: string,
  act: (model: Model, system: System) => Promise<void> | void,
  check = (_: Model) => true,
): Command {
  return {
    check,
    toString: () => name,
    run: async (model, system) => {
      await act(model, system);
      await system.settle();
      checkInvariants(model, system);
    },
  };
}

/** The job that a number stands for: what runs and waits before what has ended; the last was never there. */
function pick({ reference: { jobs, running, queue } }: Model, number: number): ReferenceJob | undefined {
  const all = [...new Set([...running, ...queue, ...jobs.values()])];
  return all[number % (all.length + 1)];
}

/** Asks, and compares the answer with what the reference decides. While commits are held, it is looked at later. */
async function ask(
  model: Model,
  system: System,
  send: () => Pending,
  decide: (jobId: string) => Decision | null,
): Promise<Pending> {
  const commits = system.journal.commits.length;
  const pending = send();
  await system.settle();
  if (model.reference.isHeld) {
    model.pending.push(pending);
    return pending;
  }
  // The id of a new job is the scheduler's to give.
  const decision = decide(pending.jobId ?? 'refused');
  expect(pending.decision).toBe(decision);
  if (decision !== 'accepted') expect(system.journal.commits.length, 'commits of what is refused').toBe(commits);
  return pending;
}

const submit = (sent: Sent) => {
  const { model, priority, gpus, key, body, size, client, parts } = sent;
  return command(
    `submit(${model} ${priority} ${gpus} GPUs${key === null ? '' : ` ${key} ${body}`} ${size} of ${client}${parts > 1 ? `, ${parts} parts` : ''})`,
    async (both, system) => {
      const { reference } = both;
      const position = reference.position(priority);
      const bytes = sizeOfSent(sent);
      const isStubborn = model === 'stubborn';
      const answer = await ask(
        both,
        system,
        () => system.submit(sent),
        (id) => reference.submit({ id, key, body, priority, gpus, isStubborn, partsLeft: parts - 1, bytes, client }),
      );
      if (answer.decision === 'accepted') expect(answer.position).toBe(position);
    },
  );
};

const cancel = (number: number) =>
  command(`cancel(${number})`, async (model, system) => {
    const job = pick(model, number);
    await ask(
      model,
      system,
      () => system.cancel(job?.id ?? 'nobody'),
      () => model.reference.cancel(job),
    );
  });

const reprioritise = (number: number, priority: number) =>
  command(`reprioritise(${number} ${priority})`, async (model, system) => {
    const job = pick(model, number);
    await ask(
      model,
      system,
      () => system.reprioritise(job?.id ?? 'nobody', priority),
      () => model.reference.reprioritise(job, priority),
    );
  });

const stop = (number: number) =>
  command(`stop(${number})`, async (model, system) => {
    const { reference, waiting } = model;
    const job = pick(model, number);
    const answer = await ask(
      model,
      system,
      () => system.stopJob(job?.id ?? 'nobody'),
      () => reference.askToStop(job),
    );
    if (!reference.isHeld && answer.decision === null) waiting.push(answer);
    // Commits are held, and it is known that the journal cannot be written: the run is asked at once, before it ends by itself.
    if (reference.isHeld && answer.decision === 'intakeClosed') model.stopOn(answer, system);
  });

/** A program ends, with what it started or without. */
const end = (number: number, exit: 'completed' | 'failed', isHanging: boolean) => {
  const name = `${isHanging ? 'hang' : 'end'}(${number} ${exit})`;
  const live = ({ reference }: Model) => reference.running.filter((job) => job.end === null && !job.isPartUnwritten);
  return command(
    name,
    (model, system) => {
      const jobs = live(model);
      const job = jobs[number % jobs.length];
      if (job === undefined) return;
      system.programs.exit(job.id, { kind: 'code', code: exit === 'completed' ? 0 : 3 });
      if (isHanging) return model.reference.linger(job, exit);
      system.programs.vanish(job.id);
      model.reference.end(job, exit);
    },
    (model) => live(model).length > 0,
  );
};

const seconds = (count: number) =>
  command(`time passes(${count} s)`, async ({ reference }, system) => {
    for (let second = 0; second < count; second++) {
      reference.second();
      system.clock.increment(1_000);
      await system.settle();
    }
  });

/** Pausing and resuming are written first: a journal that cannot be written refuses them. */
async function set(isPaused: boolean, { reference }: Model, { scheduler }: System): Promise<void> {
  const answer = isPaused ? scheduler.pauseQueue() : scheduler.resumeQueue();
  if (reference.isBroken) await expect(answer).rejects.toMatchObject({ code: 'intakeClosed' });
  else await answer;
  if (!reference.isBroken) reference.isPaused = isPaused;
}

const pause = command('pause', (model, system) => set(true, model, system));

const resume = command('resume', async (model, system) => {
  await set(false, model, system);
  const { reference } = model;
  if (!reference.isHeld) reference.start();
});

const breakJournal = command('journal breaks', ({ reference }, { journal }) => {
  reference.isBroken = true;
  journal.break('disk full');
});

const mend = command('journal mends', ({ reference }, { journal }) => {
  reference.isBroken = false;
  journal.mend();
});

const hold = command(
  'commits are held',
  ({ reference }, system) => {
    reference.isHeld = true;
    system.hold();
  },
  ({ reference }) => !reference.isHeld && reference.isOpen && !reference.isBroken,
);

const release = command(
  'commits are released',
  async (model, system) => {
    system.release();
    await system.settle();
    model.synchronize(system);
  },
  ({ reference }) => reference.isHeld,
);

const step = (isFailing: boolean) =>
  command(
    `the commit under way ${isFailing ? 'fails' : 'succeeds'}`,
    async (model, system) => {
      system.step(isFailing ? new Error('disk full') : undefined);
      await system.settle();
      model.synchronize(system, true);
    },
    ({ reference }) => reference.isHeld,
  );

const crash = (lands: boolean) =>
  command(`crash(${lands ? 'the commit under way lands' : 'nothing lands'})`, async (model, system) => {
    const { reference, ledger } = model;
    // What was under way may have landed or not, and a run may have to be found: else it is known what comes.
    const isUncertain = reference.isHeld || !ledger.running.every((jobId) => ledger.launched.has(jobId));
    await system.crash(lands);
    model.readStops(system);
    model.pending.length = 0;
    model.waiting.length = 0;
    reference.restart(isUncertain);
    if (isUncertain) model.synchronize(system);
    reference.forgetClients();
  });

const shutDown = (runs: 'stop' | 'leave') =>
  command(
    `shut down(${runs})`,
    async ({ reference }, system) => {
      const seconds = await system.stop(runs);
      const { isPaused } = reference;
      reference.isPaused = true;
      if (runs === 'stop') reference.interrupt();
      else for (let second = 0; second < seconds; second++) reference.second();
      reference.isPaused = isPaused;
      reference.restart();
    },
    ({ reference }) => !reference.isBroken && !reference.isHeld,
  );

const number = fc.nat({ max: 7 });
const how = fc.constantFrom('completed' as const, 'failed' as const);
const key = fc.constantFrom('k1', 'k2');
const body = fc.constantFrom('x', 'y');
const priority = fc.constantFrom(0, 0, 1, -1);
/** What jobs ask for counts only where devices are handed out. */
const gpus = fc.constantFrom(1, 1, 2, 3);
const sent = {
  model: fc.constantFrom('stubborn' as const, 'gentle' as const),
  ...{ priority, gpus },
  size: fc.constantFrom(0, 0, 1_000),
  client: fc.constantFrom('x' as const, 'y' as const),
  parts: fc.constantFrom(1, 1, 2),
};
const plain = fc.record({ ...sent, key: fc.constant(null), body: fc.constant('') }).map(submit);

/** All that can happen; what is here twice happens twice as often. */
export const commands = fc.commands<Model, System, false>(
  [
    plain,
    plain,
    plain,
    fc.record({ ...sent, key, body }).map(submit),
    number.map(cancel),
    fc.tuple(number, priority).map((given) => reprioritise(...given)),
    number.map(stop),
    fc.tuple(number, how, fc.constant(false)).map((given) => end(...given)),
    fc.tuple(number, how, fc.boolean()).map((given) => end(...given)),
    fc.integer({ min: 1, max: 5 }).map(seconds),
    fc.constantFrom(pause, resume, resume),
    fc.constantFrom(breakJournal, mend, mend),
    fc.constantFrom(hold, release, step(false), step(true)),
    fc.constantFrom(hold, step(false), step(false), step(true)),
    fc.constantFrom(crash(false), crash(true), shutDown('stop'), shutDown('leave')),
  ],
  { maxCommands: 60, size: 'max' },
);
