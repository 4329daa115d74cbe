import { join } from 'node:path';
import type { Config } from '../../config/options.ts';
import type { Backend } from './backend.ts';
import { combineBackends } from './combineBackends.ts';
import { createLocalBackend } from './local/backend.ts';
import { createStarter } from './local/starter/starter.ts';
import { createRayBackend } from './ray/backend.ts';
import { createSlurmBackend } from './slurm/backend.ts';

/**
 * How the backend of each name is made. All are made, whichever is chosen, so that a run is watched where an earlier
 * server started it: making one asks nothing of its engine, and throws nothing for an engine that is not there.
 */
const makers: { [Name in Config['backend']]?: (config: Config, warn: (text: string) => void) => Backend } = {
  local: (config, warn) =>
    createLocalBackend(
      config['warm-starts']
        ? { memory: config['warm-memory'] * 2 ** 20, idle: config['warm-idle'] * 1_000, onProblem: warn }
        : null,
      createStarter(),
    ),
  slurm: (config) =>
    createSlurmBackend({
      args: config['slurm-args'],
      gres: config['slurm-gres'],
      allowedArgs: config['slurm-allow-args'],
      nice: config['slurm-nice'],
      grace: config.grace,
      env: process.env,
    }),
  ray: (config) =>
    createRayBackend({
      url: config['ray-address'],
      tokenFile: config['ray-token-file'],
      runtimeEnv: config['ray-runtime-env'],
      asksGpus: config['ray-num-gpus'],
      cpus: config['ray-num-cpus'],
      allowedResources: config['ray-allow-resources'],
      sharesFolder: config['ray-shared-folder'],
      grace: config.grace,
      ownOutputs: join(config['runs-dir'] ?? config['data-dir'], 'outputs'),
    }),
};

/**
 * The place where runs run: the configured backend, beside those that may have started runs before.
 * @param warn takes what an operator should know. @throws when there is none of that name.
 */
export function createBackend(config: Config, warn: (text: string) => void = () => {}): Backend {
  const all = Object.values(makers).map((make) => make(config, warn));
  const chosen = all.find(({ name }) => name === config.backend);
  if (chosen === undefined) throw new Error(`there is no backend ${config.backend}`);
  return combineBackends(chosen, all);
}
