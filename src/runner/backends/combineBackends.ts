import { join } from 'node:path';
import { readFileIfExists } from '../../files/readFileIfExists.ts';
import { replaceFile } from '../../files/writeRunFile.ts';
import type { RunExecutor, RunHandle } from '../../machines/ports/runner.ts';
import type { Backend } from './backend.ts';

/** In the state folder of a launch: the name of the backend that it was given to. */
const NOTE = 'backend';
/** Whose launches are not noted. */
const FIRST = 'local';

/**
 * Several backends as one. A run is launched with the chosen one; a run that is there already is watched, stopped and
 * recovered by the one that started it, so that a server may be started again with another choice.
 *
 * A run of a backend that is not among them (a later version knew more) is neither failed nor forgotten, for it may well be
 * going on: its state is unknown, it cannot be stopped, and its job runs until a server is started that can ask.
 */
export function combineBackends(chosen: Backend, others: readonly Backend[]): Backend {
  const byName = new Map([...others, chosen].map((backend) => [backend.name, backend]));
  const ownerOf = (handle: RunHandle): Backend | undefined => byName.get(nameOf(handle));

  return {
    name: chosen.name,
    trackers: [...byName.values()].flatMap(({ trackers }) => trackers ?? []),
    variables: Object.assign({}, ...[...byName.values()].map(({ variables }) => variables)),

    async launch(spec) {
      // Before the launch: what is not noted was not launched, or here. A run elsewhere outlives this machine, and so must the note.
      if (chosen.name !== FIRST) await replaceFile(join(spec.state, NOTE), chosen.name, true);
      return chosen.launch(spec);
    },

    async recover(state) {
      const owner = byName.get((await readNote(state)) ?? FIRST);
      return owner === undefined ? new Promise(() => {}) : owner.recover(state);
    },

    watch(handle, report) {
      const owner = ownerOf(handle);
      if (owner !== undefined) return owner.watch(handle, report);
      report({ type: 'run.placed', node: '', state: `unknown: ${unavailable(handle)}` });
      return () => {};
    },

    async stop(handle, how) {
      const owner = ownerOf(handle);
      if (owner === undefined) throw new Error(unavailable(handle));
      await owner.stop(handle, how);
    },

    withdraw: async (handle) => (await ownerOf(handle)?.withdraw(handle)) ?? false,

    outputOf: async (handle) => (await ownerOf(handle)?.outputOf?.(handle)) ?? null,
    probe: async () => chosen.probe?.(),
    describe: () => chosen.describe(),
    idOf: (handle) => ownerOf(handle)?.idOf(handle) ?? '',
    ...(chosen.warm && { warm: chosen.warm }),
    close: () => {
      for (const backend of byName.values()) backend.close?.();
    },
    ...(chosen.checkArgs && { checkArgs: (args) => chosen.checkArgs?.(args) ?? null }),
  };
}

/** Where a run is, by its handle: the backend that made that, and the engine's name of the run; empty when its backend cannot read it. */
export function whereIs(backend: Pick<Backend, 'idOf'>, handle: RunHandle): ReturnType<RunExecutor['whereIs']> {
  const { node } = handle;
  return { name: nameOf(handle), id: idOf(backend, handle), node: typeof node === 'string' ? node : null };
}

function idOf(backend: Pick<Backend, 'idOf'>, handle: RunHandle): string {
  try {
    return backend.idOf(handle);
  } catch {
    return '';
  }
}

function nameOf(handle: RunHandle): string {
  return typeof handle['backend'] === 'string' ? handle['backend'] : FIRST;
}

const unavailable = (handle: RunHandle): string => `this server has no backend ${nameOf(handle)}`;

/** @returns null when nothing was noted. @throws when that cannot be found out. */
async function readNote(state: string): Promise<string | null> {
  // Empty: it was about to be written, so that nothing was launched.
  return (await readFileIfExists(join(state, NOTE))) || null;
}
