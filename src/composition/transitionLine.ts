import type { LogFields } from '../logging/lineFormat.ts';
import type { JobContext } from '../machines/job/job.ts';
import { jobSteps } from '../machines/job/jobSteps.ts';
import type { Transition } from '../machines/ports/journal.ts';
import { formatTime } from '../schemas/values/time.ts';

/** A transition for readers of the log. */
export function transitionLine(transition: Transition): string {
  return `${lineOf(transition)}${transition.imported ? ' (imported)' : ''}`;
}

function lineOf(transition: Transition): string {
  const { jobId, type } = transition;
  switch (transition.type) {
    case 'submitted': {
      const { model, tasks } = transition.job.request;
      return `job ${jobId} ${type}${by(transition.job.submittedBy)}: model ${model}, tasks ${tasks.join(' ')}`;
    }
    case 'started':
      return `job ${jobId} ${type}${transition.devices ? `: devices ${transition.devices.join(' ')}` : ''}`;
    case 'launched':
      return `job ${jobId} ${type}: log ${transition.run.prepared.log}`;
    case 'taskCompleted': {
      const { number, task, status, kind } = transition.part;
      return `job ${jobId} ${type}: ${number} ${task} ${status}${kind === null ? '' : ` ${kind}`}`;
    }
    case 'attemptFailed': {
      const { number, part, kind, next } = transition.attempt;
      const what = `${number}${part === undefined ? '' : ` of part ${part}`} ${kind}`;
      return `job ${jobId} ${type}: ${what}, the next begins ${formatTime(next.at)}`;
    }
    case 'placed':
      return `job ${jobId} ${type}: on ${transition.place.node}`;
    case 'failed':
      return `job ${jobId} ${type}: ${transition.outcome.kind}${transition.outcome.kind === 'stopped' ? by(transition.outcome.who) : ''}`;
    case 'reprioritised':
      return `job ${jobId} ${type}${by(transition.who)}: priority ${transition.priority}`;
    case 'cancelled':
    case 'stopRequested':
      return `job ${jobId} ${type}${by(transition.who)}`;
    default:
      return `job ${jobId} ${type}`;
  }
}

const by = (who: string | null): string => (who === null ? '' : ` by ${who}`);

/** The same for programs. @param job what is known of it after the transition. */
export function transitionFields(transition: Transition, job: Pick<JobContext, 'options'>): LogFields {
  const { jobId, type, imported } = transition;
  const { harness } = job.options;
  return {
    ...{ event: type, job_id: jobId, harness, status: jobSteps[type].to },
    ...(imported && { imported }),
    ...own(transition),
  };
}

/** What only some transitions have. */
function own(transition: Transition): LogFields {
  switch (transition.type) {
    case 'submitted': {
      const { request, submittedBy: by, options } = transition.job;
      return { model: request.model, tasks: request.tasks, priority: options.priority, by };
    }
    case 'started':
      return transition.devices === undefined ? {} : { devices: transition.devices };
    case 'launched':
      return { log: transition.run.prepared.log };
    case 'taskCompleted': {
      const { number: part, task, kind } = transition.part;
      return { part, tasks: [task], ...(kind !== null && { kind }) };
    }
    case 'attemptFailed': {
      const { number: attempt, part, kind } = transition.attempt;
      return { attempt, kind, ...(part !== undefined && { part }) };
    }
    case 'placed':
      return { node: transition.place.node };
    case 'failed': {
      const { kind } = transition.outcome;
      return { kind, ...(transition.outcome.kind === 'stopped' && { by: transition.outcome.who }) };
    }
    case 'reprioritised':
      return { priority: transition.priority, by: transition.who };
    case 'cancelled':
    case 'stopRequested':
      return { by: transition.who };
    default:
      return {};
  }
}
