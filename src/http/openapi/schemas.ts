import { z } from 'zod';
import { errorBodySchema, invalidRequestSchema } from '../../schemas/errors/errorBody.ts';
import { modelsSchema, tasksSchema } from '../../schemas/harness/catalog.ts';
import { harnessesSchema } from '../../schemas/harness/harnesses.ts';
import { mergeAnswerSchema, mergeRequestSchema } from '../../schemas/harness/merge.ts';
import { checkpointHookAnswerSchema, checkpointHookSchema } from '../../schemas/hooks/checkpointHook.ts';
import {
  cancelAnswerSchema,
  pauseAnswerSchema,
  retryAnswerSchema,
  stopAnswerSchema,
} from '../../schemas/job/control.ts';
import { jobInfoSchema } from '../../schemas/job/job.ts';
import { jobActionsAnswerSchema, jobActionsRequestSchema } from '../../schemas/job/jobActions.ts';
import { endSchema, gapSchema, jobEventSchema } from '../../schemas/job/jobEvent.ts';
import { jobListSchema } from '../../schemas/job/jobList.ts';
import { queueSchema } from '../../schemas/queue/queue.ts';
import { artifactsSchema } from '../../schemas/results/artifacts.ts';
import { jobResultsSchema } from '../../schemas/results/jobResults.ts';
import { samplesPageSchema } from '../../schemas/results/samplesPage.ts';
import { comparisonSchema } from '../../schemas/scores/comparison.ts';
import { gateAnswerSchema, gateRequestSchema } from '../../schemas/scores/gate.ts';
import { importAnswerSchema, importRequestSchema } from '../../schemas/scores/imports.ts';
import { scoreListSchema } from '../../schemas/scores/score.ts';
import { callerSchema } from '../../schemas/server/caller.ts';
import { healthSchema } from '../../schemas/server/health.ts';
import {
  liveAnswerSchema,
  liveStatesSchema,
  machinesSchema,
  transitionReportSchema,
} from '../../schemas/server/machines.ts';
import { dryRunAnswerSchema, evaluateAnswerSchema } from '../../schemas/submission/dryRun.ts';
import { reprioritiseRequestSchema } from '../../schemas/submission/jobOptions.ts';
import { submissionSchema, submitAnswerSchema } from '../../schemas/submission/submission.ts';
import { jsonValueSchema } from '../../schemas/values/json.ts';
import * as comparisons from './examples/comparisons.ts';
import * as jobs from './examples/jobs.ts';
import * as results from './examples/results.ts';
import * as scores from './examples/scores.ts';
import * as server from './examples/server.ts';

/** A schema under `components/schemas`: its name there, and examples of it. */
type Named = { schema: z.ZodType; name: string; examples: readonly unknown[] };

const named = <T extends z.ZodType>(schema: T, name: string, examples: readonly z.output<T>[]): Named => ({
  schema,
  name,
  examples,
});

/** A request is described as it may be sent, an answer as it is sent. */
export const requests: Named[] = [
  { schema: submissionSchema, name: 'EvaluateRequest', examples: jobs.submissions },
  { schema: checkpointHookSchema, name: 'CheckpointHookRequest', examples: jobs.hooks },
  named(reprioritiseRequestSchema, 'ReprioritiseRequest', [{ priority: 10 }]),
  { schema: jobActionsRequestSchema, name: 'JobActionsRequest', examples: jobs.actions },
  { schema: importRequestSchema, name: 'ImportRequest', examples: results.imports },
  { schema: mergeRequestSchema, name: 'MergeRequest', examples: server.merges },
  { schema: gateRequestSchema, name: 'GateRequest', examples: comparisons.policies },
  named(jsonValueSchema, 'JsonValue', []),
];
export const answers: Named[] = [
  named(evaluateAnswerSchema, 'EvaluateAnswer', [jobs.submitted, jobs.tried]),
  named(submitAnswerSchema, 'SubmitAnswer', [jobs.submitted]),
  named(dryRunAnswerSchema, 'DryRunAnswer', [jobs.tried]),
  named(jobInfoSchema, 'JobInfo', [jobs.completed, jobs.failed]),
  named(checkpointHookAnswerSchema, 'CheckpointHookAnswer', [jobs.hooked, jobs.hookCompleted]),
  named(cancelAnswerSchema, 'CancelAnswer', [jobs.cancelled]),
  named(jobListSchema, 'JobList', [jobs.page]),
  named(jobEventSchema, 'JobEvent', [jobs.event]),
  named(gapSchema, 'EventGap', [{ from: 12, to: 40 }]),
  named(endSchema, 'EventsEnd', [{}]),
  named(jobResultsSchema, 'JobResults', [results.numbers]),
  named(samplesPageSchema, 'SamplesPage', [results.samples]),
  named(artifactsSchema, 'Artifacts', [results.artifacts]),
  named(comparisonSchema, 'Comparison', [comparisons.comparison]),
  named(gateAnswerSchema, 'GateAnswer', [comparisons.gated]),
  named(importAnswerSchema, 'ImportAnswer', [results.imported]),
  named(scoreListSchema, 'ScoreList', [scores.scores]),
  named(stopAnswerSchema, 'StopAnswer', [jobs.stopped]),
  named(retryAnswerSchema, 'RetryAnswer', [jobs.retried]),
  named(jobActionsAnswerSchema, 'JobActionsAnswer', [jobs.acted]),
  named(queueSchema, 'Queue', [server.queue]),
  named(pauseAnswerSchema, 'PauseAnswer', [{ paused: true }, { paused: false }]),
  named(healthSchema, 'Health', [server.healthy, server.degraded, server.withoutEngine]),
  named(callerSchema, 'Caller', [{ name: 'alice', role: 'submit', needs_token: true }]),
  named(harnessesSchema, 'Harnesses', [server.harnesses]),
  named(tasksSchema, 'Tasks', [{ tasks: ['mme', 'mmmu', 'mmmu_val'] }]),
  named(modelsSchema, 'Models', [{ models: ['llava_hf', 'qwen2_5_vl', 'vllm'] }]),
  named(mergeAnswerSchema, 'MergeAnswer', [server.merged]),
  named(machinesSchema, 'Machines', []),
  named(liveAnswerSchema, 'LiveAnswer', [server.liveAnswer]),
  named(liveStatesSchema, 'LiveStates', [server.live]),
  named(transitionReportSchema, 'TransitionReport', [server.transition]),
  named(errorBodySchema, 'Error', [{ detail: 'Not Found' }]),
  named(invalidRequestSchema, 'InvalidRequest', [server.invalid]),
  named(jsonValueSchema, 'JsonValue', []),
];

/** `components/schemas`, each with its examples. */
export function describeSchemas() {
  return { ...describeAll(requests, 'input'), ...describeAll(answers, 'output') };
}

/** Where the description of a body is. @throws when the schema has no name here. */
export const requestRef = (schema: z.ZodType) => refOf(schema, requests);

/** Where the description of an answer is. @throws when the schema has no name here. */
export const answerRef = (schema: z.ZodType) => refOf(schema, answers);

function refOf(schema: z.ZodType, known: Named[]) {
  const found = known.find((one) => one.schema === schema);
  if (found === undefined) throw new Error('a schema of an operation has no name in openapi/schemas.ts');
  return { $ref: refTo(found.name) };
}

function describeAll(known: Named[], io: 'input' | 'output') {
  const registry = z.registry<{ id: string }>();
  for (const { schema, name } of known) registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, { io, uri: refTo, override: describeDefault });
  return Object.fromEntries(
    known.map(({ name, examples }) => {
      // Inside a document both of these would point away from it.
      const { $id, $schema, ...schema } = schemas[name] ?? {};
      return [name, examples.length > 0 ? { ...schema, examples } : schema];
    }),
  );
}

/**
 * Zod leaves out the default of a field that is read leniently; a client is helped by it all the same. A pair of numbers is written as
 * a list of two: what reads `prefixItems` is rare.
 */
export function describeDefault({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}) {
  if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
  const { prefixItems: places = [] } = jsonSchema;
  const [first] = places;
  if (first === undefined || new Set(places.map((place) => JSON.stringify(place))).size > 1) return;
  delete jsonSchema.prefixItems;
  Object.assign(jsonSchema, { items: first, minItems: places.length, maxItems: places.length });
}

function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}
