import type { Location } from '../../location.ts';

export function Jobs({ location }: { location: Location }) {
  return <p>{location.path.join(' ')}</p>;
}
