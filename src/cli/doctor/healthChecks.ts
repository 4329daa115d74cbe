import type { WarmParentState } from '../../schemas/engine/engine.ts';
import type { Health } from '../../schemas/server/health.ts';
import { type Check, fault, ok, warning } from './check.ts';

/** An answer of `/health`, and when it came: milliseconds since 1970 of this machine. */
export type Asked = { health: Health; sentAt: number; receivedAt: number /** Where it answers. */; url: string };

/** Milliseconds from which on an answer is a slow one. */
export const SLOW = 2_000;

/** Seconds by which two clocks may differ. */
const CLOCKS = 2;

/** What a server says of itself. Pure. */
export function healthChecks({ health, sentAt, receivedAt, url }: Asked, ownVersion: string): Check[] {
  return [
    serverCheck({ health, sentAt, receivedAt, url }),
    versionCheck(health, ownVersion),
    clockCheck(health, sentAt, receivedAt),
    ...engineChecks(health),
    stateCheck(health),
  ];
}

/** What passes by itself, as that it was held up for a moment, is no fault while it takes jobs. */
function serverCheck({ health, sentAt, receivedAt, url }: Asked): Check {
  const { takes_jobs, blocked, engine, reasons } = health;
  const took = receivedAt - sentAt;
  const says = `${url} answers in ${took} ms`;
  // Of the others a check of their own says more.
  const named = [blocked, engine.reachable ? null : engine.reason].filter((text) => text !== null);
  const passing = takes_jobs ? reasons.filter((reason) => !named.some((text) => reason.includes(text))) : [];
  if (passing.length > 0) {
    const remedy = "evald doctor again in a minute; if it stays so, the server's log says more";
    return warning('server', `${says}, and is degraded: ${passing.join('; ')}`, remedy);
  }
  return took < SLOW
    ? ok('server', says)
    : warning('server', says, 'is its machine overloaded, or the network slow? It was asked twice');
}

function versionCheck({ version }: Health, own: string): Check {
  if (version === own) return ok('version', `${version}, as this evald`);
  const says = `the server is ${version}, this evald ${own}`;
  const [server, client] = [version, own].map((text) => text.split('.').slice(0, 2).join('.'));
  return server === client ? ok('version', says) : warning('version', says, `npm install --global evald@${version}`);
}

function clockCheck({ timestamp }: Health, sentAt: number, receivedAt: number): Check {
  const onTheWay = (receivedAt - sentAt) / 1_000;
  const ahead = (Date.parse(timestamp) - (sentAt + receivedAt) / 2) / 1_000;
  // When exactly the server looked at its clock is not known.
  if (Math.abs(ahead) <= CLOCKS + onTheWay / 2) return ok('clock', "the server's clock and this machine's agree");
  const says = `the server's clock is ${Math.abs(ahead).toFixed(0)} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's`;
  return warning('clock', says, 'timedatectl set-ntp true, on the machine that is wrong');
}

function engineChecks({ engine, harness, backend }: Health): Check[] {
  const { name, reachable, reason, nodes, devices, queued, running } = engine;
  if (!reachable) return [fault('engine', `${name} cannot be reached: ${reason}`, engineRemedy(name))];
  const work = [...(running === null ? [] : [`${running} run`]), ...(queued === null ? [] : [`${queued} wait`])];
  const says = [
    name,
    ...(nodes.length === 0 ? [] : [`${nodes.length} node${nodes.length === 1 ? '' : 's'}`]),
    ...work,
  ].join(', ');
  const down = nodes.filter(({ state }) => /down|drain|fail|dead|no_respond|unknown/i.test(state));
  const checks: Check[] = [];
  if (reason !== null)
    checks.push(warning('engine', `${name} answers, and takes no more now: ${reason}`, engineRemedy(name)));
  else if (down.length > 0) {
    const names = down.map(({ name: node, state }) => `${node} ${state}`).join(', ');
    checks.push(warning('engine', `${says}; not usable: ${names}`, engineRemedy(name)));
  } else checks.push(ok('engine', says));
  checks.push(...(engine.warm_starts?.parents ?? []).map(warmCheck));
  if (devices !== undefined) {
    const free = devices.filter(({ job_id: id }) => id === null).length;
    const option = devices.some(({ pool }) => pool !== undefined) ? '--pool' : '--gpus';
    checks.push(ok('GPUs', `${devices.length} for runs (${option}), ${free} free now`));
  } else if (harness === 'demo') checks.push(ok('GPUs', 'the demo harness needs none'));
  else if (backend !== 'local') checks.push(ok('GPUs', `${backend} gives them out`));
  return checks;
}

function warmCheck({ module, python, state, reason, warm, cold, last_cold: why }: WarmParentState): Check {
  if (state === 'failed') {
    const remedy =
      'mend that: it is tried again when something is installed, and each hour; or set --warm-starts false';
    return warning('warm', `runs of ${module} start cold: ${reason}`, remedy);
  }
  const last = why === null ? '' : `; the last cold one because ${why}`;
  return ok('warm', `${module} by ${python}: ${warm} runs started warm, ${cold} cold${last}`);
}

const engineRemedy = (name: string): string => {
  if (name === 'slurm') return "scontrol ping and sinfo, on the server's machine; docs/slurm.md";
  return name === 'ray' ? "ray status, on the server's machine; docs/ray.md" : "the server's log says more";
};

function stateCheck({ takes_jobs, paused, blocked, reasons }: Health): Check {
  if (blocked !== null)
    return fault('queue', `nothing can start: ${blocked}`, 'mend that; the server tries again by itself');
  if (!takes_jobs) return fault('queue', `it takes no jobs: ${reasons.join('; ')}`, "the server's log says more");
  if (paused) return warning('queue', 'it is paused: nothing is started', 'evald resume');
  return ok('queue', 'it takes jobs and starts them');
}
