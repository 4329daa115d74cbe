import { type ComparedRun, keyOf, type ScoreName, type SideScore, scoresOf } from './comparedRun.ts';

/** Which scores are wanted: those of which each name that is given is theirs. */
export type Wanted = { readonly [Name in keyof ScoreName]?: string | undefined };

/** Scores of two sides, by which of them have them. */
export type MatchedScores = { both: [a: SideScore, b: SideScore][]; onlyA: SideScore[]; onlyB: SideScore[] };

/**
 * Holds the scores of two sides against each other. Takes time by their number, and by that of the tasks that are wanted.
 * @param wanted scores that one of these lets through.
 */
export function matchScores(a: ComparedRun, b: ComparedRun, wanted: readonly Wanted[]): MatchedScores {
  const isWanted = createChoice(wanted);
  const ofB = new Map(
    scoresOf(b)
      .filter(isWanted)
      .map((score) => [keyOf(score), score]),
  );
  const matched: MatchedScores = { both: [], onlyA: [], onlyB: [] };
  for (const score of scoresOf(a).filter(isWanted)) {
    const other = ofB.get(keyOf(score));
    if (other === undefined) matched.onlyA.push(score);
    else matched.both.push([score, other]);
    ofB.delete(keyOf(score));
  }
  matched.onlyB = [...ofB.values()];
  return matched;
}

function createChoice(wanted: readonly Wanted[]): (name: ScoreName) => boolean {
  const ofTask = Map.groupBy(wanted, ({ task }) => task);
  const ofAll = ofTask.get(undefined) ?? [];
  return (name) =>
    [...ofAll, ...(ofTask.get(name.task) ?? [])].some(
      ({ metric = name.metric, filter = name.filter }) => metric === name.metric && filter === name.filter,
    );
}
