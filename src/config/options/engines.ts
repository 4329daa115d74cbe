import { z } from 'zod';
import type { Option } from '../option.ts';

/** The engine that runs the work. */
export const engineOptions = {
  backend: {
    schema: z.enum(['local', 'slurm', 'ray'], 'must be local, slurm or ray'),
    default: 'local',
    value: 'NAME',
    help: 'where runs are started: local (this machine), slurm or ray; what an earlier server started elsewhere is watched there',
  },
} satisfies Record<string, Option<unknown>>;
