/** One job's path through the chart: where it was, when it went on, and how long it stayed. */
import { arrowOf, draw, light, stateOf } from './charts.js';
import { clock } from './ticker.js';

const title = document.querySelector('#job-id');
const text = document.querySelector('#job-text');

/** Fetches the job and shows its path; says so when there is none. */
export async function showJob(jobId) {
  document.querySelector('#job').hidden = false;
  title.textContent = jobId;
  const answer = await fetch(`jobs/${encodeURIComponent(jobId)}`);
  const job = await answer.json();
  if (!answer.ok) {
    text.textContent = job.detail;
    return;
  }
  const { model, tasks } = job.request;
  text.textContent = [`${job.status}:`, model, 'on', tasks.join(', ')].join(' ');
  document.querySelector('#job-chart').classList.add('path');
  for (const visited of document.querySelectorAll('#job-chart .visited')) visited.classList.remove('visited');
  let before = null;
  for (const { arrow, state, at } of stepsOf(job)) {
    mark(arrow, before === null ? clock(at) : `${clock(at)} +${lasting(Date.parse(at) - before)}`);
    stateOf('job', state).classList.add('visited');
    before = Date.parse(at);
  }
  light('job', [job.status]);
}

/** The states a job was in, each with the arrow into it (null: the first) and when it was taken. */
function stepsOf({ status, created_at, started_at, completed_at }) {
  const queued = { state: 'queued', arrow: null, at: created_at };
  if (started_at === null) {
    const cancelled = { state: status, arrow: 'queued--job.cancel--cancelled', at: completed_at };
    return status === 'queued' ? [queued] : [queued, cancelled];
  }
  const running = { state: 'running', arrow: 'queued--job.start--running', at: started_at };
  if (completed_at === null) return [queued, running];
  const arrow = status === 'completed' ? 'running--job.complete--completed' : 'running--job.fail--failed';
  return [queued, running, { state: status, arrow, at: completed_at }];
}

/** Marks an arrow as taken, with a time below its text; the first arrow has none, and the time stands at its dot. */
function mark(transition, time) {
  const arrow = arrowOf('job', transition);
  arrow.classList.add('visited');
  arrow.querySelector('.time')?.remove();
  const event = arrow.querySelector('.event');
  const place = event ?? arrow.querySelector('.dot');
  const [x, y] = (event ? ['x', 'y'] : ['cx', 'cy']).map((name) => Number(place.getAttribute(name)));
  const text = draw('text', { class: 'time', x: event ? x : x + 14, y: event ? y + 15 : y + 4 }, time);
  arrow.append(text);
  // The drawing has room for the event alone: a long time at its right edge is moved in.
  const { x: left, width } = arrow.ownerSVGElement.viewBox.baseVal;
  const over = text.getBBox().x + text.getBBox().width - (left + width - 4);
  if (over > 0) text.setAttribute('x', Number(text.getAttribute('x')) - over);
}

/** 850 ms, 4.2 s, 3 min 5 s, 2 h 3 min. */
function lasting(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 1) return `${milliseconds} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
