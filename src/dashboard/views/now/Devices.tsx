import type { Health } from '../../../client/index.ts';
import { shortId } from '../../../text/jobs.ts';
import { href } from '../../location.ts';
import { Icon } from '../../parts/Icon.tsx';

/** The devices of this machine, and whose each is. */
export function Devices({ devices }: { devices: NonNullable<Health['engine']['devices']> }) {
  return (
    <section aria-labelledby="devices" class="now-wide">
      <h2 id="devices">Devices</h2>
      <ul class="devices">
        {devices.map(({ name, job_id: id }) => (
          <li key={name} class={id === null ? 'device' : 'device device-used'}>
            <Icon name="device" />
            <span>{name}</span>
            {id === null ? <span class="quiet-text">free</span> : <a href={href(['jobs', id])}>{shortId(id)}</a>}
          </li>
        ))}
      </ul>
    </section>
  );
}
