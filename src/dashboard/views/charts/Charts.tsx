import type { Location } from '../../location.ts';

export function Charts({ location }: { location: Location }) {
  return <p>{location.path.join(' ')}</p>;
}
