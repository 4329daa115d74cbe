import { expect } from 'vitest';

/** What a path is driven through: the machine itself, the scheduler, a server. */
export type Subject<Move, Visible> = {
  take(move: Move): Promise<void>;
  visible(): Visible | Promise<Visible>;
};

/** What a subject is compared with: a value, what each move makes of it, and what is to be seen of it. */
export type Model<State, Move, Visible> = {
  initial: State;
  next(state: State, move: Move): State;
  visible(state: State): Visible;
};

/**
 * Takes the moves one by one, and compares after each. A failure names the moves so far.
 * @returns the state in which the model ends.
 */
export async function follow<State, Move, Visible>(
  moves: readonly Move[],
  model: Model<State, Move, Visible>,
  subject: Subject<Move, Visible>,
): Promise<State> {
  let state = model.initial;
  expect(await subject.visible(), 'at the beginning').toEqual(model.visible(state));
  for (const [index, move] of moves.entries()) {
    state = model.next(state, move);
    await subject.take(move);
    const visible = await subject.visible();
    const expected = model.visible(state);
    // The message is made for a failure only: there are many steps.
    if (JSON.stringify(visible) === JSON.stringify(expected)) continue;
    const taken = moves.slice(0, index + 1).map((one) => JSON.stringify(one));
    expect(visible, `after ${taken.join(' → ')}`).toEqual(expected);
  }
  return state;
}

/** Each once, and none that is the beginning of another: whoever takes these has taken all. */
export function maximal<Path extends readonly unknown[]>(paths: readonly Path[]): Path[] {
  const beginnings = new Set(paths.map((moves) => JSON.stringify(moves.slice(0, -1))));
  const unique = new Map(paths.map((moves) => [JSON.stringify(moves), moves]));
  return [...unique].filter(([text]) => !beginnings.has(text)).map(([, moves]) => moves);
}
