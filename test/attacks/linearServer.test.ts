import { expect, onTestFinished, test } from 'vitest';
import { processorTimeOf } from '../support/measuring/processors.ts';
import { send } from '../support/requests/send.ts';
import { startServer } from '../support/server/server.ts';

/** A request, with a text of a length in it. */
type Attack = { name: string; path?: (text: string) => string; body?: (text: string) => object; length: number };

const work = { model: 'majority', tasks: ['demo_digits'], limit: 1 };
const keys = (text: string) =>
  Object.fromEntries(Array.from({ length: 40_000 }, (_, n) => [`key_${n}`, text.slice(0, 8)]));

// Each has stopped a server for seconds, once.
const attacks: (Attack & { hostile: (length: number) => string })[] = [
  {
    name: 'digits to wait for',
    path: (text) => `/jobs/x?wait=${text}`,
    length: 14_000,
    hostile: (n) => `${'1'.repeat(n)}x`,
  },
  {
    name: 'digits as a limit',
    body: (limit) => ({ ...work, limit }),
    length: 900_000,
    hostile: (n) => `${'1'.repeat(n)}x`,
  },
  {
    name: 'brackets as a model',
    body: (model) => ({ ...work, model }),
    length: 900_000,
    hostile: (n) => '['.repeat(n),
  },
  {
    name: 'stars as tasks',
    body: (text) => ({ ...work, tasks: text.split(' ') }),
    length: 900_000,
    hostile: (n) => `${'*a'.repeat(100)}b `.repeat(n / 202),
  },
  { name: 'keys', body: (text) => ({ ...work, model_args: keys(text) }), length: 8, hostile: (n) => 's'.repeat(n) },
  {
    name: 'JSON in a text',
    body: (a) => ({ ...work, model_args: { a } }),
    length: 900_000,
    hostile: (n) => '['.repeat(n),
  },
];

test('no text made to be expensive to read keeps the server from answering', async () => {
  const server = await startServer({
    flags: ['--allow-model', 'm*', '--allow-model', '*y', '--allow-task', '*demo_*'],
  });
  onTestFinished(() => server.stop().then(() => {}));
  const ask = ({ path, body, length }: Attack, text: string) =>
    path === undefined
      ? send(`${server.url}/evaluate`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body?.(text.slice(0, length)) ?? {}),
        })
      : send(`${server.url}${path(encodeURIComponent(text))}`, { method: 'GET' });

  for (const attack of attacks) {
    const spent = async (text: string): Promise<number> => {
      const before = await processorTimeOf(server.process.pid);
      const answers = Array.from({ length: 10 }, () => ask(attack, text));
      const health = await Promise.all(answers.map(() => send(`${server.url}/health`, { method: 'GET' })));
      expect(health.map(({ status }) => status)).toEqual(answers.map(() => 200));
      const statuses = (await Promise.all(answers)).map(({ status }) => status);
      expect([200, 403, 404, 422, 431], attack.name).toEqual(expect.arrayContaining([...new Set(statuses)]));
      return (await processorTimeOf(server.process.pid)) - before;
    };
    // Cold code, and then a text of the same length that costs nothing special.
    await spent('x'.repeat(attack.length));
    const harmless = await spent('x'.repeat(attack.length));
    expect(await spent(attack.hostile(attack.length)), `${attack.name}, harmless: ${harmless} ms`).toBeLessThan(
      8 * harmless + 1_000,
    );
  }
});
