import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { noteOomKills, oomSince, readOomKills } from '../../../../src/runner/backends/local/oomKills.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

/** Files as the kernel shows them, in a folder. */
async function kernel(files: Record<string, string>): Promise<(more?: Record<string, string>) => Promise<string>> {
  const root = await temporaryFolder();
  return async (more = {}) => {
    for (const [path, text] of Object.entries({ ...files, ...more })) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return root;
  };
}

const events = (count: number) => `low 0\nhigh 0\nmax 9\noom 4\noom_kill ${count}\noom_group_kill 0\n`;
const vmstat = (count: number) => `nr_free_pages 1\noom_kill ${count}\nnr_unstable 0\n`;

test('kills of the kernel for memory are counted in the control group of the server, of either version', async () => {
  const second = await kernel({
    'proc/self/cgroup': '0::/system.slice/evald.service\n',
    'sys/fs/cgroup/system.slice/evald.service/memory.events': events(2),
    'proc/vmstat': vmstat(7),
  });
  expect(readOomKills(await second())).toEqual({ cgroup: 2, machine: 7 });
  const first = await kernel({
    'proc/self/cgroup': '4:memory:/docker/x\n0::/\n',
    'sys/fs/cgroup/memory/docker/x/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 5\n',
  });
  expect(readOomKills(await first())).toEqual({ cgroup: 5, machine: null });
  const container = await kernel({
    'proc/self/cgroup': '0::/../elsewhere\n',
    'sys/fs/cgroup/memory.events': events(1),
  });
  expect(readOomKills(await container())).toEqual({ cgroup: 1, machine: null });
  expect(readOomKills(await temporaryFolder())).toEqual({ cgroup: null, machine: null });
});

test('a count that has grown since the launch means that memory was out; any other says nothing', async () => {
  const group = 'sys/fs/cgroup/memory.events';
  const machine = await kernel({ 'proc/self/cgroup': '0::/\n', [group]: events(2), 'proc/vmstat': vmstat(7) });
  const state = await temporaryFolder();
  expect(await oomSince(state, await machine())).toBeNull();
  await noteOomKills(state, readOomKills(await machine()));
  expect(await oomSince(state, await machine())).toBeNull();
  expect(await oomSince(state, await machine({ 'proc/vmstat': vmstat(8) }))).toMatch(
    /^out of memory: .* this machine$/,
  );
  expect(await oomSince(state, await machine({ [group]: events(3) }))).toMatch(/^out of memory: .* control group$/);
  // A machine that was started again counts from 0.
  expect(await oomSince(state, await machine({ [group]: events(0), 'proc/vmstat': vmstat(0) }))).toBeNull();
});
