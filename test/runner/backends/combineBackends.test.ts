import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunReport, StopMethod } from '../../../src/machines/ports/runner.ts';
import type { Backend } from '../../../src/runner/backends/backend.ts';
import { combineBackends } from '../../../src/runner/backends/combineBackends.ts';
import { createLocalBackend } from '../../../src/runner/backends/local/backend.ts';
import { launchSpec, temporaryFolder, watchToEnd } from '../../support/runs/localRun.ts';
import { describeBackend } from './backendContract.ts';

/** A backend that only notes what it is asked. */
function noting(name: string) {
  const asked: string[] = [];
  const backend: Backend = {
    name,
    launch: async ({ jobId }) => ({ backend: name, jobId }),
    recover: async (state) => {
      asked.push(`recover ${state}`);
      return null;
    },
    watch: () => {
      asked.push('watch');
      return () => {};
    },
    stop: async (_handle, how: StopMethod) => {
      asked.push(how);
    },
    withdraw: async () => false,
    describe: async () => ({ name, reachable: true, reason: null, queued: 0, running: 0, nodes: [] }),
    idOf: () => `${name} 1`,
  };
  return { backend, asked };
}

describeBackend('local among others', {
  make: () => combineBackends(createLocalBackend(), [noting('other').backend]),
});

describe('several backends', () => {
  test('a run is watched, stopped and named by the backend that started it, whichever is chosen now', async () => {
    const [old, chosen] = [noting('old'), noting('chosen')];
    const handle = await combineBackends(old.backend, []).launch(await launchSpec(['true']));
    const backends = combineBackends(chosen.backend, [old.backend]);
    backends.watch(handle, () => {});
    await backends.stop(handle, 'terminate');
    expect([old.asked, chosen.asked, backends.idOf(handle)]).toEqual([['watch', 'terminate'], [], 'old 1']);
  });

  test('a launch whose handle was lost is looked for on the backend where it was made', async () => {
    const [old, chosen] = [noting('old'), noting('chosen')];
    const spec = await launchSpec(['true']);
    await combineBackends(old.backend, []).launch(spec);
    await combineBackends(chosen.backend, [old.backend]).recover(spec.state);
    expect([old.asked, chosen.asked]).toEqual([[`recover ${spec.state}`], []]);
  });

  test('a launch of a version that knew this machine only is looked for here', async () => {
    const spec = await launchSpec(['sh', '-c', 'echo started; exit 3']);
    const handle = await createLocalBackend().launch(spec);
    const local = createLocalBackend();
    await watchToEnd(local, handle);
    expect(await combineBackends(noting('chosen').backend, [local]).recover(spec.state)).toEqual(handle);
  });

  test('a run of a backend that this server does not have stays: its state is unknown, and a stop says why not', async () => {
    const { backend } = noting('chosen');
    const backends = combineBackends(backend, []);
    const reports: RunReport[] = [];
    backends.watch({ backend: 'future', id: 7 }, (report) => reports.push(report));
    expect(reports).toEqual([{ type: 'run.placed', node: '', state: 'unknown: this server has no backend future' }]);
    await expect(backends.stop({ backend: 'future' }, 'kill')).rejects.toThrow('no backend future');
    expect(backends.idOf({ backend: 'future' })).toBe('');
  });

  test('a launch that ended while it was being noted did not happen', async () => {
    const { state } = await launchSpec(['true']);
    await writeFile(join(state, 'backend'), '');
    expect(await combineBackends(noting('chosen').backend, [createLocalBackend()]).recover(state)).toBeNull();
  });

  test('a launch that may have happened on a backend that this server does not have is not decided', async () => {
    const state = await temporaryFolder();
    await writeFile(join(state, 'backend'), 'future');
    const recovered = combineBackends(noting('chosen').backend, [createLocalBackend()]).recover(state);
    expect(await Promise.race([recovered, new Promise((resolve) => setImmediate(resolve, 'undecided'))])).toBe(
      'undecided',
    );
  });

  test('the choice is noted before the launch, so that what is not noted was not launched', async () => {
    const spec = await launchSpec(['true']);
    const failing = { ...noting('chosen').backend, launch: () => Promise.reject(new Error('no')) };
    await expect(combineBackends(failing, []).launch(spec)).rejects.toThrow('no');
    expect(await readFile(join(spec.state, 'backend'), 'utf8')).toBe('chosen');
  });

  test('arguments for the engine are checked by the chosen backend, if it accepts any', async () => {
    const { backend } = noting('chosen');
    expect(combineBackends(backend, [])).not.toHaveProperty('checkArgs');
    const checking = combineBackends({ ...backend, checkArgs: ([word]) => `no ${word}` }, []);
    expect(checking.checkArgs?.(['--qos=x'])).toBe('no --qos=x');
  });
});
