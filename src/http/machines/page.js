/**
 * The page at /machines: shows what the machines do while they do it. The charts are in the page; this lights them. The
 * server tells the state at the beginning of each stream and every transition from then on.
 */
import { badge, flash, light } from './charts.js';
import { showJob } from './jobPath.js';
import { shortId, tick } from './ticker.js';
import { moveToken } from './token.js';

/** Milliseconds before a stream that was refused is tried again, and before counts are asked for anew. */
const AGAIN = 5000;
const RECOUNT = 1000;

const final = new Set(['completed', 'failed', 'cancelled']);
/** The charts of which there is one for each run, and the states in which a tracker is no more. */
const ofRuns = ['runner', 'runTracker'];
const over = new Set(['gone', 'released']);
const job = new URLSearchParams(location.search).get('job');
const connection = document.querySelector('#connection');

/** What is known of the machines. */
let now = { scheduler: [], runner: new Map(), runTracker: new Map(), jobs: {} };
let isCountDue = false;
let seen = 0;

if (job !== null) await showJob(job).catch(() => {});
connect();

function connect() {
  const stream = new EventSource('machines/live/events');
  stream.addEventListener('open', () => say('live'));
  stream.addEventListener('live', ({ data }) => know(JSON.parse(data)));
  stream.addEventListener('transition', ({ data }) => follow(JSON.parse(data)));
  stream.addEventListener('error', () => {
    say('reconnecting …');
    // The browser connects again by itself, but not when it was refused.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, AGAIN);
  });
}

function say(state) {
  connection.textContent = state;
  connection.dataset.state = state === 'live' ? 'live' : 'connecting';
}

function know({ scheduler, runners, trackers, jobs }) {
  now = { scheduler, runner: statesByJob(runners), runTracker: statesByJob(trackers), jobs };
  show();
}

function statesByJob(actors) {
  return new Map(actors.map(({ job_id, states }) => [job_id, states]));
}

function follow(report) {
  const { machine, job_id, from, to, states, transition } = report;
  seen++;
  tick(report);
  if (machine === 'scheduler') now.scheduler = states;
  else if (machine === 'runTracker' && over.has(to)) now.runTracker.delete(job_id);
  else if (machine !== 'job') now[machine].set(job_id, states);
  else {
    if (from !== null) now.jobs[from]--;
    now.jobs[to]++;
    if (final.has(to)) {
      now.runner.delete(job_id);
      // Finished jobs beyond the newest are forgotten, which no transition tells.
      countSoon();
    }
  }
  show();
  if (job !== null && machine !== 'scheduler' && job_id !== job) return;
  flash(machine, transition);
  if (machine !== 'job') return;
  moveToken('job', transition, shortId(job_id));
  if (job !== null) showJob(job).catch(() => {});
}

function show() {
  light('scheduler', now.scheduler);
  for (const chart of ofRuns) showRuns(chart);
  if (job !== null) return;
  light(
    'job',
    ['queued', 'running'].filter((state) => now.jobs[state] > 0),
  );
  for (const [state, inIt] of Object.entries(now.jobs)) badge('job', state, String(inIt));
}

/** Shows in which states of a chart runs are, and how many where there are several. */
function showRuns(chart) {
  const inIt = [...now[chart]].filter(([id]) => job === null || id === job).flatMap(([, states]) => states);
  light(chart, inIt);
  for (const path of document.querySelectorAll(`#${chart}-chart .badge`)) path.remove();
  for (const path of new Set(inIt)) {
    const count = inIt.filter((other) => other === path).length;
    badge(chart, path, count > 1 ? String(count) : '');
  }
}

function countSoon() {
  if (!isCountDue) setTimeout(count, RECOUNT);
  isCountDue = true;
}

/** Asks for the counts, and again when something happened meanwhile: then they were of before. */
async function count() {
  isCountDue = false;
  const before = seen;
  const answer = await fetch('machines/live').catch(() => null);
  if (answer === null || !answer.ok) return;
  const live = await answer.json();
  if (seen === before) know(live);
  else countSoon();
}
