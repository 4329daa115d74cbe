import { type Env, Hono, type MiddlewareHandler } from 'hono';
import { METHOD_NAME_ALL, METHODS } from 'hono/router';
import { noteActivity } from '../watchdog/activity.ts';
import type { AppDependencies } from './dependencies.ts';
import { answerError } from './errors.ts';
import { authenticate } from './middleware/authenticate.ts';
import { authorize, needsNoToken } from './middleware/authorize.ts';
import { guardBodies } from './middleware/bodies.ts';
import { anonymous, type CallerEnv } from './middleware/caller.ts';
import { concurrencyLimits, createConcurrencyLimit } from './middleware/concurrencyLimit.ts';
import { FailedAttempts } from './middleware/failedAttempts.ts';
import { noteAddress } from './middleware/forwarded.ts';
import { createSubmissionLimit, guardOperations } from './middleware/guardOperations.ts';
import { isLoopback, readHostname } from './middleware/hostCheck.ts';
import { originCheck, shareWith } from './middleware/originCheck.ts';
import { refuseLongPaths } from './middleware/pathLimits.ts';
import { type Check, requestChecks } from './middleware/requestChecks.ts';
import { answerUnrouted } from './middleware/trailingSlash.ts';
import type { Operation } from './operation.ts';
import { artifactsOperations, artifactsRoutes } from './routes/artifacts.ts';
import { callerOperations, callerRoutes } from './routes/caller.ts';
import { catalogOperations, catalogRoutes } from './routes/catalog.ts';
import { comparisonsOperations, comparisonsRoutes } from './routes/comparisons.ts';
import { dashboardOperations, dashboardRoutes } from './routes/dashboard.ts';
import { docsOperations, docsRoutes } from './routes/docs.ts';
import { evaluateOperations, evaluateRoutes } from './routes/evaluate.ts';
import { eventsOperations, eventsRoutes } from './routes/events.ts';
import { healthOperations, healthRoutes } from './routes/health.ts';
import { hooksOperations, hooksRoutes } from './routes/hooks.ts';
import { importsOperations, importsRoutes } from './routes/imports.ts';
import { jobActionsOperations, jobActionsRoutes } from './routes/jobActions.ts';
import { jobControlOperations, jobControlRoutes } from './routes/jobControl.ts';
import { jobsOperations, jobsRoutes } from './routes/jobs.ts';
import { logOperations, logRoutes } from './routes/log.ts';
import { machinesOperations, machinesRoutes } from './routes/machines.ts';
import { mergeOperations, mergeRoutes } from './routes/merge.ts';
import { metricsOperations, metricsRoutes } from './routes/metrics.ts';
import { queueOperations, queueRoutes } from './routes/queue.ts';
import { resultsOperations, resultsRoutes } from './routes/results.ts';
import { scoresOperations, scoresRoutes } from './routes/scores.ts';
import { createStreamEvents } from './streaming/serverSentEvents.ts';

/** What every route does, for /openapi.json; a test holds it against the routes themselves. */
export const operations: Operation[] = [
  ...evaluateOperations,
  ...hooksOperations,
  ...jobsOperations,
  ...jobControlOperations,
  ...jobActionsOperations,
  ...eventsOperations,
  ...logOperations,
  ...resultsOperations,
  ...scoresOperations,
  ...artifactsOperations,
  ...comparisonsOperations,
  ...importsOperations,
  ...queueOperations,
  ...healthOperations,
  ...metricsOperations,
  ...catalogOperations,
  ...mergeOperations,
  ...machinesOperations,
  ...callerOperations,
  ...docsOperations,
  ...dashboardOperations,
];

/** The HTTP interface as a function of what it stands on. Nothing listens yet. */
export function createApp(deps: AppDependencies) {
  const { guard, monotonic } = deps;
  const bodies = guardBodies(guard.maxBody);
  const acquire = createConcurrencyLimit(concurrencyLimits(guard.maxStreams));
  const streamEvents = createStreamEvents({ ...deps, acquire });
  const failures = new FailedAttempts({ now: monotonic, warn: deps.log.warn });
  const guarded = new Hono<CallerEnv>();
  if (guard.isTls) guarded.use(promiseTls);
  const origins = originCheck(guard);
  const noted: Check = (c) => {
    noteActivity(`${c.req.method} ${c.req.path}`);
    return null;
  };
  const before = guard.isTrustedProxy === null ? [noted] : [noted, noteAddress(guard.isTrustedProxy)];
  const { findHolder } = deps.access;
  const admitted =
    findHolder === null
      ? [letIn]
      : [authenticate({ ...deps.access, findHolder }, failures, needsNoToken(operations)), authorize(operations)];
  const rest = [bodies.announced, ...admitted, refuseLongPaths(operations)];
  // Pages that are allowed to call are to read refusals as well.
  if (guard.corsOrigins.length > 0)
    guarded
      .use(requestChecks(...before, origins))
      .use(shareWith(guard.corsOrigins))
      .use(requestChecks(...rest));
  else guarded.use(requestChecks(...before, origins, ...rest));
  const limit = createSubmissionLimit(guard.submissionsPerMinute, monotonic);
  guardOperations(guarded, operations, { bodies, limit });
  const app = guarded
    .route('/', evaluateRoutes(deps))
    .route('/', hooksRoutes({ ...deps, acquire }))
    .route('/', jobActionsRoutes({ ...deps, limit }))
    .route('/', jobsRoutes({ ...deps, acquire }))
    .route('/', jobControlRoutes(deps))
    .route('/', eventsRoutes({ ...deps, streamEvents }))
    .route('/', logRoutes({ ...deps, acquire }))
    .route('/', resultsRoutes(deps))
    .route('/', scoresRoutes(deps))
    .route('/', artifactsRoutes(deps))
    .route('/', comparisonsRoutes(deps))
    .route('/', importsRoutes(deps))
    .route('/', queueRoutes(deps))
    .route('/', healthRoutes(deps))
    .route('/', metricsRoutes(deps))
    .route('/', catalogRoutes(deps))
    .route('/', mergeRoutes(deps))
    .route('/', machinesRoutes({ ...deps, acquire }))
    .route('/', callerRoutes({ isOpen: deps.access.findHolder === null }))
    .route('/', dashboardRoutes())
    .route(
      '/',
      docsRoutes({ operations, version: deps.about.version, isOpen: findHolder === null, basePath: guard.basePath }),
    );
  refuseOtherMethods(app);
  app.notFound(answerUnrouted(app, guard.basePath));
  app.onError(answerError(deps.logError));
  return app;
}

/** The routes with their types, for a typed client. */
export type App = ReturnType<typeof createApp>;

/**
 * Answers 405 with `Allow` for every path that has routes, whatever other method is asked. Call it after all routes:
 * it reads them, and what they do not take falls to it. HEAD needs no mention: Hono answers it by GET.
 */
function refuseOtherMethods<E extends Env>(app: Hono<E>): void {
  const allowed = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method !== METHOD_NAME_ALL) allowed.set(path, (allowed.get(path) ?? new Set()).add(method));
  }
  for (const [path, methods] of allowed) {
    const allow = METHODS.map((method) => method.toUpperCase())
      .filter((method) => methods.has(method))
      .join(', ');
    app.all(path, (c) => c.json({ detail: 'Method Not Allowed' }, 405, { Allow: allow }));
  }
}

/** Where no tokens are in use, every caller may do everything. */
const letIn: Check = (c) => {
  c.set('caller', anonymous);
  return null;
};

/** A day: other servers of the same machine share its name, and may know no TLS. */
const PROMISE = 'max-age=86400';

/**
 * Has browsers come by TLS alone, once they have come by it. Not to a loopback name: that is every other server of its
 * user's machine as well.
 */
const promiseTls: MiddlewareHandler = async (c, next) => {
  await next();
  const name = readHostname(c.req.header('host') ?? 'localhost');
  if (name !== null && !isLoopback(name)) c.res.headers.set('Strict-Transport-Security', PROMISE);
};
