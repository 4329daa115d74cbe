import type { Comparison, TaskComparison } from '../../../client/index.ts';
import { onlyName } from '../../../text/comparison.ts';
import { shortId } from '../../../text/jobs.ts';
import { csvBlob } from '../../csv.ts';
import { useKeys } from '../../keys.ts';
import { go, type Location } from '../../location.ts';
import { Icon } from '../../parts/Icon.tsx';
import { Empty } from '../../parts/Notes.tsx';
import { SaveButton } from '../../parts/SaveButton.tsx';
import { count } from '../../text.ts';
import { changed } from '../scores/address.ts';
import { type CompareView, scoreKey } from './address.ts';
import { ComparisonTable } from './ComparisonTable.tsx';
import { Configuration } from './Configuration.tsx';
import { comparisonLines } from './comparisonLines.ts';
import { OneScore } from './OneScore.tsx';
import { verdicts } from './verdicts.ts';

/** Names of what one alone has that are shown. */
const NAMED = 20;

/** What came of a comparison. */
export function Compared({
  location,
  view,
  comparison,
}: {
  location: Location;
  view: CompareView;
  comparison: Comparison;
}) {
  const { comparisons, groups, only_a: onlyA, only_b: onlyB, warnings, a, b } = comparison;
  const key = view.of === null ? null : scoreKey(view.of);
  const chosen = comparisons.find((one) => scoreKey(one) === key) ?? comparisons[0];
  const hrefOf = ({ task, metric, filter }: TaskComparison) =>
    changed(location, { task, metric, filter, flips: undefined, flip: undefined });
  const step = (by: number) => {
    const next = chosen && comparisons[comparisons.indexOf(chosen) + by];
    if (next !== undefined) go(hrefOf(next), { replace: true });
  };
  useKeys([
    { key: 'j', label: 'The next score', act: () => step(1) },
    { key: 'k', label: 'The score before', act: () => step(-1) },
  ]);
  const isUnpairedNeeded = view.allowUnpaired || comparisons.some(isUnpaired);
  return (
    <>
      <div class="toolbar">
        <Summary comparisons={comparisons} />
        {isUnpairedNeeded && (
          <label class="check">
            <input
              type="checkbox"
              checked={view.allowUnpaired}
              onChange={({ currentTarget }) =>
                go(changed(location, { unpaired: currentTarget.checked ? 'allowed' : undefined }), { replace: true })
              }
            />
            Judge also where fewer than 95 % of the samples have a pair
          </label>
        )}
        <span class="toolbar-end">
          <SaveButton
            name={`compare-${shortId(a.job_id)}-${shortId(b.job_id)}.csv`}
            label="CSV"
            make={() => csvBlob(comparisonLines(comparison))}
          />
        </span>
      </div>
      {warnings.map((warning) => (
        <p key={warning} class="note note-warning">
          <Icon name="warning" />
          <span>{warning}</span>
        </p>
      ))}
      {chosen === undefined ? (
        <Empty title="The two have no score in common">No task, metric and filter is in both results.</Empty>
      ) : (
        <>
          <ComparisonTable comparisons={comparisons} chosen={chosen} hrefOf={hrefOf} />
          <OneScore key={scoreKey(chosen)} location={location} view={view} comparison={comparison} one={chosen} />
        </>
      )}
      <Configuration configuration={comparison.configuration} />
      {groups.map(({ group, members }) => (
        <p key={group} class="quiet-text">
          Of the group <bdi>{group}</bdi> the members are compared: <Names names={members} />.
        </p>
      ))}
      {onlyA.length > 0 && (
        <p class="quiet-text">
          The baseline alone has <Names names={onlyA.map(onlyName)} />.
        </p>
      )}
      {onlyB.length > 0 && (
        <p class="quiet-text">
          The candidate alone has <Names names={onlyB.map(onlyName)} />.
        </p>
      )}
    </>
  );
}

/** Whether fewer samples of a score are paired than a verdict needs. */
const isUnpaired = ({ n_a: a, n_b: b, n_paired: paired }: TaskComparison): boolean =>
  a !== null && b !== null && paired !== null && paired > 0 && paired < 0.95 * Math.max(a, b);

function Summary({ comparisons }: { comparisons: readonly TaskComparison[] }) {
  const counted = Object.entries(verdicts).flatMap(([name, { icon, label }]) => {
    const { length } = comparisons.filter(({ verdict }) => (verdict ?? 'none') === name);
    return length === 0 ? [] : [{ name, icon, label, length }];
  });
  return (
    <ul class="compare-summary" aria-label="Verdicts">
      {counted.map(({ name, icon, label, length }) => (
        <li key={name} class={`verdict-${name}`}>
          <Icon name={icon} />
          {count(length)} {label}
        </li>
      ))}
    </ul>
  );
}

function Names({ names }: { names: readonly string[] }) {
  return (
    <>
      {names.slice(0, NAMED).map((name, at) => (
        <bdi key={name}>
          {at > 0 && '; '}
          {name}
        </bdi>
      ))}
      {names.length > NAMED && ` and ${count(names.length - NAMED)} more`}
    </>
  );
}
