import type { ComponentChildren } from 'preact';
import { shortId } from '../../../text/jobs.ts';
import { Bar } from '../../parts/Bar.tsx';
import { Ago, Elapsed } from '../../parts/Time.tsx';
import type { Row } from './row.ts';

export type Column = {
  name: string;
  label: string;
  /** Pixels that it needs, and its share of what is left. */
  least: number;
  share: number;
  /** Is shown until the reader chooses. */
  isUsual: boolean;
  /** Where not all fit, those with the least go first. */
  weight: number;
  /** Is a number, or a time: aligned to the right. */
  isNumber?: boolean;
  cell(row: Row): ComponentChildren;
};

/** What may be shown of a job beside its state and its name. */
export const columns: readonly Column[] = [
  {
    name: 'tasks',
    label: 'Tasks',
    least: 110,
    share: 2,
    isUsual: true,
    weight: 8,
    cell: ({ tasks }) => <Cut text={tasks} />,
  },
  {
    name: 'result',
    label: 'Result',
    least: 200,
    share: 4,
    isUsual: true,
    weight: 10,
    cell: (row) => <Result row={row} />,
  },
  {
    name: 'labels',
    label: 'Labels',
    least: 110,
    share: 2,
    isUsual: true,
    weight: 6,
    cell: ({ labels }) => <Labels labels={labels} />,
  },
  {
    name: 'model',
    label: 'Model',
    least: 100,
    share: 1,
    isUsual: false,
    weight: 5,
    cell: ({ model }) => <Cut text={model} />,
  },
  {
    name: 'owner',
    label: 'Owner',
    least: 80,
    share: 0.5,
    isUsual: true,
    weight: 3,
    cell: ({ submitted_by: by }) => by !== null && <Cut text={by} />,
  },
  {
    name: 'node',
    label: 'Node',
    least: 90,
    share: 0.5,
    isUsual: false,
    weight: 2,
    cell: ({ node }) => node !== null && <Cut text={node} />,
  },
  {
    name: 'priority',
    label: 'Priority',
    least: 62,
    share: 0,
    isUsual: false,
    weight: 1,
    isNumber: true,
    cell: ({ priority }) => priority !== 0 && priority,
  },
  {
    name: 'waited',
    label: 'Waited',
    least: 68,
    share: 0,
    isUsual: false,
    weight: 3,
    isNumber: true,
    cell: (row) => <Waited row={row} />,
  },
  {
    name: 'ran',
    label: 'Ran',
    least: 68,
    share: 0,
    isUsual: true,
    weight: 4,
    isNumber: true,
    cell: (row) => <Ran row={row} />,
  },
  {
    name: 'created',
    label: 'Created',
    least: 76,
    share: 0,
    isUsual: true,
    weight: 7,
    isNumber: true,
    cell: ({ created }) => <Ago time={created} />,
  },
  {
    name: 'id',
    label: 'Id',
    least: 74,
    share: 0,
    isUsual: false,
    weight: 2,
    cell: ({ job_id: id }) => <code>{shortId(id)}</code>,
  },
];

/** A score, how far a run is, what a job waits for, or why it failed: one line. */
export function Result({ row }: { row: Row }) {
  const { status, score, reason, percent, isGone, name } = row;
  if (isGone) return <span class="quiet-text">no longer kept</span>;
  if (status === 'running' && reason === '') {
    return (
      <span class="jobs-progress">
        <Bar percent={percent} label={`Progress of ${name}`} />
        <span class="number quiet-text">{percent === null ? 'starting' : `${Math.floor(percent)} %`}</span>
      </span>
    );
  }
  if (score === null) return <Cut text={reason} quiet />;
  return (
    <span class="cut" title={`${score.text} ${score.of}`}>
      <b class="number">{score.text}</b> <span class="quiet-text">{score.of}</span>
    </span>
  );
}

export function Labels({ labels }: { labels: readonly string[] }) {
  if (labels.length === 0) return null;
  return (
    <span class="jobs-labels" title={labels.join('\n')}>
      {labels.map((label) => (
        <bdi key={label} class="label">
          {label}
        </bdi>
      ))}
    </span>
  );
}

/** One line, cut where there is no room; the pointer shows the whole. */
export function Cut({ text, quiet = false }: { text: string; quiet?: boolean }) {
  return (
    <bdi class={quiet ? 'cut quiet-text' : 'cut'} title={text}>
      {text}
    </bdi>
  );
}

function Waited({ row: { created, started, ended } }: { row: Row }) {
  const until = started ?? ended;
  return <Elapsed from={created} seconds={until === null ? null : Math.max(0, secondsBetween(created, until))} />;
}

function Ran({ row: { started, ended, seconds } }: { row: Row }) {
  if (started === null) return null;
  return <Elapsed from={started} seconds={seconds ?? (ended === null ? null : secondsBetween(started, ended))} />;
}

const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1_000;
