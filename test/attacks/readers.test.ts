import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

// What runs and engines write is read in time that grows with its length: no reader of it is left out of that.

/** What takes a text apart, or opens a file to. */
const READS =
  /readFile\(|JSON\.parse|parsePythonJson|parseExactly|eachLine\(|openLog\(|readFileIfExists|TextCleaner|terminalLines\(|\.split\('/;

const byEngine = 'of an engine, or of a Python of the server: bounded in size, and no run writes it';
const bySystem = "the system's own";
const byRequest = 'of a request: linearRequests.test.ts';
const ofDemo = 'a process of its own';
const byServer = 'written by the server, or by its operator';

/** Each source that reads what others write: which of the readers of `linearFiles.test.ts` goes through it, or why none does. */
const known: Readonly<Record<string, string>> = {
  'src/security/redaction/redactFile.ts': 'a file that is redacted',
  'src/security/redaction/cleanText.ts': 'the log',
  'src/files/eachLine.ts': 'the samples file',
  'src/files/mkdirBeneath.ts': byRequest,
  'src/files/openRunFile.ts': byRequest,
  'src/files/parseJson.ts': 'the results file',
  'src/files/readFileIfExists.ts': 'an exit file',
  'src/files/readYamlFile.ts': byServer,
  'src/security/redaction/readings.ts': 'what is redacted',
  'src/security/redaction/shownText.ts': 'a log as it is shown',
  'src/runner/folders/launches.ts': 'a note of a launch',
  'src/runner/backends/combineBackends.ts': byServer,
  'src/runner/harnesses/demo/arguments.ts': ofDemo,
  'src/runner/harnesses/demo/modelArgs.ts': ofDemo,
  'src/runner/harnesses/demo/output.ts': ofDemo,
  'src/runner/harnesses/demo/tasks/catalog.ts': ofDemo,
  'src/runner/backends/shared/exitFile.ts': 'an exit file',
  'src/runner/log/failureLines.ts': 'a failure in the log',
  'src/runner/harnesses/lmmsEval/compareRun.ts': byRequest,
  'src/runner/harnesses/list.ts': byRequest,
  'src/runner/harnesses/inspect/arguments.ts': 'arguments of generation for inspect',
  'src/runner/harnesses/inspect/output.ts': 'the results of inspect',
  'src/runner/harnesses/lmEval/compare.ts': byEngine,
  'src/runner/harnesses/command/listNames.ts': byEngine,
  'src/runner/harnesses/command/results.ts': 'the results of a command',
  'src/runner/harnesses/lmmsEval/failures.ts': 'a failure in the log',
  'src/runner/results/judging/judge.ts': 'a failure in the log',
  'src/runner/harnesses/lmmsEval/logErrors.ts': 'a failed answer in the log',
  'src/runner/results/files/metrics.ts': 'a score',
  'src/runner/harnesses/lmmsEval/provenance.ts': 'noted arguments beside what was asked',
  'src/runner/results/files/pythonJson.ts': 'the results file',
  'src/runner/results/files/resultsFile.ts': 'the results file',
  'src/runner/results/files/samplesFile.ts': 'the samples file',
  'src/runner/backends/local/launcher.ts': byServer,
  'src/runner/backends/local/handle.ts': byServer,
  'src/runner/backends/local/starter/starter.ts': byServer,
  'src/runner/backends/local/starter/starterProgram.ts': byServer,
  'src/runner/backends/local/logWriters.ts': bySystem,
  'src/runner/backends/local/marks.ts': bySystem,
  'src/runner/backends/local/oomKills.ts': byServer,
  'src/runner/backends/local/procfs.ts': bySystem,
  'src/runner/log/logCause.ts': 'a trace in the log',
  'src/runner/checkpoint.ts': bySystem,
  'src/runner/merge.ts': byEngine,
  'src/runner/imports/importedRequest.ts': 'what an earlier run was asked',
  'src/runner/log/logTail.ts': 'the log',
  'src/runner/folders/outputFolders.ts': byRequest,
  'src/runner/python/pythonCall.ts': byEngine,
  'src/runner/python/pythonChild.ts': byEngine,
  'src/runner/backends/ray/api.ts': 'answers of Ray',
  'src/runner/backends/ray/exit.ts': 'answers of Ray',
  'src/runner/backends/ray/handle.ts': byServer,
  'src/runner/backends/ray/http.ts': byEngine,
  'src/runner/backends/ray/observe.ts': 'an exit file',
  'src/runner/progress/tqdm.ts': 'a frame of a bar',
  'src/runner/results/notedHarness.ts': 'a note of a launch',
  'src/runner/results/samples/indexSamples.ts': 'the samples file',
  'src/runner/results/samples/readSamples.ts': 'the samples file',
  'src/runner/results/scores/taskValues.ts': 'the samples file',
  'src/runner/backends/local/warm/parent.ts': byEngine,
  'src/runner/backends/slurm/command.ts': byEngine,
  'src/runner/backends/slurm/describe.ts': 'answers of Slurm',
  'src/runner/backends/slurm/queue.ts': 'answers of Slurm',
  'src/runner/backends/slurm/stateFolder.ts': 'notes of Slurm',
  'src/runner/log/terminalText.ts': 'the log',
  'src/runner/log/tracebacks.ts': 'a trace in the log',
};

test('every source that reads what others write is known here', () => {
  const root = new URL('../../', import.meta.url).pathname;
  const reading = globSync('src/{files,runner,security/redaction}/**/*.ts', { cwd: root }).filter((file) =>
    READS.test(readFileSync(root + file, 'utf8')),
  );
  const unknown = reading.filter((file) => !Object.hasOwn(known, file));
  expect(unknown, 'a new reader: add it to test/support/hostile/files.ts, and here by whose text it reads').toEqual([]);
  expect(Object.keys(known).filter((file) => !reading.includes(file))).toEqual([]);
});
