import { exitCodes } from '../frame/exitCodes.ts';
import { showFields } from '../frame/fields.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: '[OPTIONS]',
  words: [0, 0],
  about: 'Says whether the server can do its work, and if not, why. Exit code 1 when it is degraded.',
  examples: ['evald health', 'evald health -o json | jq -r .status'],
  flags: {},
  output: true,
  async run(context) {
    const health = await (await context.client()).health({ signal: context.signal });
    const { status, queue_size, running_jobs, paused, blocked, harness, backend, slots, version, engine } = health;
    await showFields(context, {
      document: health,
      name: status,
      fields: [
        ['server', context.server().shown],
        ['status', status, status === 'healthy' ? 'green' : 'magenta'],
        ...health.reasons.map((reason) => ['reason', reason] as const),
        ['version', version],
        ['harness', harness],
        ['backend', `${backend}${engine.reachable ? '' : `, which cannot be reached: ${engine.reason ?? ''}`}`],
        ['slots', slots],
        ['running', running_jobs],
        ['waiting', queue_size],
        ['queue', blocked ?? (paused ? 'paused: evald resume' : 'open')],
      ],
    });
    return status === 'healthy' ? exitCodes.ok : exitCodes.failed;
  },
});
