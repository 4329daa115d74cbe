import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { chromium, describeWith, nginx, nginxProgram, openssl } from '../support/needs.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { makeCertificate } from '../support/server/certificate.ts';
import { freePorts } from '../support/server/freePorts.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { type TokensFile, tokensFile } from '../support/server/tokens.ts';
import { eventually } from '../support/waiting/eventually.ts';

const NAME = 'evald.example.org';
const MEBIBYTE = 1024 * 1024;
const site = new URL('../../deploy/nginx.conf', import.meta.url);
const page = new URL('../../docs/proxy.md', import.meta.url);

/** Puts something else in the place of what stands in the file once. */
function replacing(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((all, [from, to]) => {
    expect(all.split(from).length, from).toBe(2);
    return all.replace(from, to);
  }, text);
}

describeWith(
  { ...nginx, present: nginx.present && openssl.present },
  'evald behind nginx, by deploy/nginx.conf',
  () => {
    let server: TestServer;
    /** Behind a proxy that takes the prefix away, as the page shows it. */
    let plain: TestServer;
    let tokens: TokensFile;
    let port: number;
    let ca: Buffer;
    const cleaning = new AsyncDisposableStack();

    beforeAll(async () => {
      tokens = await tokensFile({ onTestFinished: (clean) => cleaning.defer(clean) }, { alice: 'submit' });
      // As the file itself says that the server is started.
      const [, flags = ''] = /evald serve (.*)/.exec(await readFile(site, 'utf8')) ?? [];
      server = await startServer({ flags: flags.replace('/etc/evald/tokens', tokens.file).split(' ') });
      cleaning.defer(async () => void (await server.stop()));

      plain = await startServer({ flags: ['--allow-host', NAME] });
      cleaning.defer(async () => void (await plain.stop()));

      const folder = await mkdtemp(join(tmpdir(), 'evald-proxy-'));
      cleaning.defer(() => removeFolder(folder));
      const { cert, key } = await makeCertificate(folder, NAME);
      ca = await readFile(cert);
      port = (await freePorts(1))[0] ?? 0;
      const conf = replacing(await readFile(site, 'utf8'), [
        ['server 127.0.0.1:8000', `server ${new URL(server.url).host}`],
        ['listen 443', `listen 127.0.0.1:${port}`],
        ['/etc/nginx/tls/evald.pem', cert],
        ['/etc/nginx/tls/evald.key', key],
      ]);
      const [, stripping = ''] = /```nginx\n(.*?)```/s.exec(await readFile(page, 'utf8')) ?? [];
      const other = replacing(stripping, [
        ['location /evald/', 'location /other/'],
        ['http://evald/', `${plain.url}/`],
        ['redirect / /evald/', 'redirect / /other/'],
      ]);
      await writeFile(join(folder, 'evald.conf'), conf.replace(/}\s*$/, `${other}}`));
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${folder}/${name};`,
      );
      await writeFile(
        join(folder, 'nginx.conf'),
        `user root; daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log; events {}
       http { access_log off; ${temporary.join(' ')} include ${folder}/evald.conf; }`,
      );
      const proxy = spawn(nginxProgram, ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const said = text(proxy.stderr);
      cleaning.defer(async () => {
        if (proxy.exitCode !== null) return;
        proxy.kill('SIGTERM');
        await once(proxy, 'exit');
      });
      await eventually(async () => {
        if (proxy.exitCode !== null) throw new Error(await said);
        return await ask('/evald/').then(
          ({ statusCode }) => statusCode === 200,
          () => false,
        );
      });
    });
    afterAll(() => cleaning.disposeAsync());

    /** Asks nginx, by TLS, under the name of the site. */
    async function ask(path: string, { body, headers = {}, ...options }: RequestOptions & { body?: string } = {}) {
      const asked = request({
        host: '127.0.0.1',
        port,
        ca,
        servername: NAME,
        path,
        headers: { host: NAME, ...headers },
        agent: false,
        ...options,
      });
      asked.end(body);
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      return answer;
    }

    /** The same as alice. @returns what there is to compare. */
    async function askAsAlice(path: string, options: Parameters<typeof ask>[1] = {}) {
      const answer = await ask(path, { ...options, headers: { ...tokens.bearer('alice'), ...options.headers } });
      return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) };
    }

    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };

    test('what is below the prefix is evald, and what is beyond it is not; the prefix itself leads below it', async () => {
      expect((await ask('/evald')).headers.location).toBe(`https://${NAME}:${port}/evald/`);
      expect((await ask('/health')).headers['server']).toContain('nginx');
      const { status, headers } = await askAsAlice('/evald/queue/?x=1');
      expect([status, headers.location]).toEqual([307, '/evald/queue?x=1']);
    });

    test('a proxy that takes the prefix away serves the page, its parts and the interface, and redirects stay below it', async () => {
      const html = (await buffer(await ask('/other/'))).toString();
      const [, script = ''] = /src="\.\/([^"]+)"/.exec(html) ?? [];
      expect((await ask(`/other/${script}`)).statusCode).toBe(200);
      expect((await ask('/other/queue')).statusCode).toBe(200);
      expect((await ask('/other/queue/')).headers.location).toBe(`https://${NAME}:${port}/other/queue`);
      expect((await ask('/other/docs')).headers.location).toBe('./#/api');
    });

    test('the page shows the command that the file is written for', async () => {
      const command = /evald serve .*/;
      expect(command.exec(await readFile(page, 'utf8'))?.[0]).toBe(command.exec(await readFile(site, 'utf8'))?.[0]);
    });

    test('a token passes, and without one evald itself asks for it', async () => {
      expect((await askAsAlice('/evald/caller')).status).toBe(200);
      const answer = await ask('/evald/queue');
      expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, expect.stringContaining('Bearer')]);
    });

    test('pages of the site may call, and pages of another one may not; another name is refused', async () => {
      const statusWith = async (headers: Record<string, string>) =>
        (await askAsAlice('/evald/queue', { headers })).status;
      expect(await statusWith({ origin: `https://${NAME}` })).toBe(200);
      expect(await statusWith({ origin: 'https://evil.example' })).toBe(403);
      expect(await statusWith({ host: 'evil.example' })).toBe(421);
    });

    test('an event arrives while its stream stays open', async () => {
      const events = await ask('/evald/events', { headers: tokens.bearer('alice') });
      events.setEncoding('utf8');
      const submission = JSON.stringify({ model: 'majority', tasks: ['demo_digits'], limit: 2 });
      expect((await askAsAlice('/evald/evaluate', { ...post, body: submission })).status).toBe(200);
      let received = '';
      for await (const part of events) {
        received += part;
        if (received.includes('event: completed')) break;
      }
      expect(received).toContain('event: submitted');
    });

    test('a log of 40 MB arrives whole, and a part of it as a part', async () => {
      const log = Buffer.alloc(40_000_000, `${'0123456789'.repeat(9)}abcdefghi\n`);
      const client = createClient({ server: server.url, token: tokens.tokenOf('alice') });
      const { job_id } = await client.submit({ model: 'majority', tasks: ['demo_digits'], limit: 2 });
      const [job] = (await client.wait(job_id)).jobs;
      if (job === undefined || job.log === null) throw new Error('the job has no log');
      await writeFile(job.log, log);
      const path = `/evald/jobs/${job_id}/log?raw=1`;
      const whole = await askAsAlice(path);
      expect([whole.status, whole.body.equals(log)]).toEqual([200, true]);
      const part = await askAsAlice(path, { headers: { range: 'bytes=39999990-' } });
      expect([part.status, part.headers['content-range'], part.body.toString()]).toEqual([
        206,
        'bytes 39999990-39999999/40000000',
        'abcdefghi\n',
      ]);
    });

    test('a body may have as many bytes as evald takes, and one of more gets the refusal of evald, which says how many', async () => {
      const submission = (bytes: number) => {
        const start = '{"model": "majority", "tasks": ["demo_digits"], "limit": 2';
        return `${start}${' '.repeat(bytes - start.length - 1)}}`;
      };
      expect((await askAsAlice('/evald/evaluate', { ...post, body: submission(MEBIBYTE) })).status).toBe(200);
      for (const bytes of [MEBIBYTE + 1, 8 * MEBIBYTE]) {
        const { status, body } = await askAsAlice('/evald/evaluate', { ...post, body: submission(bytes) });
        expect([status, JSON.parse(body.toString()).detail]).toEqual([
          413,
          expect.stringContaining('at most 1048576 bytes'),
        ]);
      }
    });

    test('wrong tokens count for the address of the client, and not for the proxy or what the client says of itself', async () => {
      const guess = async (localAddress: string) => {
        const headers = { authorization: 'Bearer wrong-wrong-wrong-1', 'x-forwarded-for': '203.0.113.9' };
        return (await ask('/evald/queue', { localAddress, headers })).statusCode;
      };
      const statuses: unknown[] = [];
      for (let n = 0; n < 12; n++) statuses.push(await guess('127.0.0.5'));
      expect([statuses[0], statuses.at(-1), await guess('127.0.0.6')]).toEqual([401, 429, 401]);
      expect(server.log()).toContain('127.0.0.5 has sent a token 8 times');
      expect(server.log()).not.toMatch(/(203\.0\.113\.9|127\.0\.0\.1) (sent|has sent) a token/);
    });

    describe('its page', () => {
      let browser: Browser;
      beforeAll(async () => {
        if (chromium.present) browser = await launchBrowser(`--host-resolver-rules=MAP ${NAME} 127.0.0.1`);
      });
      afterAll(() => browser?.close());

      test.skipIf(!chromium.present)(
        'the page works below the prefix: it signs in, follows events, and shows the interface',
        async () => {
          const url = `https://${NAME}:${port}/evald`;
          const options = { token: tokens.tokenOf('alice'), ignoreHTTPSErrors: true };
          const { page, complaints, close } = await openPage(browser, { url }, '/now', options);
          const { job_id } = await createClient({ server: server.url, token: tokens.tokenOf('alice') }).submit({
            model: 'majority',
            tasks: ['demo_digits'],
            limit: 2,
          });
          // It came by the feed: nothing was loaded again.
          await page.locator(`a[href="#/jobs/${job_id}"]`).first().waitFor();
          await page.goto(`${url}/docs`);
          await page.locator('main.view-api').waitFor();
          expect(page.url()).toBe(`${url}/#/api`);
          expect(complaints.filter((line) => !line.includes('401'))).toEqual([]);
          await close();
        },
      );
    });
  },
);
