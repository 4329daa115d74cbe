import { expect, test } from 'vitest';
import { send } from '../../support/requests/send.ts';
import { startServer } from '../../support/server/server.ts';
import { tokensFile } from '../../support/server/tokens.ts';
import { eventually } from '../../support/waiting/eventually.ts';

test('a client that guesses tokens is slowed, and no other: not with a right token from the same address, not elsewhere', async (context) => {
  const tokens = await tokensFile(context, { alice: 'read' });
  const server = await startServer({ flags: ['--tokens', tokens.file] });
  context.onTestFinished(async () => void (await server.stop()));
  const get = (token: string, from: string) =>
    send(`${server.url}/queue`, { method: 'GET', headers: { authorization: `Bearer ${token}` }, from });
  const statuses: number[] = [];
  const guess = async () => {
    const answer = await get(`guess-number-${statuses.length}-of-many`, '127.0.0.2');
    statuses.push(answer.status);
    return answer;
  };
  for (let n = 0; n < 10; n++) await guess();
  expect(statuses).toEqual(Array(10).fill(401));
  // The next one at the latest when the machine has a quiet second.
  let slowed = await guess();
  while (slowed.status === 401) slowed = await guess();
  expect(slowed).toMatchObject({
    status: 429,
    headers: { 'retry-after': expect.stringMatching(/^[1-9]\d*$/), connection: 'close' },
    json: { detail: expect.stringMatching(/^This token is not known, and .* Try again in \d+ s\.$/) },
  });
  expect(slowed.headers['www-authenticate']).toContain('Basic');

  expect((await get(tokens.tokenOf('alice'), '127.0.0.2')).status).toBe(200);
  expect((await get('guess-number-0-of-many', '127.0.0.3')).status).toBe(401);
  await eventually(() => server.log().includes('WARN  127.0.0.2 has sent a token 8 times that is not known'));
  expect(server.log()).not.toContain('guess-number');
});

test('requests without a token are no guesses: a browser begins with one', async (context) => {
  const tokens = await tokensFile(context, { alice: 'read' });
  const server = await startServer({ flags: ['--tokens', tokens.file] });
  context.onTestFinished(async () => void (await server.stop()));
  for (let n = 0; n < 30; n++) expect((await send(`${server.url}/queue`, { method: 'GET' })).status).toBe(401);
  const wrong = { authorization: 'Bearer wrong' };
  expect((await send(`${server.url}/queue`, { method: 'GET', headers: wrong })).status).toBe(401);
});
