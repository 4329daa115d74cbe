import type { Role } from '../../schemas/role.ts';

/** Who sent a request. Without tokens nobody has a name, and everybody may do everything. */
export type Caller = { name: string | null; role: Role };

/** What a route finds in its context: `c.get('caller')`. */
export type CallerEnv = { Variables: { caller: Caller } };

/** The caller where no tokens are in use. */
export const anybody: Caller = { name: null, role: 'admin' };

/** The caller for the log: ` by alice`; nothing without a name. */
export const callerWords = ({ name }: Caller): string => (name === null ? '' : ` by ${name}`);
