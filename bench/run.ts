import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';
import { Figures } from './figures.ts';
import { measureCommits } from './measures/commits.ts';
import { measureDepths } from './measures/depths.ts';
import { measureEvaluations } from './measures/evaluations.ts';
import { measureLog } from './measures/log.ts';
import { measureMemory } from './measures/memory.ts';
import { measurePeers } from './measures/peers.ts';
import { measureRuns } from './measures/runs.ts';
import { measureStarts } from './measures/starts.ts';
import { measureHealth, measureSubmissions } from './measures/submissions.ts';
import { plans, withRounds } from './plan.ts';
import { describeMachine, filesystemOf } from './report/machine.ts';
import { type MeasureName, measureNames, tablesOf, wholeSections } from './report/sections.ts';
import { alignedTable } from './report/table.ts';
import { writeReport } from './report/write.ts';
import { startBare } from './subjects/bare.ts';
import { hasOriginal, startOriginal } from './subjects/original.ts';
import { hasPeers } from './subjects/peers.ts';
import { writePrograms } from './subjects/programs.ts';
import { hasWrk } from './wrk.ts';

/**
 * Measures evald beside the original and beside the bare machine: `npm run bench`. With `--quick` smaller, which prints only;
 * with `--only evaluations,peers` a part, with `--rounds 1` repeated less often. A table of the README for which all was measured is written there, and its part of
 * `results.json`; a whole run writes all of them, and the charts.
 */
const measures: Record<MeasureName, (bench: Bench) => Promise<void>> = {
  commits: measureCommits,
  starts: measureStarts,
  submissions: measureSubmissions,
  peers: measurePeers,
  health: measureHealth,
  depths: measureDepths,
  runs: measureRuns,
  memory: measureMemory,
  log: measureLog,
  evaluations: measureEvaluations,
};

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, rounds: { type: 'string' } },
});
const chosen =
  flags.only === undefined ? measureNames : measureNames.filter((name) => flags.only?.split(',').includes(name));
if (chosen.length === 0) throw new Error(`--only takes some of ${measureNames.join(',')}`);
const plan = withRounds(flags.quick ? plans.quick : plans.full, flags.rounds);
const say = (line: string) => console.error(`${Math.round(performance.now() / 1e3)} s  ${line}`);

if (!(await hasWrk())) {
  console.error('bench: wrk is missing and could not be installed (on Debian: apt-get install wrk)');
  process.exit(3);
}
const home = process.env['EVALD_BENCH_DIR'] ?? join(homedir(), '.cache', 'evald');
mkdirSync(home, { recursive: true });
const { type } = filesystemOf(home);
if (type === 'tmpfs' || type === 'ramfs') {
  console.error(`bench: ${home} lies in memory (${type}): durability would cost nothing. Set EVALD_BENCH_DIR.`);
  process.exit(2);
}
if (!hasOriginal) say('the original is left out: npm run setup:lmms-eval provides it');
if (!hasPeers) say('BullMQ and pg-boss are left out: npm run setup:peers provides them');
// Before the build, which loads it too.
const machine = describeMachine(home);
execFileSync('npm', ['run', '--silent', 'build'], { cwd: join(import.meta.dirname, '..'), stdio: 'inherit' });

const folder = mkdtempSync(join(home, 'bench-'));
const figures = new Figures();
const date = new Date();
const failed: MeasureName[] = [];
try {
  const programs = await writePrograms(folder, plan.lines);
  const bare = await startBare(join(folder, 'bare.log'));
  const original = hasOriginal ? await startOriginal([programs.sleeper], join(folder, 'original.log')) : null;
  const bench: Bench = { plan, figures, folder, programs, bare, original, say };
  try {
    for (const name of chosen) {
      say(name);
      await measures[name](bench).catch((error) => {
        failed.push(name);
        say(`${name} could not be measured: ${error}`);
      });
    }
  } finally {
    await Promise.all([bare.stop(), original?.stop()]);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(tablesOf(plan, figures).map(alignedTable).join('\n\n'));
if (failed.length > 0) process.exitCode = 1;
const measured = chosen.filter((name) => !failed.includes(name));
const written = flags.quick ? [] : wholeSections(plan, figures, measured);
await writeReport(import.meta.dirname, { plan, figures, machine, date }, written);
say(`written to bench/: ${written.map(({ name }) => name).join(', ') || 'nothing'}`);
