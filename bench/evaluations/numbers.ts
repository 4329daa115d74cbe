import { deepStrictEqual } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** What lmms-eval writes of a run, as far as it is compared. */
const resultsSchema = z.object({
  results: z.record(z.string(), z.record(z.string(), z.unknown())),
  'n-samples': z.record(z.string(), z.object({ original: z.int(), effective: z.int() })),
});

/** The files of a run, as both servers name them. */
export type Files = { results: string; samples: readonly string[] };

/** What a run has found: every number of its results, how many samples they are of, and how each was answered and scored. */
export type Numbers = z.infer<typeof resultsSchema> & { answers: readonly unknown[] };

/** Reads them. @throws when the files are none of lmms-eval, or have no numbers. */
export async function numbersOf({ results, samples }: Files): Promise<Numbers> {
  const found = resultsSchema.parse(JSON.parse(await readFile(results, 'utf8')));
  const hasNumbers = Object.values(found.results).some((row) =>
    Object.values(row).some((value) => typeof value === 'number'),
  );
  if (!hasNumbers) throw new Error(`${results} has no numbers`);
  const lines = (await Promise.all(samples.map((path) => readFile(path, 'utf8')))).join('').split('\n').filter(Boolean);
  return { ...found, answers: lines.map((line) => answerOf(JSON.parse(line))) };
}

/** Of a sample what does not hang on the time: without it two runs of the same are compared. */
function answerOf({ doc_id, target, filtered_resps, right }: Record<string, unknown>) {
  return { doc_id, target, filtered_resps, right };
}

/** Whether all runs have found the same. */
export type Agreement = {
  /** @param subject what ran it. @throws when it has found something else than the first one. */
  check(subject: string, numbers: Numbers | undefined): void;
};

export function createAgreement(samples: number): Agreement {
  let first: { subject: string; numbers: Numbers } | null = null;
  return {
    check(subject, numbers) {
      const count = numbers?.answers.length ?? 0;
      if (numbers === undefined || count !== samples) throw new Error(`${subject} has ${count} of ${samples} samples`);
      first ??= { subject, numbers };
      deepStrictEqual(numbers, first.numbers, `the numbers of ${subject} are not those of ${first.subject}`);
    },
  };
}
