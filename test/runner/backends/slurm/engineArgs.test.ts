import { expect, test } from 'vitest';
import { checkEngineArgs } from '../../../../src/runner/backends/slurm/submit.ts';
import { ALLOWABLE, ALLOWED_BY_DEFAULT } from '../../../../src/schemas/engine/slurmArgs.ts';

test('an argument that is allowed is accepted, with any value', () => {
  expect(checkEngineArgs(['--partition=gpu', '--mem=64G', '--constraint=a100&(b|c)'], ALLOWED_BY_DEFAULT)).toBeNull();
  expect(checkEngineArgs(['--exclusive'], ALLOWABLE)).toBeNull();
  expect(checkEngineArgs([], [])).toBeNull();
});

test.each([
  [['--output=/etc/passwd'], '--output may not be chosen by a job; this server allows partition, qos'],
  [['--part=gpu'], '--part may not be chosen by a job'],
  [['--export=ALL'], '--export may not be chosen'],
  [['-p', 'gpu'], '"-p" is not of the form --name=value'],
  [['--partition', 'gpu'], '--partition has no value; write --partition=…'],
  [['/etc/passwd'], '"/etc/passwd" is not of the form --name=value'],
  [['--'], '"--" is not of the form'],
  [['--Partition=gpu'], 'is not of the form'],
  [['--mem=1\n#SBATCH --uid=0'], '--mem has a control character'],
  [['--mem=1\0'], '--mem has a control character'],
  [[`--mem=${'1'.repeat(1_000)}`], '--mem has more than 1000 characters'],
  [Array.from({ length: 33 }, () => '--mem=1'), 'has more than 32 words'],
])('an argument list %j is refused', (args, words) => {
  expect(checkEngineArgs(args, ALLOWED_BY_DEFAULT)).toContain(words);
});

test('a refusal says so when the operator allows nothing', () => {
  expect(checkEngineArgs(['--mem=1'], [])).toBe('--mem may not be chosen by a job; this server allows none');
});

test.each([
  'output',
  'error',
  'export',
  'export-file',
  'wrap',
  'chdir',
  'uid',
  'gid',
  'array',
  'job-name',
  'comment',
  'input',
  'requeue',
  'gres',
  'nodes',
  'get-user-env',
  'clusters',
  'dependency',
  'signal',
])('an operator cannot allow --%s', (name) => expect(ALLOWABLE).not.toContain(name));

test.each(['nodelist', 'exclude'])('--%s takes names of nodes, and no file that sbatch would read', (name) => {
  const words = `--${name} takes names of nodes, not a file of them`;
  expect(checkEngineArgs([`--${name}=n1,n2`], ALLOWABLE)).toBeNull();
  expect(checkEngineArgs([`--${name}=/home/evald/secret`], ALLOWABLE)).toBe(words);
});
