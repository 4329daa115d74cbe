import type { BoardContext } from './board.ts';
import type { QueueStats } from './jobCommands.ts';
import type { OrderedQueue } from './orderedQueue.ts';

/**
 * Makes the queue's statistics of the books, the same object as before while these are the same: both are values that
 * change by being replaced.
 */
export function queueStats(): (queue: OrderedQueue, board: BoardContext) => QueueStats {
  let last: { queue: OrderedQueue; board: BoardContext; stats: QueueStats } | null = null;
  return (queue, board) => {
    if (last?.queue === queue && last.board === board) return last.stats;
    const { counts, running } = board;
    const { completed, failed, cancelled } = counts;
    const jobs = { runningJob: running[0] ?? null, runningJobs: [...running] };
    const stats = { queued: queue.ids, completed, failed, cancelled, ...jobs };
    last = { queue, board, stats };
    return stats;
  };
}
