import type { EvaluateRequest } from '../schemas/submission/evaluateRequest.ts';

/** Characters of a model's and of a task's name that are shown: with the rest it is far below what Slurm, and a file's name, can have. */
const MODEL = 40;
const TASK = 60;

/**
 * What a run is called where an engine lists its jobs, for people; an engine adds the id of the job. Of several tasks it names the
 * first, and says how many more there are: `evald:qwen2_5_vl:mmmu_val+3`. Other runs may be called the same: none is found by it alone.
 * @param request of a part of a split job: with its task alone.
 */
export function runName({ model, tasks }: Pick<EvaluateRequest, 'model' | 'tasks'>): string {
  const [first = '', ...more] = tasks;
  return `evald:${word(model, MODEL)}:${word(first, TASK)}${more.length === 0 ? '' : `+${more.length}`}`;
}

/** What shells, file names and the commands of engines take as it is: none of them splits it, or reads it as a pattern. */
const word = (text: string, most: number): string => text.replaceAll(/[^\w.-]/g, '_').slice(0, most);
