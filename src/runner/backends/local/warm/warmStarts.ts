import { errorMessage } from '../../../../errors.ts';
import { RunError, UnavailableError } from '../../../../machines/ports/runner.ts';
import type { WarmStartsState } from '../../../../schemas/engine/engine.ts';
import { anyFolder } from '../../../folders/workingFolder.ts';
import { claimOf, claimStart } from '../../shared/claim.ts';
import { type LauncherIdentity, parseIdentity, readIdentity } from '../launcher.ts';
import { CHECKS_PROGRAM } from './checksProgram.ts';
import { type WarmLauncher, WarmParent, type WarmRun } from './parent.ts';
import { PARENT_PROGRAM } from './parentProgram.ts';

export type WarmStartOptions = {
  /** Bytes that a parent may take. */
  memory: number;
  /** Milliseconds without a run after which it is let go. */
  idle: number;
  /** Called once with why there is no parent, when that stays so. */
  onProblem?: (message: string) => void;
};

/** A run that was begun, and its launcher; null when nothing reports its end. */
export type WarmStart = { identity: LauncherIdentity; launcher: WarmLauncher | null };

/** Starts runs by forking a Python that has imported what they import. */
export type WarmStarts = {
  /**
   * Starts a run, if that would be the same as starting it cold, and there is a parent; makes one where there is none.
   * @param program what a parent of the harness loads. @returns null when nothing was started and the run can be started cold.
   * @throws RunError, UnavailableError when its start was claimed, and it can not be started any more with this state folder.
   */
  launch(run: WarmRun, program: string): Promise<WarmStart | null>;
  describe(): WarmStartsState;
  /** Ends the parent. Its runs go on. */
  close(): void;
};

type Kept = { parent: WarmParent; isReady: boolean; key: string };

/** How often in a row a parent is made anew that something else has ended, or while whose making files changed. */
const MOST_DEATHS = 3;
const MOST_CHANGES = 10;
/** Milliseconds. What was edited right now may be edited again, and cannot be told from that by the times of files. */
const REST_AFTER_CHANGE = 3_000;

export function createWarmStarts({ memory, idle, onProblem = () => {} }: WarmStartOptions): WarmStarts {
  let kept: Kept | null = null;
  let failure: string | null = null;
  let lastCold: string | null = null;
  const failed = { deaths: 0, changes: 0 };
  let isClosed = false;
  const count = { warm: 0, cold: 0 };
  let timer: NodeJS.Timeout | undefined;

  const letGo = (): void => {
    kept?.parent.close();
    kept = null;
  };

  const restIn = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => (kept !== null && kept.parent.running > 0 ? restIn() : letGo()), idle).unref();
  };

  const fail = (reason: string): void => {
    failure = reason;
    letGo();
    onProblem(`runs are started cold: ${reason}`);
  };

  const makeLater = (run: WarmRun, program: string, key: string): void => {
    setTimeout(() => void make(run, program, key), REST_AFTER_CHANGE).unref();
  };

  const make = async (run: WarmRun, program: string, key: string): Promise<void> => {
    const { command, env, mark, devices } = run;
    const own = Object.fromEntries(Object.entries(env).filter(([name]) => name !== mark && !devices.includes(name)));
    const python = command[0] ?? '';
    const cwd = await anyFolder();
    if (isClosed || kept !== null || failure !== null) return;
    const parent = new WarmParent(python, `${CHECKS_PROGRAM}${program}${PARENT_PROGRAM}`, own, cwd);
    const mine = { parent, isReady: false, key };
    kept = mine;
    restIn();
    void parent.over.then(() => {
      if (kept !== mine) return;
      kept = null;
      failed.deaths += 1;
      if (failed.deaths >= MOST_DEATHS) fail('the parent that they are forked from was ended again and again');
    });
    try {
      const bytes = await parent.ready;
      if (kept !== mine) return;
      mine.isReady = true;
      const most = `--warm-memory allows ${Math.floor(memory / 2 ** 20)}`;
      if (bytes > memory) fail(`the parent takes ${Math.ceil(bytes / 2 ** 20)} MiB, and ${most}`);
    } catch (error) {
      if (kept !== mine) return;
      const reason = errorMessage(error);
      letGo();
      failed.changes += 1;
      if (reason.includes(CHANGED) && failed.changes < MOST_CHANGES) makeLater(run, program, key);
      else fail(`the parent could not be made: ${reason}`);
    }
  };

  const ask = async (run: WarmRun, program: string): Promise<WarmStart | null> => {
    const key = JSON.stringify([run.command[0], program]);
    if (failure !== null || isClosed) return null;
    restIn();
    if (kept !== null && (kept.parent.isOver || kept.key !== key)) letGo();
    if (kept === null) void make(run, program, key);
    if (kept === null || !kept.isReady) return null;
    const { parent } = kept;
    const answer = await parent.launch(run);
    if (answer.kind === 'cold') {
      lastCold = answer.reason;
      if (answer.isStale && kept?.parent === parent) {
        letGo();
        makeLater(run, program, key);
      }
      return null;
    }
    if (answer.kind === 'silent') return answer.isSure ? nothingBegan(run.state) : settle(run.state);
    const identity = parseIdentity(answer.identity);
    if (identity === null) throw new Error(`a warm launcher named itself ${answer.identity}`);
    Object.assign(failed, { deaths: 0, changes: 0 });
    return { identity, launcher: answer.launcher };
  };

  return {
    async launch(run, program) {
      const started = await ask(run, program);
      count[started === null ? 'cold' : 'warm'] += 1;
      return started;
    },

    describe() {
      const isLoading = kept !== null && !kept.isReady;
      const state = failure !== null ? 'failed' : kept === null ? 'none' : isLoading ? 'loading' : 'ready';
      return {
        state,
        reason: failure,
        last_cold: lastCold,
        memory_bytes: kept?.parent.memory ?? null,
        warm: count.warm,
        cold: count.cold,
      };
    },

    close() {
      isClosed = true;
      clearTimeout(timer);
      letGo();
    },
  };
}

/** As the parent's program says of files that changed. */
const CHANGED = 'changed';

/** Nothing of it runs, or will. Where its start was not claimed it can be started cold. */
async function nothingBegan(state: string): Promise<null> {
  const claim = await claimOf(state);
  if (claim === null) return null;
  if (claim === 'evald') throw new RunError(`the start was claimed in ${state}`);
  throw new UnavailableError('its launcher was ended before its program began');
}

/** It is not known whether it begins: so it is claimed, as after a restart. */
async function settle(state: string): Promise<WarmStart> {
  if (await claimStart(state)) throw new UnavailableError('its launcher did not answer, and starts nothing any more');
  const identity = await readIdentity(state);
  if (identity === null) throw new Error(`${state} was claimed by a launcher that left no identity`);
  return { identity, launcher: null };
}
