import type { Comparison, TaskComparison } from '../../../client/index.ts';
import { digits, pText, signed } from '../../../text/comparison.ts';
import type { Location } from '../../location.ts';
import { Icon } from '../../parts/Icon.tsx';
import { count } from '../../text.ts';
import { metricText } from '../scores/readScores.ts';
import type { CompareView } from './address.ts';
import { Flips } from './Flips.tsx';
import { Verdict } from './Verdict.tsx';
import { differenceOf, intervalOf, MINUS } from './verdicts.ts';

type Props = { location: Location; view: CompareView; comparison: Comparison; one: TaskComparison };

/** One score, with all that its verdict goes by, and the samples that flipped. */
export function OneScore({ location, view, comparison, one }: Props) {
  return (
    <section class="panel compare-one" aria-labelledby="compare-one">
      <h2 id="compare-one">
        <bdi>{one.task}</bdi>{' '}
        <span class="quiet-text">
          <bdi>{metricText(one)}</bdi>
        </span>{' '}
        <Verdict of={one} />
      </h2>
      {one.reason !== null && <p>{one.reason}</p>}
      {one.warnings.map((warning) => (
        <p key={warning} class="note note-warning">
          <Icon name="warning" />
          <span>{warning}</span>
        </p>
      ))}
      <dl class="facts">
        {factsOf(one).map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="number">{text}</dd>
          </div>
        ))}
      </dl>
      <Flips location={location} view={view} comparison={comparison} one={one} />
    </section>
  );
}

const tests = { mcnemar: 'exact McNemar', permutation: 'sign-flip permutation' } as const;

/** What is known of a comparison: what is null is left out. */
function factsOf(one: TaskComparison): [string, string][] {
  const { missing, test, permutations } = one;
  const facts: [string, string | null][] = [
    ['Difference as reported', differenceOf(one.difference)],
    ['Mean difference of pairs', one.delta === null ? null : signed(one.delta, MINUS)],
    ['Its standard error', one.stderr === null ? null : digits(one.stderr)],
    ['95 % interval', one.interval && intervalOf(one.interval)],
    ['By bootstrap', one.bootstrap && intervalOf(one.bootstrap)],
    ['Test', test && `${tests[test]}${permutations === null ? '' : `, ${count(permutations)} permutations`}`],
    ['p', one.p_value === null ? null : pText(one.p_value)],
    ['p, adjusted for all scores', one.p_adjusted === null ? null : pText(one.p_adjusted)],
    ['Detectable difference', one.detectable === null ? null : digits(one.detectable)],
    ['Samples with a value', one.n_a === null || one.n_b === null ? null : `${count(one.n_a)} and ${count(one.n_b)}`],
    ['Pairs', one.n_paired === null ? null : count(one.n_paired)],
    ['Clusters', one.clusters === null ? null : count(one.clusters)],
    ['Without a value', missing && missing.a + missing.b > 0 ? `${count(missing.a)} and ${count(missing.b)}` : null],
    ['If these were worst and best', missing?.bounds ? intervalOf(missing.bounds) : null],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}
