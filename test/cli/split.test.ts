import { expect, test } from 'vitest';
import { commandServers } from '../support/harnesses/commandServer.ts';
import { jobWhen } from '../support/jobs/jobs.ts';
import { startCommand } from '../support/server/evald.ts';

test('a split job is submitted, waited for, shown with its parts, and read log by log', async (context) => {
  const { start, hold, release } = await commandServers(context);
  const server = await start();
  const env = { EVALD_SERVER: server.url };
  const run = async (...args: string[]) => {
    const command = startCommand(args, env);
    const code = await command.ended;
    return { code, stdout: command.stdout(), stderr: command.stderr() };
  };
  await hold('letters');
  const { stdout } = await run('submit', 'good', 'letters', 'broken', 'digits', '--harness', 'command:mine', '--split');
  const id = stdout.trim();
  await jobWhen(server.url, id, ({ progress }) => progress !== null);
  const waiting = startCommand(['wait', id], env);
  await release('letters');
  expect(await waiting.ended).toBe(1);
  expect(waiting.stderr()).toMatch(/failed: Evaluation of 1 of 3 tasks failed: broken/);

  const shown = await run('show', id);
  expect(shown.stdout).toMatch(/part +1 letters completed/);
  expect(shown.stdout).toMatch(/2 broken failed .*Evaluation failed with return code 7/);
  expect((await run('log', id, '--task', 'letters')).stdout).toContain('letters: sample 4/4');
  expect((await run('log', id)).stdout).toContain('digits: sample 4/4');
});
