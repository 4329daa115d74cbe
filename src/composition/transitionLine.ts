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
