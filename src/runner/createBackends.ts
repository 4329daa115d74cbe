import type { Config } from '../config/options.ts';
import type { Backend } from './contract.ts';
import { createLocalBackend } from './local/backend.ts';

/**
 * How the backend of each name is made, whether it is the configured one or not: making one asks nothing of its engine
 * and throws nothing, so that a run can be watched where an earlier server started it.
 */
const makers: { [Name in Config['backend']]?: (config: Config) => Backend } = {
  local: () => createLocalBackend(),
};

/** The configured backend. @throws when there is none of that name. */
export function createBackend(config: Config): Backend {
  const make = makers[config.backend];
  if (make === undefined) throw new Error(`there is no backend ${config.backend}`);
  return make(config);
}
