import type { Figures } from '../figures.ts';
import type { Plan } from '../plan.ts';
import { evaluationRowsOf } from './evaluationRows.ts';
import type { Machine } from './machine.ts';
import { peerRowsOf } from './peerRows.ts';
import { rowsOf } from './rows.ts';
import { evaluations, originalAndBare, otherQueues, tableOf } from './table.ts';

/** What can be measured, in this order. */
export const measureNames = [
  'commits',
  'starts',
  'submissions',
  'peers',
  'health',
  'depths',
  'runs',
  'memory',
  'log',
  'evaluations',
] as const;

export type MeasureName = (typeof measureNames)[number];

/** A table of the README, between marks of its name, and a part of results.json. */
export type Section = {
  name: 'results' | 'peers' | 'evaluations';
  /** What must have been measured, all of it, for the table to be written. */
  measures: readonly MeasureName[];
  /** What it shows of all figures. */
  owns(figure: string): boolean;
  /** What of others' was measured, by name and version. */
  versions(machine: Machine): Record<string, string>;
  /** The table as cells; without rows when nothing of it was measured. */
  table(plan: Plan, figures: Figures): string[][];
  /** How often it was measured, as a sentence. */
  repeated(plan: Plan): string;
};

const isOfPeers = (figure: string) => figure.startsWith('peers.');
const isOfEvaluations = (figure: string) => figure.startsWith('evaluations.');
const lmmsEval = ({ lmmsEval }: Machine): Record<string, string> =>
  lmmsEval === null ? {} : { 'lmms-eval': lmmsEval };
const medians = ({ rounds }: Plan) => (rounds === 1 ? 'Measured once.' : `Medians of ${rounds} rounds.`);

export const sections: readonly Section[] = [
  {
    name: 'results',
    measures: measureNames.filter((name) => name !== 'peers' && name !== 'evaluations'),
    owns: (figure) => !isOfPeers(figure) && !isOfEvaluations(figure),
    versions: lmmsEval,
    table: (plan, figures) => tableOf(rowsOf(plan), figures, originalAndBare),
    repeated: medians,
  },
  {
    name: 'peers',
    measures: ['peers'],
    owns: isOfPeers,
    versions: ({ peers }) => peers ?? {},
    table: (plan, figures) => tableOf(peerRowsOf(plan), figures, otherQueues),
    repeated: medians,
  },
  {
    name: 'evaluations',
    measures: ['evaluations'],
    owns: isOfEvaluations,
    versions: lmmsEval,
    table: (_, figures) => tableOf(evaluationRowsOf(), figures, evaluations),
    repeated: ({ evaluations: { rounds, runs, queue, warmQueue } }) =>
      `Medians of ${rounds * runs} runs each; ${rounds === 1 ? 'one queue' : `${rounds} queues`} of ${queue} (${warmQueue} that start warm).`,
  },
];

/** The tables of what was measured, as cells. */
export function tablesOf(plan: Plan, figures: Figures): string[][][] {
  return sections.map(({ table }) => table(plan, figures)).filter(({ length }) => length > 1);
}

/** The sections whose tables are whole: all that they show was measured, where it is there. */
export function wholeSections(plan: Plan, figures: Figures, measured: readonly MeasureName[]): Section[] {
  return sections.filter(
    ({ measures, table }) => measures.every((name) => measured.includes(name)) && table(plan, figures).length > 1,
  );
}
