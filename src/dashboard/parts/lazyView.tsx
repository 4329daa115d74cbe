import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Location } from '../location.ts';
import { Skeleton } from './Notes.tsx';

type LocatedView = ComponentType<{ location: Location }>;

/** A view of which the script is fetched when it is opened for the first time: not every reader opens each. */
export function lazyView(load: () => Promise<LocatedView>): LocatedView {
  let known: LocatedView | null = null;
  return function Lazy({ location }) {
    const [state, setState] = useState<{ View: LocatedView | null; isLost: boolean }>({ View: known, isLost: false });
    useEffect(() => {
      if (state.View !== null) return;
      load().then(
        (View) => {
          known = View;
          setState({ View, isLost: false });
        },
        () => setState({ View: null, isLost: true }),
      );
    }, []);
    if (state.isLost) throw new Error('a part of it did not come. Load the page again');
    return state.View === null ? <Skeleton lines={8} /> : <state.View location={location} />;
  };
}
