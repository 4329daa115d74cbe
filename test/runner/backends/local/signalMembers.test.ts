import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createLocalBackend } from '../../../../src/runner/backends/local/backend.ts';
import { readHandle } from '../../../../src/runner/backends/local/handle.ts';
import { trackedRun } from '../../../../src/runner/backends/local/observe.ts';
import { createProcessTable, type ProcessTable } from '../../../../src/runner/backends/local/processTable.ts';
import { signalMembers } from '../../../../src/runner/backends/local/signalMembers.ts';
import { launch, launchSpec, watchToEnd } from '../../../support/runs/localRun.ts';
import { isRunning } from '../../../support/runs/processes.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

test.each(['terminate', 'kill'] as const)(
  'to %s a run reaches a process that leaves its group right after it was looked for',
  async (how) => {
    const backend = createLocalBackend();
    const spec = await launchSpec([
      'sh',
      '-c',
      'setsid sh -c "echo ready \\$\\$; exec sleep 600 >/dev/null 2>&1" & wait',
    ]);
    const launched = await launch(backend, spec);
    const [, left] = await eventually(async () => /ready (\d+)/.exec(await readFile(spec.log, 'utf8').catch(() => '')));
    const handle = readHandle(launched);
    const table = createProcessTable();
    // As it was before it left.
    const before: ProcessTable = {
      ...table,
      look: async (since) => {
        const look = await table.look(since);
        const processes = look.processes.map((one) => ({
          ...one,
          ...(one.pid === Number(left) ? { group: handle.pid, session: handle.pid } : {}),
        }));
        return { ...look, processes };
      },
    };
    await signalMembers(trackedRun(handle, null, before), how);
    await watchToEnd(backend, launched);
    expect(await isRunning(Number(left))).toBe(false);
  },
);
