import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonValue } from '../../../schemas/values/json.ts';
import type { ProgramLog } from './log.ts';

/** Where a run's files go. */
export type DemoOutput = {
  readonly outputPath: string;
  /** As `--model_args` has it; may be empty. */
  readonly modelName: string;
  readonly stamp: string;
};

/** Hours by which lmms-eval's stamps are ahead of UTC, on any machine: its default zone is Singapore. */
const STAMP_OFFSET = 8;

/** `YYYYMMDD_HHMMSS` in UTC+8. */
export function stampOf(time: Date): string {
  const shifted = new Date(time.getTime() + STAMP_OFFSET * 3_600_000);
  const [date = '', clock = ''] = shifted.toISOString().split(/[T.]/);
  return `${date.replaceAll('-', '')}_${clock.replaceAll(':', '')}`;
}

/** A model's name as a folder's: its last two parts, what a path cannot bear replaced. Empty stays empty. */
export function modelFolder(modelName: string): string {
  return modelName
    .split('/')
    .slice(-2)
    .join('/')
    .replace(/["<>:/|\\?*[\]]+/g, '__');
}

/** Writes the results file. As in lmms-eval, a failure is a line in the log and nothing more. */
export function saveResults(place: DemoOutput, document: JsonValue, log: ProgramLog): void {
  save(log, 'Could not save results aggregated', () => {
    log.info('demo.output:saveResults', 'Saving results aggregated');
    writeFileSync(join(folderOf(place), `${place.stamp}_results.json`), JSON.stringify(document, null, 2));
  });
}

/** Appends the lines to a task's samples file; a failure as for {@link saveResults}. */
export function saveSamples(place: DemoOutput, task: string, lines: readonly string[], log: ProgramLog): void {
  save(log, 'Could not save sample results', () => {
    const path = join(folderOf(place), `${place.stamp}_samples_${task}.jsonl`);
    appendFileSync(path, lines.map((line) => `${line}\n`).join(''));
    log.info('demo.output:saveSamples', `Saving samples to ${path}`);
  });
}

function folderOf({ outputPath, modelName }: DemoOutput): string {
  const folder = join(outputPath, modelFolder(modelName));
  mkdirSync(folder, { recursive: true });
  return folder;
}

function save(log: ProgramLog, complaint: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    log.warning('demo.output:save', complaint);
    log.info('demo.output:save', String(error));
  }
}
