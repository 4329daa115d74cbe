import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunError, UnavailableError } from '../../src/machines/ports/runner.ts';
import { createLocalBackend } from '../../src/runner/backends/local/backend.ts';
import { launchFault } from '../../src/runner/faults.ts';
import { launchSpec, temporaryFolder } from '../support/runs/localRun.ts';

const failing = (code: string) => Object.assign(new Error(`${code}: no`), { code });

test.each(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'EIO', 'ESTALE', 'ENOTCONN'])(
  '%s is a fault of the machine: no job is at fault, whichever folder it names, and the operator reads what to do',
  (code) => {
    for (const error of [failing(code), new Error('in other words', { cause: failing(code) })]) {
      for (const isOurs of [true, false]) {
        const fault = launchFault(error, 'output_dir /x cannot be used', isOurs);
        expect(fault).toBeInstanceOf(UnavailableError);
        expect(fault.message).toMatch(/^output_dir \/x cannot be used: .*; \w+ /);
      }
    }
  },
);

test.each(['EACCES', 'EROFS', 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])(
  '%s is the fault of a job in a folder that its client named, and of the server alone in its own',
  (code) => {
    expect(launchFault(failing(code), 'it', false)).toBeInstanceOf(RunError);
    expect(launchFault(failing(code), 'it', true)).toBeInstanceOf(UnavailableError);
  },
);

test('an error that is no fault of the system, or is marked as the job’s, is the job’s, so that it does not stop all', () => {
  for (const error of [
    new TypeError('a fault of ours'),
    failing('ERR_INVALID_ARG_VALUE'),
    new RunError('no', { cause: failing('ENOSPC') }),
    'a text',
  ]) {
    expect(launchFault(error, 'it', true)).toBeInstanceOf(RunError);
  }
  const known = new UnavailableError('the disk is full', { kind: 'settings' });
  expect(launchFault(known, 'it', false)).toBe(known);
});

test('a journal that cannot be read for the secrets of a job is no fault of that job', () => {
  expect(launchFault(failing('ERR_SQLITE_ERROR'), 'it', true)).toBeInstanceOf(UnavailableError);
});

test('a launcher that cannot write to its folder starts nothing, and its job is not at fault', async () => {
  const spec = await launchSpec(['sh', '-c', 'echo started']);
  await rm(spec.state, { recursive: true });
  await expect(createLocalBackend().launch(spec)).rejects.toThrow(UnavailableError);
  await mkdir(spec.state);
  await mkdir(join(spec.state, 'identity'));
  await expect(createLocalBackend().launch(spec)).rejects.toThrow(UnavailableError);
});

test('a log in a folder that its client named and that cannot be written is the fault of the job', async () => {
  const spec = await launchSpec(['true']);
  const launched = createLocalBackend().launch({ ...spec, log: join(await temporaryFolder(), 'gone', 'log') });
  await expect(launched).rejects.toThrow(RunError);
  await expect(launched).rejects.toThrow(/^its log .* cannot be written: ENOENT/);
});
