import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RayCluster } from '../../../support/clusters/rayCluster.ts';
import { rayFlags } from '../../../support/clusters/rayOptions.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';
import { runMain } from '../../../support/server/runMain.ts';

/** `evald check`, on the cluster. */
export function checks(cluster: () => RayCluster): void {
  const check = async (...flags: string[]) => {
    const folder = await temporaryFolder();
    const dataDir = join(folder, 'data');
    const words = ['--json', '--harness', 'demo', '--port', '0', '--data-dir', dataDir];
    const { code, stdout } = await runMain(['check', ...words, ...rayFlags(cluster()), ...flags]);
    const { checks: found } = JSON.parse(stdout) as { checks: { name: string; state: string; says: string }[] };
    const of = (name: string) => found.filter((each) => each.name === name).map(({ state, says }) => [state, says]);
    return { code, of, folder };
  };

  describe('evald check on Ray', () => {
    test('check on Ray has a node run one small program, and leaves nothing', async () => {
      const { code, of, folder } = await check();
      const nodes = (await cluster().api.nodes()).length;
      expect(of('ray')).toEqual([['ok', `it answers, and lets evald in; ${nodes} node${nodes === 1 ? '' : 's'}`]]);
      expect(of('shared folder')).toEqual([['ok', expect.stringContaining(` sees ${folder}`)]]);
      expect(of('python')).toEqual([['ok', expect.stringMatching(/^python3 on \S+ is Python 3\.\d+\.\d+$/)]]);
      expect(code).toBe(0);
      expect(await readdir(folder)).toEqual([]);
    });

    test('check on Ray without a shared folder learns through Ray whether a node has the Python', async () => {
      const { code, of } = await check('--ray-shared-folder', 'false');
      expect(of('shared folder')).toEqual([]);
      expect(of('python')).toEqual([['ok', expect.stringMatching(/is Python 3/)]]);
      expect(code).toBe(0);
    });

    test('check on Ray says that a token is not let in, or that there is none', async () => {
      const file = join(await temporaryFolder(), 'token');
      await writeFile(file, 'wrong\n', { mode: 0o600 });
      const wrong = await check('--ray-token-file', file);
      expect(wrong.of('ray')).toEqual([
        ['error', expect.stringMatching(/does not let evald in \(40[13]\): the token of /)],
      ]);
      const none = await check('--ray-token-file', '');
      expect(none.of('ray')).toEqual([['error', expect.stringContaining('it wants a token (--ray-token-file)')]]);
    });
  });
}
