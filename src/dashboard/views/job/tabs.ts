import type { ComponentType } from 'preact';
import type { JobInfo } from '../../../client/index.ts';
import type { Location } from '../../location.ts';
import { JobChart } from './chart/JobChart.tsx';
import { Files } from './files/Files.tsx';
import { Log } from './log/Log.tsx';
import { Overview } from './overview/Overview.tsx';
import { Request } from './request/Request.tsx';
import { Samples } from './samples/Samples.tsx';
import { Scores } from './scores/Scores.tsx';
import { Timeline } from './timeline/Timeline.tsx';

/** A part of what is known of a job. */
export type Tab = { name: string; label: string; View: ComponentType<{ job: JobInfo; location: Location }> };

const overview: Tab = { name: 'overview', label: 'Overview', View: Overview };

/** The parts, in the order of their keys. */
export const tabs: readonly Tab[] = [
  overview,
  { name: 'log', label: 'Log', View: Log },
  { name: 'scores', label: 'Scores', View: Scores },
  { name: 'samples', label: 'Samples', View: Samples },
  { name: 'files', label: 'Files', View: Files },
  { name: 'request', label: 'Request', View: Request },
  { name: 'timeline', label: 'Timeline', View: Timeline },
  { name: 'chart', label: 'Chart', View: JobChart },
];

/** The tab of a name; without one, and where there is none of it, the overview. */
export const tabAt = (name: string | undefined): Tab => tabs.find((tab) => tab.name === name) ?? overview;

/** The name of the tab beside one; beside the last is the first. */
export function nextTab(name: string, by: 1 | -1): string {
  const at = tabs.findIndex((tab) => tab.name === name);
  return tabs[(at + by + tabs.length) % tabs.length]?.name ?? overview.name;
}
