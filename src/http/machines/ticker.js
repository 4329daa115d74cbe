/** The list of what happened, the newest first. Text reaches the page only as text nodes, never as HTML. */

/** Lines that are kept. */
const MOST = 80;

const list = document.querySelector('#ticker');
const none = document.querySelector('#no-events');

/** Adds a transition. */
export function tick({ at, machine, job_id, event, from, to, transition }) {
  none.hidden = true;
  const line = document.createElement('li');
  line.className = machine;
  line.append(
    text('time', clock(at)),
    text('b', machine),
    job_id === null ? text('span', '') : link(job_id),
    text('code', `${from ?? '●'} → ${to}`),
    text('span', eventWords(event, transition)),
  );
  list.prepend(line);
  while (list.childElementCount > MOST) list.lastElementChild.remove();
}

/** A time of day in the reader's zone: 02:06:04. */
export function clock(at) {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
}

/** The first characters of a job's id: enough to tell jobs on one page apart. */
export function shortId(jobId) {
  return jobId.slice(0, 8);
}

/** The engine's own events by what they mean, as the arrow's name has it. */
function eventWords(event, transition) {
  const [, name] = transition?.split('--') ?? [];
  const [, kind, what] = /^(after|done|error)\.(.+)$/.exec(name) ?? [];
  if (kind === 'after') return `after ${what}`;
  if (kind !== undefined) return `${what} ${kind === 'done' ? 'done' : 'failed'}`;
  return name === 'always' ? 'at once' : event;
}

function link(jobId) {
  const made = text('a', shortId(jobId));
  made.href = `machines?job=${encodeURIComponent(jobId)}`;
  made.title = jobId;
  return made;
}

function text(tag, content) {
  const made = document.createElement(tag);
  made.textContent = content;
  return made;
}
