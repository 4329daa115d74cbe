import type { Location } from '../../location.ts';

export function Api({ location }: { location: Location }) {
  return <p>{location.path.join(' ')}</p>;
}
