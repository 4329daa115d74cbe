import { z } from 'zod';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { parsePythonJson } from '../../results/files/pythonJson.ts';
import { parseResults, type ResultsFile } from '../../results/files/resultsFile.ts';
import { noLogErrors, type OutputFile, type OutputFormat } from '../../results/judging/outputFormat.ts';
import { isSameArgument, shown } from '../lmmsEval/provenance.ts';
import { modelArguments } from './arguments.ts';

/** How evald's own program for inspect (`python/harness/evald_inspect.py`) writes. */
export const inspectOutput: OutputFormat = {
  readPath,
  parseResults: parseInspectResults,
  // Whatever failed stands in the results, by task.
  readFailure: async () => null,
  readLogErrors: async () => noLogErrors(),
  savedSamples: null,
  differenceOf,
};

const OWN = /^(?:([^/]+)\/)?(inspect_\d{8}T\d{6}_[0-9a-f]{6})(\.json|_.+\.jsonl)$/;
/** What inspect itself writes, which is kept for its own viewer. */
const LOG = /^inspect_logs_[0-9a-f]{12}\/[^/]+\.json$/;

function readPath(path: string): OutputFile | null {
  if (LOG.test(path)) return { path, folder: '', stamp: '', kind: 'log' };
  const [, folder = '', stamp, end] = OWN.exec(path) ?? [];
  if (stamp === undefined || end === undefined) return null;
  return { path, folder, stamp, kind: end === '.json' ? 'results' : 'samples' };
}

const more = z.object({
  counts: z.record(z.string(), z.record(z.string(), z.int().min(0))),
  faults: z.record(z.string(), z.string()),
  cached: z.record(z.string(), z.int().min(0)),
  inspect_version: z.string().nullable(),
});

/** @throws as `parseResults`; when what it adds to that is not there. */
function parseInspectResults(text: string): ResultsFile {
  return { ...parseResults(text), ...more.parse(parsePythonJson(text)) };
}

/** What inspect leaves out of its own logs. */
const isUnnoted = (name: string): boolean => name === 'api_key' || name === 'base_url' || name.startsWith('aws_');

/** Compares what changes the numbers: what the operator's extra arguments set says nothing. */
function differenceOf(
  { config }: ResultsFile,
  request: EvaluateRequest,
  operatorOptions: readonly string[],
): string | null {
  const { limit } = request;
  const different = (name: string, wanted: unknown) =>
    `${name} is ${shown(config[name])} in it, and ${shown(wanted)} was asked`;
  if (!operatorOptions.includes('model') && config['model'] !== request.model) return different('model', request.model);
  const wanted = limit === -1 ? null : limit;
  if (!operatorOptions.includes('limit') && (config['limit'] ?? null) !== wanted) return different('limit', wanted);
  const args = Object.entries(modelArguments(request)).filter(([name]) => !isUnnoted(name));
  const noted = new Map<string, unknown>(Object.entries(Object(config['model_args'])));
  const other = args.find(([name, value]) => !isSameArgument(noted.get(name), value));
  return other === undefined ? null : different('model_args', Object.fromEntries(args));
}
