import type { ComponentType } from 'preact';
import type { CallerAnswer } from '../../schemas/server/caller.ts';
import { shortId } from '../../text/jobs.ts';
import { hasRole } from '../allowed.ts';
import type { Location } from '../location.ts';
import { lazyView } from '../parts/lazyView.tsx';
import { Api } from './api/Api.tsx';
import { Job } from './job/Job.tsx';
import { Jobs } from './jobs/Jobs.tsx';
import { New } from './new/New.tsx';
import { Now } from './now/Now.tsx';

/** Parts of the navigation: jobs, what they found, and the server itself. */
export const groups = ['jobs', 'scores', 'server'] as const;

/** A view: `#/<name>` shows it, with the rest of the address for it to read. */
export type View = {
  name: string;
  label: string;
  /** What it stands beside in the navigation. */
  group: (typeof groups)[number];
  isShown(caller: CallerAnswer): boolean;
  /** What the window is called. */
  title(location: Location): string;
  View: ComponentType<{ location: Location }>;
};

const always = () => true;

const now: View = { name: 'now', label: 'Now', group: 'jobs', isShown: always, title: () => 'Now', View: Now };

/** The views, as the navigation has them. */
export const views: readonly View[] = [
  now,
  { name: 'jobs', label: 'Jobs', group: 'jobs', isShown: always, title: () => 'Jobs', View: Jobs },
  {
    name: 'scores',
    label: 'Scores',
    group: 'scores',
    isShown: always,
    title: ({ query }) => `Scores${query.has('task') ? ` of ${query.get('task')}` : ''}`,
    View: lazyView(async () => (await import('./scores/Scores.tsx')).Scores),
  },
  {
    name: 'compare',
    label: 'Compare',
    group: 'scores',
    isShown: always,
    title: () => 'Compare',
    View: lazyView(async () => (await import('./compare/Compare.tsx')).Compare),
  },
  {
    name: 'leaderboard',
    label: 'Leaderboard',
    group: 'scores',
    isShown: always,
    title: () => 'Leaderboard',
    View: lazyView(async () => (await import('./leaderboard/Leaderboard.tsx')).Leaderboard),
  },
  {
    name: 'charts',
    label: 'Charts',
    group: 'server',
    isShown: always,
    title: () => 'Charts',
    View: lazyView(async () => (await import('./charts/Charts.tsx')).Charts),
  },
  { name: 'api', label: 'API', group: 'server', isShown: always, title: () => 'API', View: Api },
  {
    name: 'new',
    label: 'New',
    group: 'server',
    isShown: (caller) => hasRole(caller, 'submit'),
    title: () => 'New evaluation',
    View: New,
  },
];

/** One job: `#/jobs/<id>/<tab>`. */
const job: View = {
  name: 'jobs',
  label: 'Job',
  group: 'jobs',
  isShown: always,
  title: ({ path }) => `Job ${shortId(path[1] ?? '')}`,
  View: Job,
};

/** The view that an address names: what this caller cannot use, and what there is not, leads to Now. */
export function viewAt({ path: [name, id] }: Location, caller: CallerAnswer): View {
  if (name === 'jobs' && id !== undefined) return job;
  return views.find((view) => view.name === name && view.isShown(caller)) ?? now;
}
