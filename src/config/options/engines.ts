import { z } from 'zod';
import { ALLOWABLE, ALLOWED_BY_DEFAULT, slurmArgNamesSchema } from '../../schemas/slurmArgs.ts';
import type { Option } from '../option.ts';
import { words } from '../values.ts';

/** The engine that runs the work. */
export const engineOptions = {
  backend: {
    schema: z.enum(['local', 'slurm', 'ray'], 'must be local, slurm or ray'),
    default: 'local',
    value: 'NAME',
    help: 'where runs are started: local (this machine), slurm or ray; what an earlier server started elsewhere is watched there',
  },
  'slurm-args': {
    schema: words,
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
} satisfies Record<string, Option<unknown>>;
