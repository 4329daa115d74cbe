import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { createClient, type SubmissionInput } from '../../src/client/index.ts';
import { asCommand, asCurl, asPython } from '../../src/dashboard/submission/copyAs.ts';
import { submissionOfJob } from '../../src/dashboard/submission/submissionOfJob.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { startServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';

const evald = new URL('../../src/evald.ts', import.meta.url).pathname;

const submissions: { [what: string]: SubmissionInput } = {
  'a plain one': { model: 'majority', tasks: ['demo_digits', 'demo_shapes'], limit: 5, num_gpus: 2, priority: -3 },
  'one with texts that a shell, Python or a reader of flags would take for something else': {
    model: 'it\'s $HOME `id` "quoted" \\ !x',
    tasks: ['a b', "c'd"],
    model_args: {
      pretrained: "/ckpt/r u n/it's",
      text: '007',
      number: 7,
      float: 0.25,
      yes: 'true',
      no: false,
      version: '1.10',
      long: '$(reboot) & | ; > < * ? ~ #',
    },
    gen_kwargs: 'temperature=0,until=$x',
    labels: { run: 'r7', step: 12_000, digits: '12', odd: '[a' },
    timeout: 90.5,
    log_samples: false,
    predict_only: true,
    batch_size: 'auto:4',
    after_any: false,
    split: true,
  },
  'one of which flags cannot say all': {
    model: '-x',
    tasks: ['t'],
    model_args: { 'a key': 'x' },
    batch_size: '8',
    output_dir: null,
  },
};

test('a submission that is copied as curl, as a command or as Python asks for exactly the same, and never has the token in it', async () => {
  const tokens = await tokensFile({ onTestFinished }, { ann: 'admin' });
  const server = await startServer({ flags: ['--tokens', tokens.file, '--check-names', 'off'] });
  onTestFinished(async () => void (await server.stop()));
  const folder = await mkdtemp(join(tmpdir(), 'evald-copy-'));
  onTestFinished(() => removeFolder(folder));
  await writeFile(join(folder, 'evald'), `#!/bin/sh\nexec "${process.execPath}" "${evald}" "$@"\n`, { mode: 0o755 });
  const token = tokens.tokenOf('ann');
  const env = { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, EVALD_TOKEN: token };
  const client = createClient({ server: server.url, token });
  await client.pause();
  const withPassword = server.url.replace('//', `//ann:${token}@`);

  for (const [what, submission] of Object.entries(submissions)) {
    const direct = submissionOfJob(await client.job((await client.submit(submission)).job_id));
    await writeFile(join(folder, 'script.py'), asPython(withPassword, submission));
    const texts = {
      curl: asCurl(withPassword, submission),
      command: asCommand(withPassword, submission),
      python: `python3 ${join(folder, 'script.py')}`,
    };
    for (const [how, text] of Object.entries(texts)) {
      expect(text, `${what}, ${how}`).not.toContain(token);
      const { stdout } = await promisify(execFile)('sh', ['-c', text], { env });
      const id = /[0-9a-f-]{36}/.exec(stdout)?.[0] ?? '';
      expect(submissionOfJob(await client.job(id)), `${what}, ${how}: ${text}`).toEqual(direct);
    }
    expect(asPython(withPassword, submission)).not.toContain(token);
  }
});
