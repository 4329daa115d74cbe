/**
 * evald's client, for Node and browsers: `import { createClient } from 'evald/client'`.
 */

export type { InvalidField } from '../schemas/errors/errorBody.ts';
export type { MergeAnswer } from '../schemas/harness/merge.ts';
export type { CheckpointHook, CheckpointHookAnswer } from '../schemas/hooks/checkpointHook.ts';
export type { CancelAnswer, PauseAnswer, RetryAnswer, StopAnswer } from '../schemas/job/control.ts';
export type { JobAttempt, JobInfo, JobStatus } from '../schemas/job/job.ts';
export type { ActedJob, JobAction, JobActionsAnswer } from '../schemas/job/jobActions.ts';
export type { JobEvent } from '../schemas/job/jobEvent.ts';
export type { JobList } from '../schemas/job/jobList.ts';
export type { FailureKind, ShownMetrics } from '../schemas/job/outcome.ts';
export type { Queue } from '../schemas/queue/queue.ts';
export type { WaitingFor } from '../schemas/queue/waitingFor.ts';
export type { Artifacts } from '../schemas/results/artifacts.ts';
export type { RawJson } from '../schemas/results/exactNumber.ts';
export type { JobResults } from '../schemas/results/jobResults.ts';
export type { SamplesPage } from '../schemas/results/samplesPage.ts';
export type { Comparison, Flip, TaskComparison } from '../schemas/scores/comparison.ts';
export type { GateAnswer, GatePolicy } from '../schemas/scores/gate.ts';
export type { MissingScore, Score, ScoreList } from '../schemas/scores/score.ts';
export type { CallerAnswer } from '../schemas/server/caller.ts';
export type { About, Health } from '../schemas/server/health.ts';
export type { LiveAnswer, LiveStates, Machines, TransitionReport } from '../schemas/server/machines.ts';
export type { DevicePrice, DryRunAnswer } from '../schemas/submission/dryRun.ts';
export type { SubmitAnswer } from '../schemas/submission/submission.ts';
export { type Client, createClient } from './client.ts';
export { ClientError, type ClientErrorCode, type ClientFault } from './errors.ts';
export type { EventGap, EventsOptions, FeedItem, LiveItem } from './events.ts';
export type { ActInput, JobsFilter, SubmissionInput } from './jobs.ts';
export type { LogOptions, LogView } from './log.ts';
export type { Connection, StreamOptions } from './reconnect.ts';
export type { AddOptions } from './repeatable.ts';
export type { CallOptions, ClientOptions } from './requests.ts';
export type { ArtifactOptions, ByteRange, SamplesFilter } from './results.ts';
export type { ExportFormat, ScoresFilter, ScoresInput } from './scores.ts';
export type { DrawingName, MergeInput } from './server.ts';
export type { Waited, WaitOptions } from './wait.ts';
