import { chmod, copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { Agent, type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openTls } from '../../src/listening/tls.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { describeWith, openssl } from '../support/needs.ts';
import { sendRaw } from '../support/requests/rawRequest.ts';
import { type Certificate, makeCertificate } from '../support/server/certificate.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

describeWith(openssl, 'TLS', () => {
  let folder: string;
  let first: Certificate;
  let second: Certificate;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evald-tls-'));
    [first, second] = [await makeCertificate(folder, 'first'), await makeCertificate(folder, 'second')];
  });
  afterAll(() => removeFolder(folder));

  async function started({ cert, key }: Certificate, ...flags: string[]): Promise<TestServer> {
    const server = await startServer({ flags: ['--tls-cert', cert, '--tls-key', key, ...flags] });
    onTestFinished(() => server.stop().then(() => {}));
    return server;
  }

  /** Asks, and tells who answered. */
  async function ask(server: TestServer, options: RequestOptions = {}) {
    const { promise, resolve, reject } = Promise.withResolvers<{
      status: number;
      who: string;
      hsts: string | undefined;
    }>();
    const ca = await Promise.all([readFile(first.cert), readFile(second.cert)]);
    request(`${server.url}/health`, { agent: false, ca, ...options }, async (answer) => {
      const who = (answer.socket as TLSSocket).getPeerCertificate().subject.CN;
      await text(answer);
      resolve({ status: answer.statusCode ?? 0, who: String(who), hsts: answer.headers['strict-transport-security'] });
    })
      .on('error', reject)
      .end();
    return promise;
  }

  test('a server with a certificate speaks https, from 1.2 on, and nothing else', async () => {
    const server = await started(first);
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(server.log()).toMatch(/certificate of .*first\.pem is valid until \d{4}-/);
    expect(await ask(server)).toMatchObject({ status: 200, who: 'first' });
    expect(await ask(server, { maxVersion: 'TLSv1.2' })).toMatchObject({ status: 200 });
    const old: RequestOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(ask(server, old)).rejects.toThrow(/alert protocol version|unsupported protocol/);
    expect(await sendRaw(server.url, 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe('');
  });

  test('a browser is asked to stay with TLS, but not for loopback, which it shares with other servers', async () => {
    const server = await started(first, '--allow-host', 'evald.example.org');
    expect(await ask(server, { headers: { host: 'evald.example.org' } })).toMatchObject({ hsts: 'max-age=86400' });
    for (const host of ['localhost', '127.0.0.1:8000', '[::1]']) {
      expect(await ask(server, { headers: { host } })).toMatchObject({ status: 200, hsts: undefined });
    }
  });

  test('connections beyond the limit are closed before they say hello, and the others go on', async () => {
    const server = await started(first, '--max-connections-per-address', '2');
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    onTestFinished(() => agent.destroy());
    expect(await Promise.all([ask(server, { agent }), ask(server, { agent })])).toMatchObject([
      { status: 200 },
      { status: 200 },
    ]);
    for (let n = 0; n < 20; n++) await expect(ask(server)).rejects.toThrow(/ECONNRESET|disconnected/);
    expect(await ask(server, { agent })).toMatchObject({ status: 200 });
  });

  test('a page that came without TLS is of another origin', async () => {
    const server = await started(first);
    const { host } = new URL(server.url);
    expect(await ask(server, { headers: { origin: `https://${host}` } })).toMatchObject({ status: 200 });
    expect(await ask(server, { headers: { origin: `http://${host}` } })).toMatchObject({ status: 403 });
  });

  test('SIGHUP reads the certificate again; a connection that is open stays; what cannot be used changes nothing', async () => {
    const used: Certificate = { cert: join(folder, 'used.pem'), key: join(folder, 'used.key') };
    const use = async (cert: string, key: string) => {
      await copyFile(cert, used.cert);
      await copyFile(key, used.key);
    };
    await use(first.cert, first.key);
    const server = await started(used);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    expect(await ask(server, { agent })).toMatchObject({ who: 'first' });
    await use(second.cert, second.key);
    server.process.kill('SIGHUP');
    await eventually(async () => (await ask(server)).who === 'second');
    expect(await ask(server, { agent })).toMatchObject({ who: 'first' });

    for (const [cert, key, reason] of [
      [first.cert, second.key, 'is not the key of'],
      [first.key, first.key, 'is no certificate in PEM'],
    ] as const) {
      await use(cert, key);
      server.process.kill('SIGHUP');
      await eventually(() => new RegExp(`ERROR the certificate stays as it was: .*${reason}`).test(server.log()));
      expect(await ask(server)).toMatchObject({ status: 200, who: 'second' });
    }
    expect(server.process.exitCode).toBeNull();
  });

  test('a certificate that has ended is used, and the log warns of it', () => {
    const warnings: string[] = [];
    const log = { debug: () => {}, info: () => {}, warn: (line: string) => warnings.push(line), error: () => {} };
    const read = (now: number) => openTls(first.cert, first.key, log, () => now);
    expect(read(Date.now())?.settings).toMatchObject({ minVersion: 'TLSv1.2' });
    expect(warnings).toEqual([]);
    read(Date.now() + 3 * 86_400_000);
    expect(warnings).toEqual([expect.stringMatching(/first\.pem has ended \d{4}-.*: clients refuse it$/)]);
  });

  test.each<[name: string, flags: () => Promise<string[]> | string[], says: string]>([
    ['a certificate without a key', () => ['--tls-cert', first.cert], '--tls-cert needs --tls-key'],
    ['a key without a certificate', () => ['--tls-key', first.key], '--tls-key needs --tls-cert'],
    [
      'a certificate that is not there',
      () => ['--tls-cert', '/nosuch', '--tls-key', first.key],
      '--tls-cert /nosuch cannot be read: ENOENT, there is no such file or folder',
    ],
    [
      'a key that is not there',
      () => ['--tls-cert', first.cert, '--tls-key', '/nosuch'],
      '--tls-key /nosuch cannot be read: ENOENT, there is no such file or folder',
    ],
    ['a folder', () => ['--tls-cert', folder, '--tls-key', first.key], 'is no file'],
    ['the key of another', () => ['--tls-cert', first.cert, '--tls-key', second.key], `is not the key of --tls-cert`],
    [
      'what is no certificate',
      async () => {
        await writeFile(join(folder, 'text'), 'hello');
        return ['--tls-cert', join(folder, 'text'), '--tls-key', first.key];
      },
      'is no certificate in PEM',
    ],
    [
      'a key that others may read',
      async () => {
        await copyFile(first.key, join(folder, 'open.key'));
        await chmod(join(folder, 'open.key'), 0o644);
        return ['--tls-cert', first.cert, '--tls-key', join(folder, 'open.key')];
      },
      'is open to other users of the machine; run chmod 600',
    ],
  ])('a server with %s ends with exit code 2 and one line', async (_name, flags, says) => {
    const unused = ['--port', '0', '--harness', 'demo', '--data-dir', join(folder, 'never-made')];
    const { code, stdout, stderr } = await runMain([...unused, ...(await flags())]);
    expect(stderr).toMatch(/^evald: [^\n]+\n$/);
    expect(stderr).toContain(says);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
