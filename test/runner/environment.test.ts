import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { passedEnvironment, runEnvironment } from '../../src/runner/environment.ts';

const scrubbed = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'scrubbed-variables.txt'), 'utf8')
  .trim()
  .split('\n');

const passed = (names: string[], added: string[] = []): string[] =>
  Object.keys(passedEnvironment(Object.fromEntries(names.map((name) => [name, 'x'])), added));

test('a variable that would make the run a distributed worker does not reach it, even if it is asked for', () => {
  expect(scrubbed).toHaveLength(26);
  const names = [...scrubbed, 'PATH', 'SLURM_JOB_ID'];
  expect(passed(names)).toEqual(['PATH']);
  expect(passed(names, ['*'])).toEqual(['PATH', 'SLURM_JOB_ID']);
  const worker = Object.fromEntries(scrubbed.map((name) => [name, 'x']));
  expect(runEnvironment({ PATH: 'x' }, worker)).toEqual({ PATH: 'x', PYTHONUNBUFFERED: '1' });
});

test.each([
  ['where programs and homes are', ['PATH', 'HOME', 'USER', 'TMPDIR', 'XDG_CACHE_HOME']],
  ['the locale', ['LANG', 'LC_ALL', 'TZ']],
  ['Python', ['PYTHONPATH', 'VIRTUAL_ENV', 'CONDA_PREFIX', 'LD_LIBRARY_PATH']],
  ['proxies in both spellings, and certificates', ['HTTPS_PROXY', 'no_proxy', 'SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE']],
  ['models and data sets', ['HF_TOKEN', 'HF_HOME', 'HUGGING_FACE_HUB_TOKEN', 'TRANSFORMERS_OFFLINE']],
  ['accelerators and frameworks', ['CUDA_VISIBLE_DEVICES', 'NCCL_DEBUG', 'TORCH_HOME', 'OMP_NUM_THREADS', 'VLLM_X']],
  ['the judges of tasks', ['OPENAI_API_KEY', 'OPENAI_API_URL', 'AZURE_ENDPOINT', 'ANTHROPIC_API_KEY', 'API_TYPE']],
  ['where tasks find their videos and pictures', ['EGOTEMPO_VIDEO_DIR', 'CGBENCH_ROOT', 'XMODBENCH', 'EWB_ADE_PATH']],
  ['what changes the numbers of tasks', ['PROMPTSTEP', 'NUM_IMAGE', 'MAXRES', 'KALEIDOSCOPE_LENIENT_EXTRACTION']],
])('variables reach the run without being asked for: %s', (_, names) => {
  expect(passed(names)).toEqual(names);
});

test.each([
  ['AWS_SECRET_ACCESS_KEY'],
  ['GITHUB_TOKEN'],
  ['SSH_AUTH_SOCK'],
  ['DATABASE_URL'],
  ['EVALD_SLOTS'],
  ['XPATH'],
  ['path'],
  ['DIR'],
  ['X_DIR_KEY'],
])('the variable %s stays with the server unless it is asked for', (name) => {
  expect(passed([name])).toEqual([]);
  expect(passed([name], [name])).toEqual([name]);
  expect(passed([name], [`${name.slice(0, 3)}*`])).toEqual([name]);
});

test.each(['EVALD_TOKEN', 'EVALD_WEBHOOK_SECRET'])('the variable %s never reaches a run', (name) => {
  expect(passed([name], [name, 'EVALD_*', '*'])).toEqual([]);
  expect(runEnvironment({}, { [name]: 's' })).toEqual({ PYTHONUNBUFFERED: '1' });
});

test("the harness's variables win, and absent ones stay absent", () => {
  expect(passedEnvironment({ PATH: undefined }, [])).toEqual({});
  expect(runEnvironment({ A: 'server', PYTHONUNBUFFERED: '' }, { A: 'harness' })).toEqual({
    A: 'harness',
    PYTHONUNBUFFERED: '1',
  });
});
