import { z } from 'zod';
import { runEnvironment } from '../environment.ts';
import { callPython } from '../pythonCall.ts';
import { findPython } from './command.ts';

/** The Python that has lmms-eval. */
export type PythonSettings = {
  /** Path or name. */
  python: string;
  /** Variables to set for it. */
  env: Record<string, string>;
};

/** Milliseconds. Importing lmms-eval and reading its 3,000 task files takes 3 to 30 s. */
const PATIENCE = 300_000;
const QUICK = 30_000;
/** A version is asked for before each launch, which must not wait for a Python that hangs. */
const VERSION_PATIENCE = 5_000;

const namesSchema = z.array(z.string());
const probeSchema = z.object({ missing: z.array(z.string()), version: z.string().nullable() });

const TASKS = `
from lmms_eval.tasks import TaskManager
answer(sorted(TaskManager(include_path=sys.argv[1] if len(sys.argv) > 1 else None).all_tasks))
`;

const MODELS = `
from lmms_eval.models import list_available_models
answer(sorted(list_available_models()))
`;

/** What \`python -m lmms_eval\` cannot do without. Looked for, not imported: importing takes many seconds. */
const PROBE = `
import importlib.util, importlib.metadata
def has(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False
def version():
    try:
        return importlib.metadata.version("lmms_eval")
    except importlib.metadata.PackageNotFoundError:
        return None
needed = ["lmms_eval.__main__", "torch", "accelerate", "datasets"]
answer({"missing": [name for name in needed if not has(name)], "version": version()})
`;

/** Names of all tasks, groups and tags. @param includePath folder with more tasks. @throws with lmms-eval's words. */
export async function listTasks(settings: PythonSettings, includePath: string | null): Promise<string[]> {
  return namesSchema.parse(await call(settings, TASKS, includePath === null ? [] : [includePath], PATIENCE));
}

/** Names of all models. @throws with lmms-eval's words. */
export async function listModels(settings: PythonSettings): Promise<string[]> {
  return namesSchema.parse(await call(settings, MODELS, [], PATIENCE));
}

/**
 * Why a Python cannot run lmms-eval: it is not there, fails, or lacks the package or what that needs. Null when it can.
 * Takes well under a second, for nothing is imported; a package that is there and broken is not noticed. Never throws.
 */
export async function whyNotLmmsEval(python: string, env: Record<string, string> = {}): Promise<string | null> {
  try {
    const { missing } = await probe({ python, env });
    return missing.length === 0 ? null : `${python} has no ${missing.map(packageOf).join(', no ')}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether a Python can run lmms-eval, as `whyNotLmmsEval` tells it. */
export async function canImport(python: string, env: Record<string, string> = {}): Promise<boolean> {
  return (await whyNotLmmsEval(python, env)) === null;
}

/** The version of lmms-eval that a Python has; null when it has none. */
export async function lmmsEvalVersion(python: string, env: Record<string, string> = {}): Promise<string | null> {
  try {
    return (await probe({ python, env }, VERSION_PATIENCE)).version;
  } catch {
    return null;
  }
}

const packageOf = (module: string): string => module.replace(/\..*/, '');

async function probe(settings: PythonSettings, timeout = QUICK): Promise<z.infer<typeof probeSchema>> {
  return probeSchema.parse(await call(settings, PROBE, [], timeout));
}

async function call(settings: PythonSettings, program: string, args: string[], timeout: number): Promise<unknown> {
  const env = runEnvironment(process.env, settings.env);
  const { PATH } = env;
  return callPython({ python: await findPython(settings.python, PATH), env, program, args, timeout });
}
