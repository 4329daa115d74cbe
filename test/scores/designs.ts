/** Kinds of runs of which the truth is known, to draw pairs of them. */

type Random = () => number;

/** A kind of data: what `detectable` should say of it, and two runs whose true difference is given. */
export type Design = {
  /** 2.80 true standard errors of the mean difference. */
  detectable: number;
  cluster: ((index: number) => string) | undefined;
  draw: (random: Random, difference: number) => [number[], number[]];
};

const normal = (random: Random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Each document has a difficulty that both runs share, and each run noise of its own, which is skewed. */
const continuous = (n: number): Design => ({
  // The variance of an exponential distribution is 1: two of them in each difference.
  detectable: 2.8 * Math.sqrt(2 / n),
  cluster: undefined,
  draw: (random, difference) => {
    const difficulty = Array.from({ length: n }, () => 3 * normal(random));
    const noise = () => -Math.log(1 - random());
    return [difficulty.map((of) => of + noise()), difficulty.map((of) => of + difference + noise())];
  },
});

/** Documents in clusters: what a run gains on one of them it gains on all of its cluster. */
const clusteredContinuous = (clusters: number, each: number): Design => ({
  detectable: 2.8 * Math.sqrt((1 + 2 / each) / clusters),
  cluster: (index) => String(Math.floor(index / each)),
  draw: (random, difference) => {
    const gains = Array.from({ length: clusters }, () => difference + normal(random));
    const a = Array.from({ length: clusters * each }, () => normal(random));
    return [a, a.map((_, index) => (gains[Math.floor(index / each)] ?? 0) + normal(random))];
  },
});

/** What 2.80 standard errors are where they depend on the difference themselves. */
function fixedPoint(stderr: (difference: number) => number): number {
  let difference = 0;
  for (let round = 0; round < 50; round += 1) difference = 2.8 * stderr(difference);
  return difference;
}

/** Zeros and ones, of which a share flips: up as often as down, but for the difference. */
const binary = (n: number, flipping: number): Design => ({
  detectable: fixedPoint((difference) => Math.sqrt((flipping - difference ** 2) / n)),
  cluster: undefined,
  draw: (random, difference) => {
    const up = (flipping + difference) / 2;
    const pairs = Array.from({ length: n }, () => {
      const drawn = random();
      if (drawn < up) return [0, 1];
      if (drawn < flipping) return [1, 0];
      return random() < 0.5 ? [0, 0] : [1, 1];
    });
    return [pairs.map(([a = 0]) => a), pairs.map(([, b = 0]) => b)];
  },
});

/** The same in clusters that flip rather up or rather down, as a whole. */
const clusteredBinary = (clusters: number, each: number, flipping: number, bias: number): Design => ({
  detectable: fixedPoint((difference) => {
    const between = (2 * flipping * bias) ** 2;
    return Math.sqrt((between + (flipping - between - difference ** 2) / each) / clusters);
  }),
  cluster: (index) => String(Math.floor(index / each)),
  draw: (random, difference) => {
    const biases = Array.from({ length: clusters }, () => (random() < 0.5 ? bias : -bias));
    const pairs = Array.from({ length: clusters * each }, (_, index) => {
      const drawn = random();
      const up = flipping * (0.5 + (biases[Math.floor(index / each)] ?? 0)) + difference / 2;
      if (drawn < up) return [0, 1];
      if (drawn < flipping) return [1, 0];
      return random() < 0.5 ? [0, 0] : [1, 1];
    });
    return [pairs.map(([a = 0]) => a), pairs.map(([, b = 0]) => b)];
  },
});

export const designs = {
  '100 continuous values': continuous(100),
  '300 continuous values in 100 clusters': clusteredContinuous(100, 3),
  // An exact test of flips goes in steps: of many flips they are so small that it comes near to 5 %.
  '1,200 zeros and ones of which 1,000 flip': binary(1_200, 1_000 / 1_200),
  '900 zeros and ones in 150 clusters': clusteredBinary(150, 6, 0.5, 0.35),
};
