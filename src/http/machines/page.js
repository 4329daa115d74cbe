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
/** Charts of which there are several actors: what lists them, the id of each, and the states in which one ends. */
const crowds = {
  runner: { list: 'runners', idOf: ({ job_id }) => `runner:${job_id}`, ends: [] },
  runTracker: { list: 'trackers', idOf: ({ job_id }) => `tracker:${job_id}`, ends: ['gone', 'released'] },
  delivery: { list: 'deliveries', idOf: ({ number }) => `delivery:${number}`, ends: ['delivered', 'givenUp'] },
};
const job = new URLSearchParams(location.search).get('job');
const connection = document.querySelector('#connection');

/** What is known of the machines: actors of the crowds by chart and id. */
let now = { scheduler: [], actors: {}, jobs: {} };
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

function know(live) {
  const { scheduler, jobs } = live;
  now = { scheduler, actors: {}, jobs };
  for (const [chart, { list, idOf }] of Object.entries(crowds)) {
    now.actors[chart] = new Map(live[list].map((actor) => [idOf(actor), actor]));
  }
  show();
}

function follow(report) {
  const { machine, actor, job_id, from, to, states, transition } = report;
  seen++;
  tick(report);
  if (machine === 'scheduler') now.scheduler = states;
  else if (machine in crowds) {
    now.actors[machine].set(actor, { job_id, states });
    if (crowds[machine].ends.includes(to)) now.actors[machine].delete(actor);
    // Deliveries that are no longer among the next ones end without a transition.
    if (machine === 'delivery') countSoon();
  } else {
    if (from !== null) now.jobs[from]--;
    now.jobs[to]++;
    if (final.has(to)) {
      now.actors.runner.delete(`runner:${job_id}`);
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
  for (const chart of Object.keys(crowds)) showCrowd(chart);
  if (job !== null) return;
  light(
    'job',
    ['queued', 'running'].filter((state) => now.jobs[state] > 0),
  );
  for (const [state, inIt] of Object.entries(now.jobs)) badge('job', state, String(inIt));
}

function showCrowd(chart) {
  const actors = [...now.actors[chart].values()].filter(({ job_id }) => job === null || job_id === job);
  const states = actors.flatMap(({ states }) => states);
  light(chart, states);
  for (const path of document.querySelectorAll(`#${chart}-chart .badge`)) path.remove();
  for (const path of new Set(states)) {
    const inIt = states.filter((other) => other === path).length;
    badge(chart, path, inIt > 1 ? String(inIt) : '');
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
