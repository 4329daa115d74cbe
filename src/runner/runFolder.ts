import type { RunFolder } from '../files/openRunFile.ts';
import type { PreparedRun } from '../schemas/run.ts';

/** The folder that a run writes to. */
export const folderOf = ({ output, ownOutput }: PreparedRun): RunFolder => ({ path: output, isOwn: ownOutput });
