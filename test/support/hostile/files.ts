import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openRunFile } from '../../../src/files/openRunFile.ts';
import { tailStart } from '../../../src/http/routes/log.ts';
import type { PreparedRun } from '../../../src/machines/ports/runner.ts';
import { rayJobSchema } from '../../../src/runner/backends/ray/answers.ts';
import { exitOf } from '../../../src/runner/backends/ray/exit.ts';
import { createOwnOutput } from '../../../src/runner/backends/ray/ownOutput.ts';
import { readExit } from '../../../src/runner/backends/shared/exitFile.ts';
import { parseNodes } from '../../../src/runner/backends/slurm/describe.ts';
import { parseQueue, parseRecord } from '../../../src/runner/backends/slurm/queue.ts';
import { readClaim, readSlurmSubmission, readSubmitted } from '../../../src/runner/backends/slurm/stateFolder.ts';
import { lastLaunch } from '../../../src/runner/folders/launches.ts';
import { parseCommandResults } from '../../../src/runner/harnesses/command/results.ts';
import { generationArguments } from '../../../src/runner/harnesses/inspect/arguments.ts';
import { createInspectMeter } from '../../../src/runner/harnesses/inspect/meter.ts';
import { inspectOutput } from '../../../src/runner/harnesses/inspect/output.ts';
import { readFailure } from '../../../src/runner/harnesses/lmmsEval/failures.ts';
import { readLogErrors } from '../../../src/runner/harnesses/lmmsEval/logErrors.ts';
import { lmmsEvalOutput } from '../../../src/runner/harnesses/lmmsEval/output.ts';
import { readImport } from '../../../src/runner/imports/readImport.ts';
import { readLogCause } from '../../../src/runner/log/logCause.ts';
import { readLogTail } from '../../../src/runner/log/logTail.ts';
import { createMeter } from '../../../src/runner/progress/meter.ts';
import { readJobResults } from '../../../src/runner/results/files/jobResults.ts';
import { judgeOutput } from '../../../src/runner/results/judging/judge.ts';
import { readHarness } from '../../../src/runner/results/notedHarness.ts';
import { createSamplesReader } from '../../../src/runner/results/samples/readSamples.ts';
import { readTaskValues } from '../../../src/runner/results/scores/taskValues.ts';
import { credentialsIn } from '../../../src/schemas/secrets/credentials.ts';
import { maskText } from '../../../src/schemas/secrets/secrets.ts';
import type { EvaluateRequest } from '../../../src/schemas/submission/evaluateRequest.ts';
import { TextCleaner } from '../../../src/security/redaction/cleanText.ts';
import { redactFile } from '../../../src/security/redaction/redactFile.ts';
import { Redactor } from '../../../src/security/redaction/redactor.ts';
import { ShownText } from '../../../src/security/redaction/shownText.ts';
import { request } from '../requests/request.ts';
import { halfWithout, pieces, pure, type Reader } from './reader.ts';

const prefix = 'm/20261124_112235';
const RESULTS = `${prefix}_results.json`;
const asked = request({
  tasks: ['t', ...Array.from({ length: 10 }, (_, index) => `t${'*a'.repeat(index)}b`)],
  model_args: { pretrained: 'p/'.repeat(2_000), other: 'x'.repeat(50_000) },
  gen_kwargs: 'temperature=0,top_p=1',
});
const judging = { operatorOptions: [], limits: { failed: 0.01, empty: 0.5 }, hung: null };
const score = { 'acc,none': 0.5 };
/** Results that are this run's: what they note is what was asked, or nothing. */
const whole = {
  results: { t: score },
  'n-samples': { t: { original: 1, effective: 1 } },
  group_subtasks: {},
  configs: { t: {} },
};

/** How the samples of a task are read for a comparison. */
const shape = { metrics: ['acc'], filters: ['none'], isRepeated: true, scoreKey: 'score', clusterKey: 'doc_id' };

/** What reads the files of runs and the answers of engines, by what a text stands for in them. */
export function createReaders(folder: string): Record<string, Reader> {
  let count = 0;
  const inFolder = async (files: Record<string, string>): Promise<string> => {
    const place = join(folder, String(count++));
    await mkdir(join(place, 'm'), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(place, name), text);
    return place;
  };

  const judged =
    (
      files: (text: string) => Record<string, string>,
      of: (text: string) => EvaluateRequest = () => asked,
      format = lmmsEvalOutput,
    ): Reader =>
    async (text) => {
      const output = await inFolder({ log: '', ...files(text) });
      const prepared: PreparedRun = { output, log: join(output, 'log'), ownOutput: true, before: [] };
      return () => judgeOutput(format, prepared, of(text), judging);
    };
  const results = (more: (text: string) => object): Reader =>
    judged((text) => ({ [RESULTS]: JSON.stringify({ ...whole, ...more(text) }) }));

  const samples = (written: (text: string) => string): Reader => {
    const judge = judged((text) => ({
      [RESULTS]: JSON.stringify(whole),
      [`${prefix}_samples_t.jsonl`]: `${written(text)}\n`,
    }));
    return async (text) => {
      const work = await judge(text);
      const own = { path: await inFolder({ samples: `${written(text)}\n` }), isOwn: true };
      return async () => {
        await work();
        // Another one each time: it remembers what it has found.
        const read = createSamplesReader();
        await read(own, 'samples', 't', { offset: 0, limit: 100, filter: undefined });
        await read(own, 'samples', 't', { offset: 0, limit: 100, filter: 'wrong' });
        const values = await readTaskValues(own, 'samples', shape);
        values?.of('acc', 'none');
      };
    };
  };

  const log =
    (written: (text: string) => string): Reader =>
    async (text) => {
      const content = written(text);
      const path = join(await inFolder({ log: content }), 'log');
      const lines = content.split(/[\r\n]+/);
      return async () => {
        await readFailure(path);
        await readLogErrors(path);
        await readLogTail(path);
        await readLogCause(path, { kind: 'code', code: 1 });
        await readLogCause(path, { kind: 'reported', words: lines.slice(-11).join('\n'), offset: content.length });
        createMeter(1_024)(lines);
        createInspectMeter()(lines);
        const cleaner = new TextCleaner();
        cleaner.clean(Buffer.from(content));
        cleaner.newest();
        cleaner.end();
        const file = await open(path);
        await tailStart(file, (await file.stat()).size, 100_000);
        await file.close();
      };
    };

  const stateFiles = (names: readonly string[], read: (folder: string) => Promise<unknown>): Reader => {
    return async (text) => {
      const place = await inFolder({});
      await mkdir(join(place, '1'));
      for (const name of names) for (const at of [name, join('1', name)]) await writeFile(join(place, at), text);
      return () => read(place).catch(() => {});
    };
  };

  const redactor = Redactor.of(['a-secret-of-some-length', 'abababababababab', '1111111111111111', 'aaaaaaaaaaaaaaaa']);
  const head = (logger: string) => `2026-11-24 01:02:57.123 | ERROR    | ${logger}:1 - `;

  return {
    'the results of a command': async (text) => {
      const texts = [
        text,
        JSON.stringify({ [text]: { [text]: { value: 1, n: 1 }, [`${text}_stderr`]: { value: 1 } } }),
      ];
      return () => {
        for (const each of texts) {
          try {
            parseCommandResults(each);
          } catch {
            // What is no results file is refused, which is an answer too.
          }
        }
      };
    },
    'the results file': judged((text) => ({ [RESULTS]: text })),
    'a name of a task': results((text) => ({ results: { t: score, [text]: score }, configs: { [text]: {} } })),
    'a name of a metric': results((text) => ({ results: { t: { ...score, [`${text},none`]: 1, [`m,${text}`]: 2 } } })),
    'a score': results((text) => ({ results: { t: { ...score, 'x,none': text } } })),
    'a name of a group, and of a part': results((text) => ({ group_subtasks: { [text]: ['t'], g: [text] } })),
    'a tag': results((text) => ({ configs: { t: { tag: [text, 't'], task: text, output_type: text } } })),
    'noted arguments beside what was asked': judged(
      (text) => {
        const config = { model: 'dummy', model_args: `[REDACTED]${halfWithout(text)}*********x` };
        return { [RESULTS]: JSON.stringify({ ...whole, config }) };
      },
      (text) => request({ ...asked, model_args: { other: text } }),
    ),
    'noted options': results((text) => ({
      config: { resolved_cli_args: { gen_kwargs: text, tasks: [text], limit: text } },
    })),
    'noted arguments of generation': results((text) => ({ config: { gen_kwargs: { [text]: text, a: text } } })),
    'what else results say': results((text) => ({
      ...{ model_name: text, git_hash: text, lmms_eval_version: text, total_evaluation_time_seconds: text },
      usage: { a: text },
    })),
    'results as they are shown': async (text) => {
      const shown = { ...whole, results: { t: { ...score, [text]: text } } };
      const path = join(await inFolder({ results: JSON.stringify(shown) }), 'results');
      return () => readJobResults([path]);
    },
    'what an earlier run was asked': async (text) => {
      const config = { model: text, model_args: text, gen_kwargs: { a: text }, resolved_cli_args: { tasks: text } };
      const place = await inFolder({ [RESULTS]: JSON.stringify({ ...whole, config }) });
      return () => readImport(place, { path: RESULTS, harness: 'lmms-eval', samples: [] }, null, []);
    },
    'the results of inspect': judged(
      (text) => {
        const config = { model: text, model_args: { other: halfWithout(text) }, limit: text };
        const own = { counts: { t: { [text]: 1 } }, faults: { t: text }, cached: {}, inspect_version: text };
        return { 'inspect_20261124T112235_0a1b2c.json': JSON.stringify({ ...whole, ...own, config }) };
      },
      (text) => request({ ...asked, model_args: { other: text } }),
      inspectOutput,
    ),
    'arguments of generation for inspect': pure((text) =>
      [text, `a=${text}`, `{${text}`, `a=${text},`.repeat(2)].map(generationArguments),
    ),
    'the samples file': samples((text) => text),
    'an answer': samples((text) =>
      JSON.stringify({ doc_id: 0, resps: [[text]], filtered_resps: [text], acc: { judge_error: text } }),
    ),
    'an id of a sample': samples((text) => JSON.stringify({ doc_id: text, filtered_resps: ['A'], acc: 1 })),
    'a name in a sample': samples((text) =>
      JSON.stringify({ doc_id: 0, filtered_resps: ['A'], [text]: { [text]: 1 } }),
    ),
    'what is compared in a sample': samples((text) => {
      const answer = halfWithout(text);
      const m = { question_type: 'open', parsed_pred: [[text, `${text}a`]], answer };
      return JSON.stringify({ doc_id: 0, filtered_resps: [''], m });
    }),
    'the log': log((text) => text),
    'a failure in the log': log((text) => `${head('__main__:cli_evaluate')}Error during evaluation: ${text}\n`),
    'a failed answer in the log': log(
      (text) =>
        `${head('lmms_eval.models.x:f')}${text}\n${head('lmms_eval.evaluator:f')}Postprocessed 1 docs for ${text}/x with \n`,
    ),
    'the head of a line of the log': log((text) => `${head(`${text}:f`)}Tasks were not found: x\n`),
    'a trace in the log': log(
      (text) => `Traceback (most recent call last):\n  File\nValueError: ${text}\n[rank0]: ${text}\n(${text}) x\n`,
    ),
    'the table of a launcher': log(
      (text) => `Root Cause (first observed failure):\n rank : ${text}\n exitcode : ${text}\n`,
    ),
    'a frame of a bar': log(
      (text) =>
        `\rModel Responding:   3%|${text}| 1/30 [00:00<00:14,  2.00it/s]\r${text}:   3%|x| ${text}/30 [${text}<00:14, ${text}it/s]`,
    ),
    'a line of progress': log(
      (text) =>
        `lmms_eval.models.model_utils.progress ${text}[rank 0] ${text}: 1/2 (3%) | 1 it/s | elapsed ${text} | ETA ${text}\n`,
    ),
    'a name of a file': pure((text) => [
      lmmsEvalOutput.readPath(text),
      lmmsEvalOutput.readPath(`${text}_samples_${text}.jsonl`),
      lmmsEvalOutput.readPath(`m/${text}_results.json`),
    ]),
    'a note of a launch': stateFiles(['prepared.json', 'harness.json'], async (place) => {
      await readHarness(place);
      await lastLaunch(place);
    }),
    'an exit file': stateFiles(['exit'], readExit),
    'notes of Slurm': stateFiles(['claim', 'submission.json', 'submitted'], async (place) => {
      await readClaim(place);
      await readSubmitted(place);
      await readSlurmSubmission(place);
    }),
    'answers of Slurm': pure((text) => [
      ...[parseQueue(text), parseQueue(`1|R|${text}`), parseNodes(text)],
      ...[parseRecord(text), parseRecord(` ExitCode=${text}`), parseRecord(` ExitCode=1:1 TimeLimit=${text}`)],
    ]),
    'answers of Ray': pure((text) => {
      const job = rayJobSchema.parse({ status: 'FAILED', message: text, error_type: text, metadata: { [text]: text } });
      exitOf(job);
      exitOf({ ...job, driver_exit_code: 125, message: `x\nevald: ${text}` });
    }),
    "the log of Ray's job": pure((text) => {
      const output = createOwnOutput('evald-1', 0);
      const marks = `--- output of evald-1 ---\n${'--- end of output of '.repeat(text.length / 20)}`;
      for (const piece of pieces(Buffer.from(text + marks + text), 100)) output.take(piece);
      output.rest();
    }),
    'a file that is redacted': async (text) => {
      const place = { path: await inFolder({ log: text, other: `a-secret-of-some-length${text}` }), isOwn: true };
      return async () => {
        for (const name of ['log', 'other']) {
          const file = await openRunFile(place, name);
          if (file === null || redactor === null) throw new Error('there is nothing to read');
          await redactFile(file, redactor);
          await file.handle.close();
        }
      };
    },
    'a log as it is shown': pure((text) => {
      const shown = new ShownText(redactor);
      shown.begin(Buffer.from(text.slice(0, 1_000)));
      for (const piece of pieces(Buffer.from(text), 4_096)) shown.clean(piece);
      shown.newest();
      shown.end();
    }),
    'what is redacted': pure((text) => [redactor?.text(text), redactor?.text(`a-secret-of-some-length${text}`)]),
    'a text with credentials': pure((text) => [credentialsIn(text), maskText(text), maskText(JSON.stringify([text]))]),
  };
}
