import type { Config } from './options.ts';

/**
 * What happens to runs when the server is asked to end. Unless the operator says otherwise an engine keeps them: they are
 * picked up at the next start, so that a restart costs nothing. On this machine they end with the server.
 */
export const fateOfRuns = ({
  'on-shutdown': said,
  backend,
}: Pick<Config, 'on-shutdown' | 'backend'>): 'stop' | 'leave' => said ?? (backend === 'local' ? 'stop' : 'leave');
