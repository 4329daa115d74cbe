import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { createToken } from '../../src/security/tokens/token.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { schemathesisProgram as program, schemathesis } from '../support/needs.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

/**
 * Tries the interface by its own description, with requests that are right and wrong by it, against a real server.
 * `TEST_SCHEMATHESIS_SECONDS` for another time, `TEST_SCHEMATHESIS_SEED` for other requests. Exit: 1 when an answer
 * is a fault of the server (5xx) or not as described, 3 when schemathesis is not there.
 */
const seconds = Number(process.env['TEST_SCHEMATHESIS_SECONDS'] ?? 180);
/** Who asks: an admin. Whether others are kept out is asked too. */
const token = createToken();
const authorization = { authorization: `Bearer ${token}` };
const seed = process.env['TEST_SCHEMATHESIS_SEED'] ?? '1';
const reportSchema = z.object({
  operations: z.object({ total: z.int(), tested: z.int() }),
  test_cases: z.object({ generated: z.int(), unique_failures: z.int(), errored: z.int() }),
  running_time: z.number(),
});

/** Seconds beyond its own limit after which it is asked to end, and ended: it looks at the clock between requests only. */
const MARGIN = 30;

if (!schemathesis.present) {
  console.error(`schemathesis is not there, or not as this checkout wants it: ${schemathesis.command}`);
  process.exit(3);
}

const folder = await mkdtemp(join(tmpdir(), 'evald-schemathesis-'));
const outputs = join(folder, 'outputs');
// Nothing may be written but there, whatever output_dir is made up.
const server = await startServer({
  flags: [
    '--output-root',
    outputs,
    '--webhook-allow-private',
    '--max-queue',
    '1000',
    '--slots',
    '2',
    '--submissions-per-minute',
    '0',
  ],
  env: { PYTHONPATH: import.meta.dirname, PYTHONDONTWRITEBYTECODE: '1', EVALD_TOKEN: token },
});
try {
  process.exitCode = await tryInterface(server);
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

async function tryInterface({ url }: TestServer): Promise<number> {
  const config = join(folder, 'schemathesis.toml');
  await writeFile(
    config,
    (await readFile(join(import.meta.dirname, 'schemathesis.toml'), 'utf8')) + (await known(url)),
  );
  const report = join(folder, 'report.json');
  console.log(`schemathesis: seed ${seed}, ${seconds} s`);
  const how = [
    '-H',
    `Authorization: Bearer ${token}`,
    '--max-time',
    String(seconds),
    '--seed',
    seed,
    '--report-json-path',
    report,
    '--no-color',
  ];
  const child = spawn(program, ['--config-file', config, 'run', `${url}/openapi.json`, ...how], {
    // It keeps what it found in a folder of its own there.
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PYTHONPATH: import.meta.dirname, PYTHONDONTWRITEBYTECODE: '1', EVALD_OUTPUT_ROOT: outputs },
  });
  let isAsked = false;
  const asked = setTimeout(
    () => {
      isAsked = child.kill('SIGINT');
    },
    (seconds + MARGIN) * 1_000,
  );
  const ended = setTimeout(() => child.kill('SIGKILL'), (seconds + 3 * MARGIN) * 1_000);
  await once(child, 'exit');
  for (const timer of [asked, ended]) clearTimeout(timer);
  if (child.exitCode === null) throw new Error(`schemathesis had to be ended by ${child.signalCode}; seed ${seed}`);
  const isFine = await tell(report);
  return isFine && (child.exitCode === 0 || isAsked) ? 0 : 1;
}

/** What there is to find: jobs that have completed, failed and run, and what they wrote. */
async function known(url: string): Promise<string> {
  const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
  const ended = async (request: object) => endedJob(url, await submit(url, request, authorization), authorization);
  const completed = await ended(quick);
  const failed = await ended({ ...quick, tasks: ['nosuch'] });
  const running = await submit(url, { ...quick, model_args: { delay: 3_600 } }, authorization);
  const [files] = Object.values(completed.result ?? {});
  const own = dirname(completed.log ?? '');
  const list = (values: string[]) => JSON.stringify(values);
  return `
[dictionaries]
jobs = { values = ${list([completed.job_id, failed.job_id, running])} }
tasks = { values = ["demo_digits"] }
artifacts = { values = ${list([basename(completed.log ?? ''), (files?.results ?? '').slice(own.length + 1)])} }
`;
}

/** Tells the figure: how much was tried. @returns whether every operation was, and nothing was found. @throws when schemathesis left no report. */
async function tell(report: string): Promise<boolean> {
  const { operations, test_cases, running_time } = reportSchema.parse(JSON.parse(await readFile(report, 'utf8')));
  const perMinute = Math.round((test_cases.generated * 60) / running_time);
  console.log(
    `schemathesis: ${test_cases.generated} requests in ${Math.round(running_time)} s (${perMinute} a minute), ` +
      `${operations.tested} of ${operations.total} operations, ${test_cases.unique_failures} failures, seed ${seed}`,
  );
  return operations.tested === operations.total && test_cases.unique_failures + test_cases.errored === 0;
}
