import { z } from 'zod';

const badHarness =
  '`harness` should be the name of a harness that the server offers (GET /harnesses), as "lmms-eval" or "command:mine"';

/** Letters of `harnessNameSchema`. */
export const harnessNamePattern = /^[a-z][a-z0-9-]{0,31}(:[A-Za-z0-9][\w.-]{0,63})?$/;

/** A harness as jobs name it: what it is called, and of a command of the operator's after a colon the name that was given to it. */
export const harnessNameSchema = z.string(badHarness).max(100, badHarness).regex(harnessNamePattern, badHarness);

/** A harness, as its server has it. */
export const harnessInfoSchema = z.object({
  name: z.string().describe('As a submission names it (`harness`)'),
  is_default: z.boolean().describe('Whether a submission that names none gets it'),
  offered: z.boolean().describe('Whether submissions may name it (--enable-harness)'),
  version: z.string().nullable().describe('Its version; null when it cannot start, or does not say'),
  can_start: z.boolean().describe('Whether its runs could start now, as far as can be known without one'),
  reason: z.string().nullable().describe('Why they could not; null when they could'),
  python: z.string().nullable().describe('The Python that has it, as the operator named it; null: it needs none'),
  warm_starts: z
    .boolean()
    .describe('Whether its runs may be forked from a Python that has imported it (--warm-starts)'),
});

export const harnessesSchema = z.object({
  harnesses: z.array(harnessInfoSchema).describe('Every harness that this server knows, the default first'),
});

export type HarnessInfo = z.infer<typeof harnessInfoSchema>;
export type Harnesses = z.infer<typeof harnessesSchema>;
