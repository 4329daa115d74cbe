import { globSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createReaders } from '../support/hostileFiles.ts';
import { endedTexts, fewTexts } from '../support/hostileTexts.ts';
import { expectLinear } from '../support/linearCost.ts';
import { removeFolder } from '../support/removeFolder.ts';

// What runs and engines write is read in time that grows with its length: each reader gets texts that cost, in each role
// that a text has in its file.

const folder = mkdtempSync(join(tmpdir(), 'evald-test-'));
afterAll(() => removeFolder(folder));

const SIZES = [16_384, 65_536];
const readers = createReaders(folder);

test.each(Object.entries(readers))('%s is read in linear time', async (what, reader) => {
  for (const { name, of } of [...endedTexts, ...fewTexts]) {
    await expectLinear(`${what}: ${name}`, SIZES, (size) => reader(of(size)));
  }
});

/** What takes a text apart, or opens a file to. */
const READS =
  /readFile\(|JSON\.parse|parsePythonJson|parseExactly|eachLine\(|openLog\(|readIfThere\(|TextCleaner|terminalLines\(|\.split\('/;

const byEngine = 'of an engine, or of a Python of the server: bounded in size, and no run writes it';
const bySystem = "the system's own";
const byRequest = 'of a request: linearRequests.test.ts';
const ofDemo = 'a process of its own';
const byServer = 'written by the server, or by its operator';

/** Each source that reads what others write: which of the readers above goes through it, or why none does. */
const known: Readonly<Record<string, string>> = {
  'src/files/blotFile.ts': 'a file that is redacted',
  'src/files/cleanText.ts': 'the log',
  'src/files/eachLine.ts': 'the samples file',
  'src/files/makeInside.ts': byRequest,
  'src/files/openRunFile.ts': byRequest,
  'src/files/parseJson.ts': 'the results file',
  'src/files/readIfThere.ts': 'an exit file',
  'src/files/readings.ts': 'what is redacted',
  'src/files/shownText.ts': 'a log as it is shown',
  'src/runner/attempts.ts': 'a note of a launch',
  'src/runner/backends.ts': byServer,
  'src/runner/demo/arguments.ts': ofDemo,
  'src/runner/demo/modelArgs.ts': ofDemo,
  'src/runner/demo/output.ts': ofDemo,
  'src/runner/demo/tasks/catalog.ts': ofDemo,
  'src/runner/exitFile.ts': 'an exit file',
  'src/runner/failureLines.ts': 'a failure in the log',
  'src/runner/lmmsEval/compareRun.ts': byRequest,
  'src/runner/lmmsEval/failures.ts': 'a failure in the log',
  'src/runner/lmmsEval/judge.ts': 'a failure in the log',
  'src/runner/lmmsEval/logErrors.ts': 'a failed answer in the log',
  'src/runner/lmmsEval/metrics.ts': 'a score',
  'src/runner/lmmsEval/provenance.ts': 'noted arguments beside what was asked',
  'src/runner/lmmsEval/pythonJson.ts': 'the results file',
  'src/runner/lmmsEval/resultsFile.ts': 'the results file',
  'src/runner/lmmsEval/samplesFile.ts': 'the samples file',
  'src/runner/lmmsEval/wildcard.ts': 'a tag',
  'src/runner/local/launcher.ts': byServer,
  'src/runner/local/logWriters.ts': bySystem,
  'src/runner/local/marks.ts': bySystem,
  'src/runner/local/oomKills.ts': byServer,
  'src/runner/local/procfs.ts': bySystem,
  'src/runner/logCause.ts': 'a trace in the log',
  'src/runner/logTail.ts': 'the log',
  'src/runner/merge.ts': byEngine,
  'src/runner/openLog.ts': 'the log',
  'src/runner/outputFolders.ts': byRequest,
  'src/runner/pythonCall.ts': byEngine,
  'src/runner/pythonChild.ts': byEngine,
  'src/runner/ray/api.ts': 'answers of Ray',
  'src/runner/ray/exit.ts': 'answers of Ray',
  'src/runner/ray/handle.ts': byServer,
  'src/runner/ray/http.ts': byEngine,
  'src/runner/ray/sight.ts': 'an exit file',
  'src/runner/ray/token.ts': byServer,
  'src/runner/progress/tqdm.ts': 'a frame of a bar',
  'src/runner/readingNote.ts': byServer,
  'src/runner/samples/indexSamples.ts': 'the samples file',
  'src/runner/samples/readSamples.ts': 'the samples file',
  'src/runner/slurm/command.ts': byEngine,
  'src/runner/slurm/describe.ts': 'answers of Slurm',
  'src/runner/slurm/queue.ts': 'answers of Slurm',
  'src/runner/slurm/stateFolder.ts': 'notes of Slurm',
  'src/runner/terminalText.ts': 'the log',
  'src/runner/tracebacks.ts': 'a trace in the log',
};

test('every source that reads what others write is known here', () => {
  const root = new URL('../../', import.meta.url).pathname;
  const reading = globSync('src/{files,runner}/**/*.ts', { cwd: root }).filter((file) =>
    READS.test(readFileSync(root + file, 'utf8')),
  );
  const unknown = reading.filter((file) => !Object.hasOwn(known, file));
  expect(unknown, 'a new reader: add it to test/support/hostileFiles.ts, and here by whose text it reads').toEqual([]);
  expect(Object.keys(known).filter((file) => !reading.includes(file))).toEqual([]);
});
