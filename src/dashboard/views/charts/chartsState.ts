import type { LiveStates, TransitionReport } from '../../../client/index.ts';

/** Lines of what happened that are kept. */
const TICKS = 80;

/** An actor of a chart of which there are several. */
type Actor = { job_id: string | null; states: readonly string[] };
type Actors = ReadonlyMap<string, Actor>;

/** Charts of which there are several actors: the states in which one ends. A runner ends with its job. */
const crowds = { runner: [], runTracker: ['gone', 'released'], delivery: ['delivered', 'givenUp'] } as const;

type Crowd = keyof typeof crowds;

/** What is known of the charts: the states of each, how many jobs are in which, and what happened last. */
export type ChartsState = {
  scheduler: readonly string[];
  actors: { readonly [chart in Crowd]: Actors };
  jobs: LiveStates['jobs'];
  /** The newest first. */
  ticks: readonly (TransitionReport & { number: number })[];
  /** How many transitions were seen. */
  seen: number;
};

/** Jobs in these are ended: the oldest of them are forgotten, which no transition says. */
export const endStates: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

/** What the server says of its charts, after what was known. */
export function knowStates(live: LiveStates, before: ChartsState | null): ChartsState {
  return {
    scheduler: live.scheduler,
    actors: {
      runner: new Map(live.runners.map((actor) => [`runner:${actor.job_id}`, actor])),
      runTracker: new Map(live.trackers.map((actor) => [`tracker:${actor.job_id}`, actor])),
      delivery: new Map(live.deliveries.map((actor) => [`delivery:${actor.number}`, actor])),
    },
    jobs: live.jobs,
    ticks: before?.ticks ?? [],
    seen: before?.seen ?? 0,
  };
}

/** The state after a transition. */
export function afterTransition(state: ChartsState, report: TransitionReport): ChartsState {
  const seen = state.seen + 1;
  const next = { ...state, seen, ticks: [{ ...report, number: seen }, ...state.ticks].slice(0, TICKS) };
  const { machine, actor, job_id, from, to, states } = report;
  switch (machine) {
    case 'scheduler':
      return { ...next, scheduler: states };
    case 'job': {
      const jobs: { [state: string]: number } = { ...state.jobs };
      if (from !== null) jobs[from] = (jobs[from] ?? 0) - 1;
      jobs[to] = (jobs[to] ?? 0) + 1;
      const { runner } = state.actors;
      const actors = endStates.has(to)
        ? { ...state.actors, runner: without(runner, `runner:${job_id}`) }
        : state.actors;
      return { ...next, actors, jobs: { ...state.jobs, ...jobs } };
    }
    default: {
      const hasEnded = crowds[machine].some((end) => end === to);
      const known = without(state.actors[machine], actor);
      const actors = hasEnded ? known : new Map([...known, [actor, { job_id, states }]]);
      return { ...next, actors: { ...state.actors, [machine]: actors } };
    }
  }
}

/** What a drawing shows: the states that are lit, and the texts at them. */
export type Shown = { lit: readonly string[]; badges: ReadonlyMap<string, string> };

/** What the drawing of a chart shows now. @param job shows this one alone; null: all. */
export function shownOf(state: ChartsState, chart: TransitionReport['machine'], job: string | null): Shown {
  if (chart === 'scheduler') return { lit: state.scheduler, badges: new Map() };
  if (chart === 'job') {
    if (job !== null) return { lit: [], badges: new Map() };
    return {
      lit: (['queued', 'running'] as const).filter((name) => state.jobs[name] > 0),
      badges: new Map(Object.entries(state.jobs).map(([name, count]) => [name, String(count)])),
    };
  }
  const lit = actorsOf(state, chart, job).flatMap(({ states }) => states);
  const counts = Map.groupBy(lit, (path) => path);
  const several = [...counts].flatMap(([path, { length }]): [string, string][] =>
    length > 1 ? [[path, String(length)]] : [],
  );
  return { lit, badges: new Map(several) };
}

/** What a chart does now, in a few words. */
export function summaryOf(state: ChartsState, chart: TransitionReport['machine']): string {
  if (chart === 'scheduler') return state.scheduler.map((path) => path.split('.').at(-1)).join(', ');
  if (chart === 'job') return `${state.jobs.running} running, ${state.jobs.queued} queued`;
  const { length } = actorsOf(state, chart, null);
  const one = chart === 'delivery' ? 'post' : 'run';
  return length === 0 ? `no ${one} now` : `${length} ${one}${length === 1 ? '' : 's'}`;
}

function actorsOf(state: ChartsState, chart: Crowd, job: string | null): Actor[] {
  return [...state.actors[chart].values()].filter(({ job_id }) => job === null || job_id === job);
}

function without(actors: Actors, actor: string): Actors {
  const rest = new Map(actors);
  rest.delete(actor);
  return rest;
}
