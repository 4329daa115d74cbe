import type { Verb } from './verb.ts';

/** The groups of the help, in order. */
export const groups = [
  ['jobs', 'Jobs'],
  ['results', 'Results'],
  ['queue', 'Queue'],
  ['server', 'Server'],
  ['setup', 'Set up'],
] as const;

type Entry = {
  group: (typeof groups)[number][0];
  /** For the help of evald, at most 24 characters. */
  summary: string;
  /** Null: a command that is no client's (`program.ts`). */
  load: (() => Promise<{ verb: Verb }>) | null;
};

/** Every command. The code of one is loaded when it is called. */
export const verbs: { readonly [name: string]: Entry } = {
  submit: { group: 'jobs', summary: 'queue evaluations', load: () => import('./submit.ts') },
  ls: { group: 'jobs', summary: 'list and search jobs', load: () => import('./ls.ts') },
  show: { group: 'jobs', summary: 'all about a job', load: () => import('./show.ts') },
  cancel: { group: 'jobs', summary: 'take back what waits', load: () => import('./cancel.ts') },
  stop: { group: 'jobs', summary: 'end what runs', load: () => import('./stop.ts') },
  retry: { group: 'jobs', summary: 'queue ended jobs again', load: () => import('./retry.ts') },
  priority: { group: 'jobs', summary: 'reorder what waits', load: () => import('./priority.ts') },
  open: { group: 'jobs', summary: 'open the page of a job', load: () => import('./open.ts') },
  watch: { group: 'jobs', summary: 'see jobs run, as bars', load: () => import('./watch.ts') },
  wait: { group: 'jobs', summary: 'until jobs have ended', load: () => import('./wait.ts') },

  results: { group: 'results', summary: 'scores of jobs', load: () => import('./results.ts') },
  samples: { group: 'results', summary: 'samples of a task', load: () => import('./samples.ts') },
  files: { group: 'results', summary: 'files of a run', load: () => import('./files.ts') },
  log: { group: 'results', summary: 'the log of a run', load: () => import('./log.ts') },
  board: { group: 'results', summary: 'best model of each task', load: () => import('./board.ts') },
  compare: { group: 'results', summary: 'is one run better', load: () => import('./compare.ts') },
  gate: { group: 'results', summary: 'may it take its place', load: () => import('./gate.ts') },
  plot: { group: 'results', summary: 'scores along the steps', load: () => import('./plot.ts') },
  export: { group: 'results', summary: 'scores of many jobs', load: () => import('./export.ts') },
  import: { group: 'results', summary: 'take in earlier runs', load: () => import('./import.ts') },

  queue: { group: 'queue', summary: 'what runs and waits', load: () => import('./queue.ts') },
  pause: { group: 'queue', summary: 'start nothing more', load: () => import('./pause.ts') },
  resume: { group: 'queue', summary: 'start what waits', load: () => import('./resume.ts') },

  tasks: { group: 'server', summary: 'tasks it knows', load: () => import('./tasks.ts') },
  models: { group: 'server', summary: 'models it knows', load: () => import('./models.ts') },
  harnesses: { group: 'server', summary: 'what evaluates', load: () => import('./harnesses.ts') },
  machines: { group: 'server', summary: 'charts, and their states', load: () => import('./machines.ts') },
  health: { group: 'server', summary: 'whether it can work', load: () => import('./health.ts') },
  events: { group: 'server', summary: 'what happened, in order', load: () => import('./events.ts') },

  login: { group: 'setup', summary: 'keep a server, its token', load: () => import('./login.ts') },
  config: { group: 'setup', summary: 'choose among servers', load: () => import('./config.ts') },
  doctor: { group: 'setup', summary: 'is all as it should be', load: () => import('./doctor.ts') },
  completion: { group: 'setup', summary: 'for bash, zsh, fish', load: () => import('./completion.ts') },
  serve: { group: 'setup', summary: 'run the server', load: null },
  check: { group: 'setup', summary: 'before it is started', load: null },
  journal: { group: 'setup', summary: 'look after its record', load: null },
  token: { group: 'setup', summary: 'make tokens', load: null },
  demo: { group: 'setup', summary: 'see it work, no GPU', load: null },
};

/** Whether a word names a verb of the client. */
export const isVerb = (name: string): boolean => Object.hasOwn(verbs, name) && verbs[name]?.load !== null;
