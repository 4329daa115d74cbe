import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { completed } from '../../../src/http/openapi/examples/jobs.ts';
import { listRunFiles } from '../../../src/http/streaming/runFolder.ts';
import { Redactor } from '../../../src/security/redaction/redactor.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

test('a name that has a credential is listed with stars instead of it', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'log-PLANTED-0123456789'), '');
  const { files } = await listRunFiles({ ...completed, log: join(folder, 'log') }, Redactor.of(['PLANTED-0123456789']));
  expect(files.map(({ path }) => path)).toEqual([`log-${'*'.repeat(18)}`]);
});
