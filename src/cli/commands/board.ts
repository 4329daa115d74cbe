import { type BoardRow, makeBoard } from '../../text/board.ts';
import { text, texts, toggle } from '../frame/flag.ts';
import { boardColumns } from '../scores/boardColumns.ts';
import { boardLines, boardNotes } from '../scores/boardLines.ts';
import { type FoundScores, readScores } from '../scores/readScores.ts';
import { scoresFilter, scoresFlags } from '../scores/scoresFlags.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[OPTIONS]',
  words: [0, 0],
  about:
    'Shows what each model and checkpoint reached on each task, by its newest run: value ± standard error, the best of a column marked by *. An empty cell says why it is empty. A column is a task, a metric and a filter.',
  examples: ['evald board --label run=r7', 'evald board -t mmmu_val -t mme --metric acc -o md'],
  flags: {
    task: texts('NAME', 'only this task; may be repeated', { short: 't' }),
    ...scoresFlags,
    metric: text('M[,FILTER]', 'only this metric, only by this filter'),
    all: toggle('a row a job, not only the newest of a checkpoint', { short: 'a' }),
  },
  output: true,
  async run(context, _, { task: tasks, metric: given, all, ...flags }) {
    const { output, terminal, say } = context;
    const [metric, filter] = given?.split(',') ?? [];
    const found: FoundScores = { scores: [], missing: [] };
    for (const task of tasks.length === 0 ? [undefined] : tasks) {
      const { scores, missing } = await readScores(context, { ...scoresFilter(flags), task, metric, filter });
      found.scores.push(...scores);
      found.missing.push(...missing);
    }
    const board = makeBoard(found.scores, found.missing, all);
    if ((output.format === 'table' || output.format === 'wide') && output.columns === undefined) {
      if (board.rows.length === 0) {
        const isNarrowed = tasks.length > 0 || given !== undefined || Object.values(flags).some(Boolean);
        say(
          isNarrowed
            ? 'There is no score like this. `evald board` without options has all.'
            : 'There are no scores. `evald submit MODEL TASK…` measures some.',
        );
        return undefined;
      }
      const width = output.format === 'table' && terminal.isOutput ? terminal.width : null;
      for (const line of boardLines(board, { width, color: terminal.color, header: output.header }))
        context.print(line);
      for (const note of boardNotes(board)) say(note);
      return undefined;
    }
    await context.show<BoardRow>({
      rows: board.rows,
      columns: boardColumns(board, output.format === 'csv'),
      name: ({ model, checkpoint }) => (checkpoint === null ? model : `${model} ${checkpoint}`),
      document: () => board,
    });
    return undefined;
  },
});
