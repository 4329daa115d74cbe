import type { DatabaseSync } from 'node:sqlite';
import type { Journal } from '../machines/ports/journal.ts';
import { tasksKey } from './write.ts';

/** Jobs with the same tasks that are looked at, and bytes of a request that is read: keeps every answer quick. */
const MOST_JOBS = 200;
const MOST_BYTES = 64 * 1024;

const MEASURED = "json_extract(run, '$.place.at')";

/** What of a request a run's length depends on, beside tasks, model and harness. Samples: -1 and null both mean all. */
const asked = (request: string): string =>
  `coalesce(nullif(json_extract(${request}, '$.limit'), -1), 'all') || json_extract(${request},
     '$.num_gpus', '$.num_fewshot', '$.gen_kwargs', '$.batch_size', '$.device', '$.predict_only')`;

/**
 * Prepares the question how long jobs like one took. A run on an engine counts from when that gave it a node. One that
 * took no time, by a clock that was set meanwhile, counts as none.
 */
export function createDurations(database: DatabaseSync): Journal['durations'] {
  const durations = database.prepare(
    `SELECT took FROM (
       SELECT request, model, options, ifnull(
         ended_monotonic - iif(${MEASURED} IS NULL, started_monotonic, json_extract(run, '$.place.monotonic')),
         ended_at - coalesce(${MEASURED}, started_at)
       ) AS took FROM jobs WHERE status = 'completed' AND imported IS NULL AND tasks = ?1 ORDER BY end_turn DESC LIMIT ${MOST_JOBS}
     )
     WHERE took > 0 AND model = ?2 AND (?3 IS NULL OR ifnull(json_extract(options, '$.harness'), ?3) = ?3)
       AND CASE WHEN octet_length(request) <= ${MOST_BYTES} THEN ${asked('request')} END = ${asked('?4')} LIMIT ?5`,
  );
  return (request, count, harness = null) => {
    const like = [tasksKey(request.tasks), request.model, harness, JSON.stringify(request)];
    return durations.all(...like, count).map(({ took }) => Number(took));
  };
}
