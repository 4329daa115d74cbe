import { useMemo, useState } from 'preact/hooks';
import { type Column, columns } from './columns.tsx';

const KEY = 'evald.jobs.columns';
/** Pixels of what always stands: the box to select, the state and the name; and between two columns. */
const FIXED = { check: 32, status: 104, name: 170, nameShare: 3 };
const GAP = 14;
const EDGES = 24;

export type ColumnChoice = {
  chosen: ReadonlySet<string>;
  toggle(name: string): void;
  reset(): void;
};

/** Which columns the reader wants: kept in this browser. @param isOwned whether jobs have owners here. */
export function useColumns(isOwned: boolean): ColumnChoice {
  const usual = () =>
    new Set(columns.filter(({ name, isUsual }) => isUsual && (name !== 'owner' || isOwned)).map(({ name }) => name));
  const [kept, setKept] = useState(readKept);
  const chosen = useMemo(() => kept ?? usual(), [kept, isOwned]);
  return {
    chosen,
    toggle: (name) => {
      const changed = new Set(chosen);
      if (!changed.delete(name)) changed.add(name);
      localStorage.setItem(KEY, JSON.stringify([...changed]));
      setKept(changed);
    },
    reset: () => {
      localStorage.removeItem(KEY);
      setKept(null);
    },
  };
}

/** Those of the chosen columns that fit, in order, and how they share the width. @param width pixels. @param isSelectable a box stands before each row. */
export function fitColumns(
  chosen: ReadonlySet<string>,
  width: number,
  isSelectable: boolean,
): { fitting: Column[]; template: string } {
  const fixed = (isSelectable ? [FIXED.check] : []).concat(FIXED.status, FIXED.name);
  let left = width - EDGES - fixed.reduce((sum, each) => sum + each + GAP, -GAP);
  const fitting = new Set<Column>();
  for (const column of columns.filter(({ name }) => chosen.has(name)).sort((a, b) => b.weight - a.weight)) {
    left -= column.least + GAP;
    if (left < 0) break;
    fitting.add(column);
  }
  const inOrder = columns.filter((column) => fitting.has(column));
  const template = [
    ...(isSelectable ? [`${FIXED.check - GAP}px`] : []),
    `${FIXED.status}px`,
    `minmax(${FIXED.name}px, ${FIXED.nameShare}fr)`,
    ...inOrder.map(({ least, share }) => (share === 0 ? `${least}px` : `minmax(${least}px, ${share}fr)`)),
  ].join(' ');
  return { fitting: inOrder, template };
}

function readKept(): ReadonlySet<string> | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return Array.isArray(kept) ? new Set(columns.map(({ name }) => name).filter((name) => kept.includes(name))) : null;
  } catch {
    return null;
  }
}
