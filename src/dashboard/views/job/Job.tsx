import type { Location } from '../../location.ts';

export function Job({ location }: { location: Location }) {
  return <p>{location.path.join(' ')}</p>;
}
