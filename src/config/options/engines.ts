import { z } from 'zod';
import { rayRuntimeEnv } from '../../schemas/engine/rayRuntimeEnv.ts';
import {
  ALLOWABLE,
  ALLOWED_BY_DEFAULT,
  slurmArgNamesSchema,
  slurmWordsSchema,
} from '../../schemas/engine/slurmArgs.ts';
import type { Option } from '../option.ts';
import { integer, optionalFile, serverUrl, trueOrFalse, wordList } from '../values.ts';

const badResources =
  'must be names of letters, digits, "-", "_", ".", ":" and "/", separated by commas, with * at their ends only';

/** Names with commas between them, each of which may end in `*`; empty: none. */
const resourceNames = z
  .string()
  .transform((text) => text.split(',').filter((name) => name !== ''))
  .refine((all) => all.every((name) => /^[\w.:/-]{0,100}\*?$/.test(name)), badResources);

/** The engine that runs the work. */
export const engineOptions = {
  backend: {
    schema: z.enum(['local', 'slurm', 'ray'], 'must be local, slurm or ray'),
    default: 'local',
    value: 'NAME',
    help: 'where runs are started: local (this machine), slurm or ray; what an earlier server started elsewhere is watched there',
  },
  'slurm-args': {
    schema: wordList.pipe(slurmWordsSchema),
    default: '',
    value: '"…"',
    help: 'words for every sbatch, quoted as in a shell, e.g. "--partition=gpu --account=evals --mem=64G --cpus-per-task=8"',
  },
  'slurm-gres': {
    schema: z.string().regex(/^([\w-]+(:[\w.-]+)?)?$/, 'must be a name, or name:type'),
    default: 'gpu',
    value: 'NAME',
    help: "what a job's num_gpus (1 if it does not say) are asked for as in --gres, e.g. gpu:a100; empty on a cluster without GPUs",
  },
  'slurm-allow-args': {
    schema: slurmArgNamesSchema,
    default: ALLOWED_BY_DEFAULT.join(','),
    value: 'NAMES',
    help: `options of sbatch that a job may choose for itself (engine_args), separated by commas; empty: none; possible: ${ALLOWABLE.join(', ')}`,
  },
  'slurm-nice': {
    schema: integer(0, 10_000_000),
    default: '1',
    value: 'N',
    help: "points of Slurm's priority that a step of a job's priority is worth: --nice is N x (100 - priority), since only an administrator may go below 0; 0: none is asked for",
  },
  'ray-address': {
    schema: serverUrl,
    default: 'http://127.0.0.1:8265',
    value: 'URL',
    help: "Ray's dashboard, with its Jobs API",
  },
  'ray-token-file': {
    schema: optionalFile,
    default: '',
    value: 'FILE',
    help: 'file with the token that Ray wants (RAY_AUTH_MODE=token), not open to other users; read at each use, so that it may be renewed',
  },
  'ray-num-gpus': {
    schema: trueOrFalse,
    default: 'true',
    value: '[true|false]',
    help: "whether a run asks Ray for its job's num_gpus (1 if it does not say); false on a cluster without GPUs",
    switch: true,
  },
  'ray-num-cpus': {
    schema: integer(0, 10_000),
    default: '1',
    value: 'N',
    help: "CPUs that every run asks Ray for; a run that asks for none, and for no GPU, is started on Ray's head",
  },
  'ray-allow-resources': {
    schema: resourceNames,
    default: 'accelerator_type:*',
    value: 'NAMES',
    help: 'custom resources of Ray that a job may ask for (engine_args: resources={"accelerator_type:A100": 0.001}), separated by commas; * at the end of a name stands for any end; empty: none',
  },
  'ray-runtime-env': {
    schema: rayRuntimeEnv,
    default: '',
    value: 'JSON|FILE',
    help: 'what Ray prepares for every run (its runtime_env), as JSON or a file with that, e.g. {"env_vars": {"HF_HOME": "/shared/hf"}}; its env_vars win over those of evald; a file, if there are credentials in it',
    secret: true,
  },
  'ray-shared-folder': {
    schema: trueOrFalse,
    default: 'true',
    value: '[true|false]',
    help: "whether Ray's nodes see --runs-dir (or --data-dir) under the same path; false: the log comes through Ray, and every job must name an output_dir that the nodes see",
    switch: true,
  },
} satisfies Record<string, Option<unknown>>;
