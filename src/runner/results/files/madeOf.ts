import type { Metrics } from '../../../schemas/job/outcome.ts';
import type { Provenance } from '../../../schemas/job/provenance.ts';
import { ownValue } from '../../../schemas/values/ownValue.ts';
import type { ResultsFile } from './resultsFile.ts';

/** What lmms-eval notes as its version where it is no checkout. */
const UNKNOWN_VERSION = 'unknown@unknown';
/** The version of a group. */
const NO_VERSION = 'N/A';
/** As lmms-eval writes them, in the order of its `--seed`. */
const SEEDS = ['random_seed', 'numpy_seed', 'torch_seed', 'fewshot_seed'];
/** Characters of a hash: SHA-256 has 64. */
const LONGEST_HASH = 128;
/** Characters of the parts of groups, of all groups together: they are kept with the job. Of more, the parts are left out. */
const MOST_PARTS = 1_000_000;

/**
 * What a results file says of what made its numbers. Which harness that was it does not say.
 * @param metrics its numbers. @returns with the version only where the harness notes that in its results.
 */
export function provenanceOf(file: ResultsFile, metrics: Metrics): Provenance {
  const scored = Object.keys(metrics).filter((task) => Object.keys(metrics[task] ?? {}).length > 0);
  return {
    harness: null,
    harness_version: harnessVersionOf(file),
    git_hash: file.git_hash || null,
    seed: seedOf(file),
    tasks: Object.fromEntries(
      scored.map((task) => [
        task,
        { version: versionOf(file, task), num_fewshot: shotsOf(file, task), ...hashOf(file, task) },
      ]),
    ),
    groups: groupsOf(file),
  };
}

/** The version as the results have it; null when they have none. */
export function harnessVersionOf({
  lmms_eval_version: version,
  lm_eval_version: ofLmEval,
  inspect_version: ofInspect,
}: ResultsFile): string | null {
  return (version === UNKNOWN_VERSION ? null : version) ?? ofLmEval ?? ofInspect ?? null;
}

function seedOf({ config }: ResultsFile): string | null {
  const seeds = SEEDS.map((name) => config[name]).filter((seed) => typeof seed === 'number');
  return seeds.length === 0 ? null : [...(new Set(seeds).size === 1 ? seeds.slice(0, 1) : seeds)].join(',');
}

function versionOf({ versions, configs, config, lm_eval_version }: ResultsFile, task: string): string | null {
  const { model_args: args } = config;
  // lm-eval writes the arguments of the model over what the definition of a task says of itself.
  if (lm_eval_version !== null && typeof args === 'object' && args !== null && 'version' in args) return null;
  const { metadata } = ownValue(configs, task) ?? {};
  const version = ownValue(versions, task) ?? (metadata as { version?: unknown } | null | undefined)?.version;
  return (typeof version === 'number' || typeof version === 'string') && version !== NO_VERSION
    ? String(version)
    : null;
}

function shotsOf(file: ResultsFile, task: string): number | null {
  const shots = ownValue(file['n-shot'], task) ?? ownValue(file.configs, task)?.['num_fewshot'];
  return typeof shots === 'number' && Number.isSafeInteger(shots) ? shots : null;
}

function hashOf({ task_hashes: hashes }: ResultsFile, task: string): { hash?: string } {
  const hash = ownValue(hashes, task);
  return typeof hash === 'string' && hash.length <= LONGEST_HASH ? { hash } : {};
}

function groupsOf({ group_subtasks: parts, groups }: ResultsFile): Provenance['groups'] {
  let left = MOST_PARTS;
  const named = Object.entries(parts).filter(([, names]) => names.length > 0);
  const known = named.map(([group, names]) => {
    left -= names.reduce((total, { length }) => total + length, 0);
    return [group, left < 0 ? [] : names] as const;
  });
  const alone = Object.keys(groups).map((group) => [group, []] as const);
  return Object.fromEntries([...alone, ...known]);
}
