import type { Location } from '../../location.ts';

export function New({ location }: { location: Location }) {
  return <p>{location.path.join(' ')}</p>;
}
