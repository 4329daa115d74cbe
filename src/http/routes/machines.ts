import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { charts } from '../../machines/charts.ts';
import {
  type LiveAnswer,
  type LiveStates,
  liveAnswerSchema,
  liveStatesSchema,
  type MachineName,
  type Machines,
  machineNames,
  machinesSchema,
  transitionReportSchema,
} from '../../schemas/server/machines.ts';
import { machinePath, machinesQuery } from '../../schemas/server/paths.ts';
import { jsonValueSchema } from '../../schemas/values/json.ts';
import type { AppDependencies } from '../dependencies.ts';
import { findDrawing } from '../drawings.ts';
import {
  type Acquire,
  acquireBoth,
  concurrencyLimits,
  createConcurrencyLimit,
} from '../middleware/concurrencyLimit.ts';
import { laterRefusal, type Operation, queryRefusal, refusal } from '../operation.ts';
import { readQuery } from '../query.ts';
import { createStreamEvents } from '../streaming/serverSentEvents.ts';
import { transitionStream } from '../streaming/transitionStream.ts';

/** Streams of transitions at a time: pages that people look at, so a few. Each may have a megabyte waiting. */
const MAX_STREAMS = 32;

export const machinesOperations: Operation[] = [
  {
    id: 'listMachines',
    tag: 'machines',
    method: 'get',
    role: 'read',
    path: '/machines',
    summary: 'Show the charts that evald is made of; leads browsers to where the page for people shows them in motion',
    query: machinesQuery,
    answers: {
      200: { description: 'The charts', schema: machinesSchema },
      307: {
        description: 'They are at `./#/charts`, where the Accept header asks for a page',
        headers: { Location: './#/charts' },
        empty: true,
      },
      ...queryRefusal,
    },
  },
  {
    id: 'showLiveStates',
    tag: 'machines',
    method: 'get',
    role: 'read',
    path: '/machines/live',
    summary: 'Show what the machines are doing now',
    answers: {
      200: { description: 'Their states, how many jobs are in each, and how the engine is', schema: liveAnswerSchema },
    },
  },
  {
    id: 'followTransitions',
    tag: 'machines',
    method: 'get',
    role: 'read',
    path: '/machines/live/events',
    summary: 'Stream the transitions of all machines as they happen: first an event live, then events transition',
    answers: {
      200: { description: 'Server-sent events', events: [liveStatesSchema, transitionReportSchema] },
      503: laterRefusal(`${MAX_STREAMS} streams are open already`, 'Too many streams are open'),
    },
  },
  {
    id: 'showMachine',
    tag: 'machines',
    method: 'get',
    role: 'read',
    path: '/machines/{file}',
    summary: 'Show a chart as a drawing, whole or in outline, as Mermaid, or as JSON; the system as a drawing',
    parameters: machinePath,
    answers: {
      200: { description: 'The document', media: ['image/svg+xml', 'text/plain', 'application/json'] },
      404: refusal('No such document', 'Not Found'),
    },
  },
];

type Dependencies = Pick<AppDependencies, 'scheduler' | 'webhooks' | 'engine' | 'closing' | 'logError'> & {
  acquire: Acquire;
};

/** Shows the charts, at rest and in motion. */
export function machinesRoutes({ scheduler, webhooks, engine, closing, logError, acquire }: Dependencies) {
  const live = (): LiveStates => ({ ...scheduler.getLiveStates(), ...webhooks.getLiveStates() });
  const feed = () => transitionStream(live, [scheduler, webhooks]);
  const pages = createConcurrencyLimit(concurrencyLimits(MAX_STREAMS), 'streams of transitions');
  const streamEvents = createStreamEvents({ closing, logError, acquire: acquireBoth(acquire, pages) });
  return new Hono()
    .get('/machines', (c) => {
      c.header('Vary', 'Accept');
      const media = accepts(c, {
        header: 'Accept',
        supports: ['application/json', 'text/html'],
        default: 'application/json',
      });
      const read = readQuery(c.req, machinesQuery);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      if (media === 'application/json') return c.json(describeMachines());
      const { job } = read.request;
      // Relative: the server may be below a path of a proxy.
      return c.redirect(job === undefined ? './#/charts' : `./#/charts?${new URLSearchParams({ job })}`, 307);
    })
    .get('/machines/live', async (c) => c.json({ ...live(), engine: await engine() } satisfies LiveAnswer))
    .get('/machines/live/events', (c) => streamEvents(c, feed()))
    .get('/machines/:file', (c) => {
      const name = c.req.param('file');
      const machine = machineOf(name);
      if (machine !== undefined) return c.json(machine);
      const drawing = findDrawing(name);
      if (drawing === undefined) return c.notFound();
      if (drawing.policy !== null) c.header('Content-Security-Policy', drawing.policy);
      return c.body(drawing.text, 200, { 'Content-Type': drawing.media });
    });
}

function describeMachines(): Machines {
  return {
    machines: machineNames.map((name) => ({
      name,
      description: charts[name].config.description ?? '',
      svg: `machines/${name}.svg`,
      mermaid: `machines/${name}.mmd`,
      json: `machines/${name}.json`,
      machine: machineConfig(name),
    })),
  };
}

function machineOf(file: string) {
  const name = machineNames.find((name) => file === `${name}.json`);
  return name && machineConfig(name);
}

/** What the machine was made of, without its code: that has names. */
function machineConfig(name: MachineName) {
  return jsonValueSchema.parse(JSON.parse(JSON.stringify(charts[name].config)));
}
