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
  ls: { group: 'jobs', summary: 'list and search jobs', load: () => import('./ls.ts') },

  watch: { group: 'jobs', summary: 'see jobs run, as bars', load: () => import('./watch.ts') },
  wait: { group: 'jobs', summary: 'until jobs have ended', load: () => import('./wait.ts') },
  log: { group: 'results', summary: 'the log of a run', load: () => import('./log.ts') },
  doctor: { group: 'setup', summary: 'is all as it should be', load: () => import('./doctor.ts') },
  completion: { group: 'setup', summary: 'for bash, zsh and fish', load: () => import('./completion.ts') },
  events: { group: 'server', summary: 'what happened, in order', load: () => import('./events.ts') },

  serve: { group: 'server', summary: 'run the server', load: null },
  journal: { group: 'server', summary: 'check, export the record', load: null },
  token: { group: 'server', summary: 'make tokens for clients', load: null },
  demo: { group: 'server', summary: 'see it work, no GPU', load: null },
};

/** Whether a word names a verb of the client. */
export const isVerb = (name: string): boolean => Object.hasOwn(verbs, name) && verbs[name]?.load !== null;
