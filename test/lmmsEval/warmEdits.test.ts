import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith, lmmsEval } from '../support/needs.ts';
import { realWarm, saidBy } from '../support/runs/realWarm.ts';

const TIMEOUT = 1_800_000;
const named = (task: string) => ({ model: 'evald_chat', tasks: [task] });

describeWith(lmmsEval, 'what is edited before a run of lmms-eval that may start warm', () => {
  let real: Awaited<ReturnType<typeof realWarm>>;
  beforeAll(async () => {
    real = await realWarm(['lmms_eval', 'lmms_eval-0.7.3.dist-info']);
  }, TIMEOUT);
  afterAll(() => real.close());

  test(
    'a task file, one that it includes, its functions, a module of the harness and its version are seen by the next run',
    async () => {
      const server = await real.server(['--warm-starts', 'true']);
      const first = await real.evaluate(server, named('evald_kinds'));
      expect(first.metrics).toMatchObject({ evald_kinds: { 'evald_score,last': { value: 1 } } });
      await real.untilReady(server);

      // What a run reads by itself: it may be warm, and has it.
      await real.edit('evald_plugin/tasks/utils.py', 'RIGHT = 1.0', 'RIGHT = 0.5');
      await real.edit('evald_plugin/tasks/kinds.yaml', 'task: evald_kinds', 'task: evald_edited');
      await real.edit('evald_plugin/tasks/_base.yaml', 'pre_prompt: "', 'pre_prompt: "Edited ');
      const { cold } = await real.state(server);
      const warm = await real.evaluate(server, named('evald_edited'));
      expect(warm.metrics).toMatchObject({ evald_edited: { 'evald_score,last': { value: 0.5 } } });
      expect((await saidBy(warm)).samples.join()).toMatch(/Edited (Say|Tell): What colour/);
      expect((await real.results(server, warm)).harness.started_warm).toBe(true);
      expect((await real.state(server)).cold).toBe(cold);

      // What the parent has imported.
      await real.edit('lmms_eval/utils.py', 'Probing Intelligence', 'Edited Intelligence');
      await real.edit('lmms_eval-0.7.3.dist-info/METADATA', 'Version: 0.7.3', 'Version: 0.7.99');
      const next = await real.evaluate(server, named('evald_edited'));
      expect(await readFile(next.log ?? '', 'utf8')).toContain('Edited Intelligence');
      expect((await real.results(server, next)).harness).toMatchObject({ version: '0.7.99' });
      expect((await real.results(server, next)).harness.started_warm).toBeUndefined();
      expect(await real.state(server)).toMatchObject({ cold: cold + 1, last_cold: expect.stringContaining('changed') });

      // A parent that was made anew has it, too.
      await real.untilReady(server);
      const later = await real.evaluate(server, named('evald_edited'));
      expect(await readFile(later.log ?? '', 'utf8')).toContain('Edited Intelligence');
      expect((await real.results(server, later)).harness).toMatchObject({ version: '0.7.99', started_warm: true });
    },
    TIMEOUT,
  );
});
