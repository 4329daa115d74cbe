import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describeWith, lmmsEval, lmmsEvalPython } from '../support/needs.ts';
import { offline } from '../support/runs/tinyTask.ts';
import { startServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';

const script = join(import.meta.dirname, 'withToken.py');

describeWith(lmmsEval, 'the unchanged clients of lmms-eval, where a token is needed,', () => {
  test('the unchanged clients of lmms-eval send a token in the URL, and are known by it', async (context) => {
    const tokens = await tokensFile(context, { alice: 'submit' });
    const server = await startServer({ flags: ['--tokens', tokens.file] });
    context.onTestFinished(async () => void (await server.stop()));
    const url = server.url.replace('//', `//alice:${tokens.tokenOf('alice')}@`);
    const { stdout } = await promisify(execFile)(lmmsEvalPython, [script, url, server.url], {
      env: { ...process.env, ...offline },
    });
    const seen = JSON.parse(stdout.slice(stdout.lastIndexOf('\n')));
    expect(seen).toMatchObject({
      is_healthy: true,
      job: { status: 'completed', submitted_by: 'alice' },
      refused: expect.stringMatching(/^HTTPStatusError: .*401 Unauthorized/),
    });
    expect(seen.async_job).toEqual(seen.job);
  }, 600_000);
});
