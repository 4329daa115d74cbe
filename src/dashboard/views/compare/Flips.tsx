import type { Comparison, TaskComparison } from '../../../client/index.ts';
import { signed } from '../../../text/comparison.ts';
import { useKeys } from '../../keys.ts';
import { go, type Location } from '../../location.ts';
import { Segments } from '../../parts/Segments.tsx';
import { count } from '../../text.ts';
import { Step } from '../job/samples/steps.tsx';
import { changed } from '../scores/address.ts';
import { type CompareView, flipFilters } from './address.ts';
import { FlipDetail } from './FlipDetail.tsx';
import { flipsOf } from './flipsOf.ts';
import { MINUS } from './verdicts.ts';

type Props = { location: Location; view: CompareView; comparison: Comparison; one: TaskComparison };

/** The samples that one of the two scored better than the other, side by side. */
export function Flips({ location, view, comparison, one }: Props) {
  const { flips } = one;
  const found = flipsOf(one, view.flips);
  const show = (number: number) => {
    if (number >= 1 && number <= found.length)
      go(changed(location, { flip: number === 1 ? undefined : String(number) }), { replace: true });
  };
  useKeys(
    found.length === 0
      ? []
      : [
          { key: 'ArrowLeft', label: 'Show the flip before', act: () => show(view.flip - 1) },
          { key: 'ArrowRight', label: 'Show the next flip', act: () => show(view.flip + 1) },
        ],
  );
  if (flips === null || one.n_paired === 0) return <p class="quiet-text">The samples of the two cannot be paired.</p>;
  if (flips.better + flips.worse === 0) return <p class="quiet-text">No pair of samples differs.</p>;
  const counts = { all: flips.better + flips.worse, better: flips.better, worse: flips.worse };
  const chosen = found[view.flip - 1];
  return (
    <>
      <h3>Samples that differ</h3>
      <div class="toolbar">
        <Segments
          label="Which flips"
          value={view.flips}
          onChoose={(value) =>
            go(changed(location, { flips: value === 'all' ? undefined : value, flip: undefined }), { replace: true })
          }
          options={flipFilters.map((name) => ({
            value: name,
            isOff: counts[name] === 0,
            label: (
              <>
                {name} <span class="count">{count(counts[name])}</span>
              </>
            ),
          }))}
        />
        <span class="quiet-text">{count(flips.equal)} scored the same.</span>
        <span class="sample-steps">
          <Step to={view.flip - 1} total={found.length} show={show} icon="previous" label="Previous flip" />
          <Step to={view.flip + 1} total={found.length} show={show} icon="next" label="Next flip" />
        </span>
      </div>
      {found.length < counts[view.flips] && (
        <p class="quiet-text">These are the {count(found.length)} that differ most.</p>
      )}
      <div class="compare-flips">
        <ol class="flip-list" aria-label="Flips">
          {found.map((flip, at) => (
            <li key={`${flip.index_a} ${flip.index_b}`}>
              <a
                class="flip-row"
                href={changed(location, { flip: at === 0 ? undefined : String(at + 1) })}
                aria-current={at === view.flip - 1 ? 'true' : undefined}
              >
                <bdi class="cut">{String(flip.doc_id)}</bdi>
                <span class="number">
                  {flip.value_a} → {flip.value_b}
                </span>
                <span class={`number ${flip.isBetter ? 'verdict-better' : 'verdict-worse'}`}>
                  {signed(flip.value_b - flip.value_a, MINUS)} {flip.isBetter ? 'better' : 'worse'}
                </span>
              </a>
            </li>
          ))}
        </ol>
        {chosen !== undefined && (
          <FlipDetail
            key={`${one.task} ${chosen.index_a} ${chosen.index_b}`}
            task={one.task}
            flip={chosen}
            a={comparison.a.job_id}
            b={comparison.b.job_id}
          />
        )}
      </div>
    </>
  );
}
