import { href } from '../../location.ts';

/** The address of a tab of a job; that of the overview is the job's own. */
export const tabHref = (id: string, name: string): string => href(['jobs', id, ...(name === 'overview' ? [] : [name])]);
