import { useKeys } from '../../keys.ts';
import { go, type Location } from '../../location.ts';
import { Bar } from '../../parts/Bar.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { Empty, ErrorNote } from '../../parts/Notes.tsx';
import { useLive } from '../../state/live.ts';
import { useResource } from '../../state/useResource.ts';
import { isWholeId } from '../job/findJob.ts';
import { changed } from '../scores/address.ts';
import { type CompareView, readCompareView } from './address.ts';
import { Compared } from './Compared.tsx';
import { JobField } from './JobField.tsx';

/** What belongs to the two that were compared before. */
const fresh = { task: undefined, metric: undefined, filter: undefined, flips: undefined, flip: undefined };

/** Two jobs, score by score: is the candidate better than the baseline? The address says which. */
export function Compare({ location }: { location: Location }) {
  const view = readCompareView(location.query);
  const { a, b } = view;
  const choose = (side: 'a' | 'b') => (id: string) => go(changed(location, { [side]: id, ...fresh }));
  const complete = (side: 'a' | 'b') => (id: string) => go(changed(location, { [side]: id }), { replace: true });
  const swap = () => go(changed(location, { a: b, b: a, flips: undefined, flip: undefined }));
  useKeys([
    { key: '/', label: 'Choose the baseline', act: () => document.querySelector<HTMLElement>('#compare-a')?.focus() },
    ...(a !== undefined && b !== undefined ? [{ key: 's', label: 'Swap baseline and candidate', act: swap }] : []),
  ]);
  return (
    <div class="compare">
      <h1 class="hidden">Compare</h1>
      <div class="compare-choice panel">
        <JobField name="a" label="Baseline" id={a} onChoose={choose('a')} onKnown={complete('a')} />
        <button type="button" disabled={a === undefined && b === undefined} onClick={swap}>
          <Icon name="swap" /> Swap
        </button>
        <JobField name="b" label="Candidate" id={b} onChoose={choose('b')} onKnown={complete('b')} />
      </div>
      {a === undefined || b === undefined ? (
        <Empty title={a === undefined && b === undefined ? 'Choose two jobs' : 'Choose one more job'}>
          The candidate is compared with the baseline, sample by sample. Two jobs can be selected under Jobs as well.
        </Empty>
      ) : a === b ? (
        <Empty title="These are one job">Choose another one: a job cannot be better than itself.</Empty>
      ) : (
        // The fields write the whole of an id of which the address has the beginning.
        isWholeId(a) && isWholeId(b) && <Pair location={location} view={view} a={a} b={b} />
      )}
    </div>
  );
}

function Pair({ location, view, a, b }: { location: Location; view: CompareView; a: string; b: string }) {
  const { client } = useLive();
  const asked = { a, b, allow_unpaired: view.allowUnpaired };
  const { value, error, reload } = useResource(JSON.stringify(asked), (signal) => client.compare(asked, { signal }));
  if (error) return <ErrorNote error={error} retry={reload} />;
  if (value === null) {
    return (
      <div class="compare-loading panel" role="status">
        <p>Comparing: the samples of both runs are read and paired. This takes a few seconds.</p>
        <Bar percent={null} label="Comparing" />
      </div>
    );
  }
  return <Compared location={location} view={view} comparison={value} />;
}
