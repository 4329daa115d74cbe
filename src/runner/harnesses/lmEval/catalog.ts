import { z } from 'zod';
import { errorMessage } from '../../../errors.ts';
import { UnavailableError } from '../../../machines/ports/runner.ts';
import { findPythonWith } from '../../python/findPython.ts';
import { callPython } from '../../python/pythonCall.ts';

/** The Python that has lm-eval. */
export type PythonSettings = {
  /** Path or name. */
  python: string;
  /** Its whole environment. */
  env: Record<string, string>;
};

/** Milliseconds. Before each launch it is asked for, and a launch must not wait for a Python that hangs. */
const PATIENCE = 5_000;
const LONG_PATIENCE = 30_000;

const probeSchema = z.object({
  missing: z.array(z.string()),
  version: z.string().nullable(),
  has_run: z.boolean().describe('Whether it knows `lm_eval run`, which 0.4.9 did not'),
});

type Probe = z.infer<typeof probeSchema>;

/** Looked for, not imported: importing takes seconds. */
const PROBE = `
import importlib.util, importlib.metadata
found = importlib.util.find_spec("lm_eval")
folder = next(iter(found.submodule_search_locations or []), None) if found else None
try: version = importlib.metadata.version("lm_eval")
except importlib.metadata.PackageNotFoundError: version = None
answer({
    "missing": [name for name in ("lm_eval", "datasets", "jinja2", "numpy") if importlib.util.find_spec(name) is None],
    "version": version,
    "has_run": folder is not None and os.path.exists(os.path.join(folder, "_cli", "run.py")),
})
`;

/** The Python, found. @throws UnavailableError that says how to set it. */
export const findLmEvalPython = ({ python, env }: PythonSettings): Promise<string> =>
  findPythonWith('lm-eval', '--lm-eval-python', python, env['PATH']);

/** Why a Python cannot run lm-eval, as far as is seen without importing anything; null when it can. Never throws. */
export async function whyNotLmEval(settings: PythonSettings): Promise<string | null> {
  try {
    return lackOf(settings.python, await probe(settings, LONG_PATIENCE));
  } catch (error) {
    return errorMessage(error);
  }
}

/**
 * Tries whether a Python has what every run needs, as far as it says: one that fails or hangs may do better by a run.
 * @throws UnavailableError when it is not there, or says what it lacks.
 */
export async function expectLmEval(settings: PythonSettings): Promise<void> {
  await findLmEvalPython(settings);
  const found = await probe(settings, PATIENCE).catch(() => null);
  const lack = found && lackOf(settings.python, found);
  if (lack !== null) throw new UnavailableError(`${lack}; set --lm-eval-python to a Python that has lm-eval`);
}

/** The version of lm-eval that a Python has; null when it has none. Never throws. */
export async function lmEvalVersion(settings: PythonSettings): Promise<string | null> {
  return probe(settings, PATIENCE).then(
    ({ version }) => version,
    () => null,
  );
}

function lackOf(python: string, { missing, version, has_run }: Probe): string | null {
  if (missing.length > 0) return `${python} has no ${missing.join(', no ')}`;
  return has_run
    ? null
    : `${python} has lm-eval ${version ?? ''}, which has no command \`run\`; a newer one has, as 0.4.13`;
}

async function probe(settings: PythonSettings, timeout: number): Promise<Probe> {
  const python = await findLmEvalPython(settings);
  return probeSchema.parse(await callPython({ python, env: settings.env, program: PROBE, args: [], timeout }));
}
