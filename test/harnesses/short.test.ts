import { keepsPromises } from './promises.ts';
import { table } from './table.ts';

for (const entry of table) if (entry.need === null) keepsPromises(entry);
