import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createClient } from '../../../src/client/index.ts';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { submit } from '../../support/jobs/client.ts';
import { chromium, describeWith, slurm } from '../../support/needs.ts';
import { launchBrowser } from '../../support/server/browser.ts';
import { startCommand } from '../../support/server/evald.ts';
import { openPage } from '../../support/server/page.ts';
import { startServer } from '../../support/server/server.ts';
import { eventually } from '../../support/waiting/eventually.ts';

/** Where `npm run docs:pictures` writes what Slurm, the command line and the page show of the same jobs. */
const docs = new URL('../../../docs/', import.meta.url).pathname;
const writes = process.env['TEST_PICTURES'] === 'write';

/** Names, times and widths as an operator has them. */
const FORMAT = '%.6i %.9P %.52j %.8T %.10r %N';

const works = [
  { model: 'nearest-template', tasks: ['demo_digits', 'demo_shapes'], step: 2_000 },
  { model: 'nearest-template', tasks: ['demo_digits', 'demo_shapes'], step: 4_000 },
  { model: 'nearest-template', tasks: ['demo_digits', 'demo_shapes'], step: 6_000 },
  { model: 'majority', tasks: ['demo_digits'], step: 6_000 },
  { model: 'nearest-template', tasks: ['demo_digits', 'demo_shapes'], step: 8_000 },
  { model: 'nearest-template', tasks: ['demo_count'], step: 8_000 },
  { model: 'nearest-template', tasks: ['demo_digits', 'demo_shapes'], step: 10_000 },
  { model: 'majority', tasks: ['demo_digits'], step: 10_000 },
];

describeWith(chromium, 'a browser beside a cluster', () => {
  describeWith(slurm, 'what is seen of the same jobs', () => {
    const { cluster } = withCluster();

    test('squeue, evald queue and the page show the same jobs under the same names: what runs, what Slurm keeps waiting, and what evald does', async ({
      onTestFinished,
    }) => {
      const flags = ['--backend', 'slurm', '--slots', '0', '--max-pending', '2'];
      const server = await startServer({ flags, env: cluster().env });
      onTestFinished(async () => void (await server.stop()));
      const client = createClient({ server: server.url });
      for (const { model, tasks, step } of works)
        await submit(server.url, {
          ...{ model, tasks, limit: 200, labels: { run: 'r7', step } },
          model_args: { pretrained: `/ckpt/run7/step-${step}`, delay: 1 },
        });
      // Four GPUs: so many run, two more were handed over, and evald keeps the others.
      const jobs = await eventually(async () => {
        const { jobs: all } = await client.jobs({ limit: 50 });
        const states = all.map(({ status, backend }) => backend?.state ?? status);
        const count = (state: RegExp) => states.filter((one) => state.test(one)).length;
        return (
          count(/^RUNNING/) === 4 &&
          count(/^PENDING \(Resources|^PENDING \(Priority/) === 2 &&
          count(/^queued/) === 2 &&
          all
        );
      });

      const squeue = await cluster().command('squeue', '--sort=i', `--format=${FORMAT}`);
      const handed = jobs.filter(({ backend }) => backend !== null);
      for (const { job_id: id, request, backend } of handed) {
        const line = squeue.split('\n').find((one) => one.includes(`:${id.slice(0, 8)} `));
        const [task, ...others] = request.tasks;
        expect(line, squeue).toContain(
          `evald:${request.model}:${task}${others.length > 0 ? `+${others.length}` : ''}:`,
        );
        expect(line?.trim().split(/\s+/)[0]).toBe(backend?.id);
        expect(backend?.state).toContain(line?.trim().split(/\s+/)[3]);
      }
      expect(squeue.trim().split('\n')).toHaveLength(1 + handed.length);

      const command = startCommand(['queue', '--server', server.url]);
      expect(await command.ended).toBe(0);
      const queue = command.stdout();
      for (const { job_id: id } of jobs) expect(queue).toContain(id.slice(0, 8));
      expect(`${queue}${command.stderr()}`).toContain('2 of those that run have not begun');
      const kept = jobs.filter(({ backend }) => backend === null).map(({ job_id: id }) => id);
      expect((await client.queue()).queued_jobs.toSorted()).toEqual(kept.toSorted());

      const browser = await launchBrowser();
      onTestFinished(() => browser.close());
      const { page, complaints } = await openPage(browser, server, '/now', { reducedMotion: 'reduce' });
      for (const { job_id: id } of jobs) await page.getByText(id.slice(0, 8)).first().waitFor();
      await page
        .getByText(/PENDING \(\w+\) in slurm/)
        .first()
        .waitFor();
      expect(complaints).toEqual([]);
      if (writes) {
        await page.screenshot({ path: join(docs, 'page', 'slurm-1400-light.png'), fullPage: true });
        await write({ squeue, queue: queue + command.stderr() });
      }
    });
  });
});

/** Puts what was seen into the page on Slurm, between two marks. */
async function write({ squeue, queue }: { squeue: string; queue: string }): Promise<void> {
  const file = join(docs, 'slurm.md');
  const text = await readFile(file, 'utf8');
  const [before, rest] = text.split('<!-- seen: begin -->\n');
  const after = rest?.split('<!-- seen: end -->')[1];
  if (before === undefined || after === undefined) throw new Error('docs/slurm.md has no marks for what was seen');
  const block = (line: string, shown: string) => `\`\`\`text\n$ ${line}\n${shown.trimEnd()}\n\`\`\`\n`;
  const seen = `${block(`squeue --format="${FORMAT}"`, squeue)}\n${block('evald queue', queue)}`;
  await writeFile(file, `${before}<!-- seen: begin -->\n${seen}<!-- seen: end -->${after}`);
}
