"""Works out by scipy, statsmodels and numpy what src/scores/ works out. Reads cases as JSON from standard input."""

import gc
import json
import statistics
import sys

import numpy as np
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

FEW = 10
RESAMPLES = 2_000
PERMUTATIONS = 10_000


def random_bits(index):
    """The published constants of the generator, on arrays of unsigned 32-bit numbers."""
    with np.errstate(over="ignore"):
        bits = index.astype(np.uint32) * np.uint32(0x9E3779B9) + np.uint32(0x9E3779B1)
        bits = (bits ^ (bits >> np.uint32(16))) * np.uint32(0x21F0AAAD)
        bits = (bits ^ (bits >> np.uint32(15))) * np.uint32(0x735A2D97)
        return bits ^ (bits >> np.uint32(15))


def permutation(sums):
    """The same signs: bit j of draw k is that of difference 30·k + j, the smallest first."""
    sizes = np.sort(np.abs(sums[sums != 0]))
    if len(sizes) == 0:
        return 1.0
    draws = -(-len(sizes) // 30)
    drawn = random_bits(np.arange(draws * PERMUTATIONS)).reshape(draws, PERMUTATIONS)
    signs = np.concatenate([(drawn[:, :, None] >> np.uint32(bit)) & 1 for bit in range(30)], axis=2)
    signs = 2.0 * signs.transpose(1, 0, 2).reshape(PERMUTATIONS, draws * 30)[:, : len(sizes)] - 1
    reached = np.abs(signs @ sizes) >= abs(sums.sum()) - 1e-10 * sizes.sum()
    return (1 + int(reached.sum())) / (1 + PERMUTATIONS)


def exact_permutation(sums):
    found = stats.permutation_test((sums,), np.sum, permutation_type="samples", n_resamples=np.inf)
    return float(found.pvalue)


def bootstrap(sums, sizes):
    drawn = random_bits(np.arange(RESAMPLES * len(sums))).reshape(RESAMPLES, len(sums))
    units = np.floor(drawn / 2**32 * len(sums)).astype(int)
    return np.percentile(sums[units].sum(axis=1) / sizes[units].sum(axis=1), [2.5, 97.5]).tolist()


def tango(up, down, n):
    """The score by the likelihood itself: its maximum under a supposed difference is searched for, not solved for."""

    def score(difference):
        # Both shares beyond what the difference takes of them.
        most = (1 - abs(difference)) / 2
        ups, downs = max(0.0, difference), max(0.0, -difference)

        def slope(more):
            return (
                (up / (ups + more) if up else 0)
                + (down / (downs + more) if down else 0)
                - ((n - up - down) / (most - more) if n > up + down else 0)
            )

        edge = 1e-15 * most
        if slope(edge) <= 0:
            more = 0.0
        elif slope(most - edge) >= 0:
            more = most
        else:
            more = optimize.brentq(slope, edge, most - edge, xtol=1e-17, rtol=1e-14)
        return (up - down - n * difference) / np.sqrt(n * (ups + downs + 2 * more - difference**2))

    z = stats.norm.ppf(0.975)
    observed = (up - down) / n
    small = 1e-9
    low = optimize.brentq(lambda d: score(d) - z, -1 + small, observed - small, xtol=1e-15) if observed > -1 else -1
    high = optimize.brentq(lambda d: score(d) + z, observed + small, 1 - small, xtol=1e-15) if observed < 1 else 1
    return [low, high]


def compare(case):
    a, b = np.array(case["a"]), np.array(case["b"])
    groups = None if case["clusters"] is None else np.array(case["clusters"])
    d = b - a
    n = len(d)
    is_binary = bool(np.isin(np.concatenate([a, b]), [0, 1]).all())
    model = sm.OLS(d, np.ones(n))
    fit = (
        model.fit()
        if groups is None
        else model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    )
    units = np.arange(n) if groups is None else groups
    count = units.max() + 1
    sums, sizes = np.bincount(units, d, count), np.bincount(units, minlength=count).astype(float)
    out = {"delta": float(d.mean()), "stderr": float(fit.bse[0])}
    out["interval"] = fit.conf_int(0.05)[0].tolist()
    up, down = int((d > 0).sum()), int((d < 0).sum())

    common = statistics.median_low(d.tolist())
    spread = np.concatenate([a, b]).max() - np.concatenate([a, b]).min()
    reach = (1 if is_binary else spread) + abs(common)
    others = len(set(units[np.abs(d - common) > 1e-9].tolist()))
    if abs(statistics.median_high(d.tolist()) - common) > 1e-9:
        reach, others = reach - abs(common), count
    if out["stderr"] < 1e-12:
        others = 0
    if is_binary and groups is None and up + down > 0:
        out["interval"] = tango(up, down, n)
    elif others < FEW and others < count / 2:
        most = proportion_confint(others, count, method="beta")[1]
        half = (most - others / count) * reach
        low, high = out["interval"]
        if np.isnan(high - low) or (high - low) / 2 < half:
            out["interval"] = [out["delta"] - half, out["delta"] + half]

    if is_binary and groups is None:
        out["p"] = float(mcnemar([[0, up], [down, n - up - down]], exact=True).pvalue) if up + down else 1.0
        return out
    out["p"] = permutation(sums)
    out["exact"] = exact_permutation(sums) if len(sums) <= 12 and (sums != 0).any() else None
    out["bootstrap"] = bootstrap(sums, sizes)
    return out


asked = json.load(sys.stdin)
# multipletests collects garbage in each call: what has been imported need not be looked at a thousand times.
gc.freeze()
json.dump(
    {
        "cases": [compare(case) for case in asked["cases"]],
        "mcnemar": [float(stats.binomtest(min(b, c), b + c).pvalue) for b, c in asked["mcnemar"]],
        "t": stats.t.ppf(0.975, asked["degrees"]).tolist(),
        "holm": [multipletests(values, method="holm")[1].tolist() for values in asked["holm"]],
        "wilson": [[float(x) for x in proportion_confint(k, n, method="wilson")] for k, n in asked["wilson"]],
    },
    sys.stdout,
)
