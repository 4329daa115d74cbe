import { type Health, healthSchema } from '../../../src/schemas/server/health.ts';
import { eventually } from '../waiting/eventually.ts';
import { send } from './send.ts';

/**
 * How a server says it is, once it has not been held up for a while: a busy machine may do that to any server, and it says so
 * for half a minute.
 */
export const healthOf = (url: string): Promise<Health> =>
  eventually(async () => {
    const { json } = await send(`${url}/health`, { method: 'GET' });
    const health = healthSchema.parse(json);
    return !health.reasons.some((reason) => reason.startsWith('nothing was done for')) && health;
  });
