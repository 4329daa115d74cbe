import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { caseOf, type Target, targets, written } from './cases.ts';
import { Readers } from './children.ts';

/**
 * `npm run test:fuzz -- [--seconds 600] [--seed 1] [--target judge] [--folder DIR]`: gives the readers of a run's files hostile
 * ones, made from seeds that count up, and looks for hangs, crashes and growth. Also by `TEST_FUZZ_SECONDS` and
 * `TEST_FUZZ_SEED`. What fails is written to the folder, as a case that `test/fuzz/seeds/` can keep. Exit: 1 when one did.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: process.env['TEST_FUZZ_SECONDS'] ?? '600' },
    seed: { type: 'string', default: process.env['TEST_FUZZ_SEED'] ?? String(Date.now() % 1_000_000_000) },
    target: { type: 'string' },
    folder: { type: 'string', default: '.fuzz' },
  },
});
const [seconds, first] = [Number(values.seconds), Number(values.seed)];
if (!(seconds > 0) || !Number.isSafeInteger(first)) throw new Error('--seconds is a number above 0, --seed an integer');
const chosen: readonly Target[] = targets.filter((target) => values.target === undefined || target === values.target);
if (chosen.length === 0) throw new Error(`--target is one of ${targets.join(', ')}`);

console.log(`seed ${first}, ${seconds} s: ${chosen.join(', ')}`);
const end = performance.now() + seconds * 1_000;
const readers = new Readers();
let [count, failures] = [0, 0];
const refusals = new Map<Target, number>();
for (let seed = first; performance.now() < end; seed++) {
  for (const target of chosen) {
    const one = caseOf(seed, target);
    const before = readers.refused;
    const fault = await readers.read(one);
    refusals.set(target, (refusals.get(target) ?? 0) + readers.refused - before);
    count += 1;
    if (fault === null) continue;
    failures += 1;
    await mkdir(values.folder, { recursive: true });
    const path = join(values.folder, `${target}-${seed}.json`);
    await writeFile(path, written(one));
    console.log(
      `${target}, seed ${seed}: ${fault}\n  kept as ${path}; again: npm run test:fuzz -- --target ${target} --seed ${seed} --seconds 1`,
    );
  }
}
await readers.close();
const refused = [...refusals].map(([target, times]) => `${target} ${times}`).join(', ');
console.log(`${count} inputs, ${failures} failures; refused: ${refused}`);
process.exitCode = failures > 0 ? 1 : 0;
