import type { WarmStartsState } from '../../../../schemas/engine/engine.ts';
import type { WarmPython, WarmPythons } from '../../backend.ts';
import { DEVICE_VARIABLES, RUN_MARK } from '../marks.ts';
import type { WarmRun } from './parent.ts';
import { WarmKind, type WarmStart } from './warmKind.ts';

export type WarmStartOptions = {
  /** Bytes that all parents may take together. */
  memory: number;
  /** Milliseconds without a run after which a parent is let go. */
  idle: number;
  /** Called with why there is no parent of a kind, once for each reason. */
  onProblem?: (message: string) => void;
  /** Milliseconds since any fixed point. */
  now?: () => number;
};

/** Starts runs by forking a Python that has imported what they import: one for each Python, what it imports, and its environment. */
export type WarmStarts = WarmPythons & {
  /**
   * Starts a run, if that would be the same as starting it cold, and there is a parent; makes one where there is none.
   * @param program what a parent of the harness loads. @returns null when nothing was started and the run can be started cold.
   * @throws RunError, UnavailableError when its start was claimed, and it can not be started any more with this state folder.
   */
  launch(run: WarmRun, program: string): Promise<WarmStart | null>;
  /** Undefined while nothing was to be started warm. */
  describe(): WarmStartsState | undefined;
  /** Ends the parents. Their runs go on. */
  close(): void;
};

/** Milliseconds. A parent that was used in this time does not make room for one of another kind: two would take turns for nothing. */
const RECENT = 300_000;
/** Variables that say nothing of what is imported. */
const OF_ONE_RUN = new Set([RUN_MARK, ...DEVICE_VARIABLES]);
/** Kinds that are remembered: those without a parent are forgotten first. */
const MOST_KINDS = 8;

export function createWarmStarts(options: WarmStartOptions): WarmStarts {
  const { memory, idle, onProblem = () => {}, now = () => performance.now() } = options;
  const kinds = new Map<string, WarmKind>();
  let last: WarmKind | null = null;
  let isClosed = false;

  /** Others that have a parent, that which was used longest ago first. */
  const beside = (kind: WarmKind): WarmKind[] =>
    [...kinds.values()].filter((other) => other !== kind && other.memory > 0).toSorted((a, b) => a.lastUse - b.lastUse);

  const mayTake = (kind: WarmKind): boolean => {
    const isRecent = ({ lastUse }: WarmKind) => now() - lastUse < RECENT;
    return (kind.size ?? 0) + bytesOf(beside(kind).filter(isRecent)) <= memory || (kind.size ?? 0) > memory;
  };

  const makeRoom = (kind: WarmKind): string | null => {
    const mib = (bytes: number) => bytes / 2 ** 20;
    if (kind.memory > memory) {
      return `it takes ${Math.ceil(mib(kind.memory))} MiB, and --warm-memory allows ${Math.floor(mib(memory))}`;
    }
    for (const other of beside(kind)) {
      if (kind.memory + bytesOf(beside(kind)) <= memory) break;
      other.letGo();
    }
    return null;
  };

  const kindOf = ({ env: whole, ...of }: WarmPython): WarmKind => {
    const env = Object.fromEntries(Object.entries(whole).filter(([name]) => !OF_ONE_RUN.has(name)));
    const python = { ...of, env };
    const key = JSON.stringify([of.python, of.program, Object.entries(env).toSorted()]);
    const known = kinds.get(key);
    // The map's order is that of their last use.
    kinds.delete(key);
    const report = (reason: string) => onProblem(`runs of ${python.python} start cold: ${reason}`);
    last = known ?? new WarmKind(python, { idle, now, onProblem: report, mayTake, makeRoom });
    kinds.set(key, last);
    if (kinds.size > MOST_KINDS) forgetOne();
    return last;
  };

  const forgetOne = (): void => {
    const [oldest] = [...kinds].toSorted(([, a], [, b]) => Number(a.memory > 0) - Number(b.memory > 0));
    oldest?.[1].close();
    kinds.delete(oldest?.[0] ?? '');
  };

  return {
    async launch(run, program) {
      if (isClosed) return null;
      return kindOf({ python: run.command[0] ?? '', program, env: run.env }).launch(run);
    },

    async prepare(python) {
      if (!isClosed) await kindOf(python).make();
    },

    revive(program) {
      for (const kind of kinds.values()) if (kind.isAsleep && kind.python.program === program) void kind.make();
    },

    async ask(python, question) {
      return isClosed ? null : kindOf(python).ask(question);
    },

    describe() {
      if (last === null) return;
      const parents = [...kinds.values()].map((kind) => kind.describe());
      const { state, reason, last_cold } = last.describe();
      const sum = (of: 'warm' | 'cold') => parents.reduce((total, parent) => total + parent[of], 0);
      const taken = bytesOf([...kinds.values()]);
      const memory_bytes = taken === 0 ? null : taken;
      return { state, reason, last_cold, memory_bytes, warm: sum('warm'), cold: sum('cold'), parents };
    },

    close() {
      isClosed = true;
      for (const kind of kinds.values()) kind.close();
    },
  };
}

const bytesOf = (kinds: readonly WarmKind[]): number => kinds.reduce((total, { memory }) => total + memory, 0);
