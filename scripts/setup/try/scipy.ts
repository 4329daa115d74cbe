import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { scipyPython } from '../../../test/support/needs.ts';
import { attempt } from './attempt.ts';

const LIMIT = 120_000;

/** One number of each. */
const PROGRAM = `
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint
print(binomtest(3, 15).pvalue, proportion_confint(7, 10, method="wilson")[0])
`;

await attempt(async () => {
  const { stdout } = await promisify(execFile)(scipyPython, ['-c', PROGRAM], { timeout: LIMIT });
  const [p = 0, low = 0] = stdout.split(' ').map(Number);
  if (Math.abs(p - 0.035_156_25) > 1e-9 || Math.abs(low - 0.396_778) > 1e-6) throw new Error(`unexpected: ${stdout}`);
});
