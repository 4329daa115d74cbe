import type { Health } from '../../../client/index.ts';
import { shortId } from '../../../text/jobs.ts';
import { href } from '../../location.ts';
import { Icon } from '../../parts/Icon.tsx';

/** The devices of this machine by their pools, and whose each is: one that is shared may be of several jobs. */
export function Devices({ devices }: { devices: NonNullable<Health['engine']['devices']> }) {
  return (
    <section aria-labelledby="devices" class="now-wide">
      <h2 id="devices">Devices</h2>
      <ul class="devices">
        {devices.map(({ name, pool, job_ids: ids }) => (
          <li key={name} class={ids.length === 0 ? 'device' : 'device device-used'}>
            <Icon name="device" />
            <span>{name}</span>
            {pool !== undefined && <span class="quiet-text">{pool}</span>}
            {ids.length === 0 && <span class="quiet-text">free</span>}
            {ids.map((id) => (
              <a key={id} href={href(['jobs', id])}>
                {shortId(id)}
              </a>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
