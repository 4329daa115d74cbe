import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { errorMessage } from '../../../errors.ts';
import { UnavailableError } from '../../../machines/ports/runner.ts';
import { callPython } from '../../python/pythonCall.ts';
import { findPython } from './command.ts';

/** The Python that has lmms-eval. */
export type PythonSettings = {
  /** Path or name. */
  python: string;
  /** Its whole environment. */
  env: Record<string, string>;
};

/** Milliseconds. Importing lmms-eval and reading its 3,000 task files takes 3 to 30 s. */
const PATIENCE = 300_000;
const QUICK = 30_000;
/** A version is asked for before each launch, which must not wait for a Python that hangs. */
const VERSION_PATIENCE = 5_000;

export const namesSchema = z.array(z.string());
const probeSchema = z.object({
  missing: z.array(z.string()),
  version: z.string().nullable(),
  version_files: z.array(z.string()).describe('What says so: while it is as it is, so is the version'),
});

const TASKS = `
from lmms_eval.tasks import TaskManager
answer(sorted(TaskManager(include_path=sys.argv[1] if len(sys.argv) > 1 else None).all_tasks))
`;

const MODELS = `
from lmms_eval.models import list_available_models
answer(sorted(list_available_models()))
`;

const CONFIG = `
import yaml
with open(sys.argv[1]) as file:
    answer(yaml.safe_load(file))
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
        found = importlib.metadata.distribution("lmms_eval")
    except importlib.metadata.PackageNotFoundError:
        return {"version": None, "version_files": []}
    folder = getattr(found, "_path", None)
    files = [] if folder is None else [str(folder.parent), str(folder / "METADATA")]
    return {"version": found.version, "version_files": files}
needed = ["lmms_eval.__main__", "torch", "accelerate", "datasets"]
answer({"missing": [name for name in needed if not has(name)], **version()})
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
export async function whyNotLmmsEval(settings: PythonSettings): Promise<string | null> {
  try {
    const { missing } = await probe(settings);
    return missing.length === 0 ? null : `${settings.python} has no ${missing.map(packageOf).join(', no ')}`;
  } catch (error) {
    return errorMessage(error);
  }
}

/**
 * Tries whether a Python has what every run needs, as far as it says: one that fails or hangs may do better by a run.
 * @throws UnavailableError when it is not there, or says what it lacks.
 */
export async function expectLmmsEval(settings: PythonSettings): Promise<void> {
  await findPython(settings.python, settings.env['PATH']);
  const { missing } = await probe(settings, VERSION_PATIENCE).catch(() => ({ missing: [] }));
  if (missing.length === 0) return;
  const packages = missing.map(packageOf).join(', no ');
  throw new UnavailableError(`${settings.python} has no ${packages}; set --python to a Python that has lmms-eval`);
}

/** Whether a Python can run lmms-eval, as `whyNotLmmsEval` tells it. */
export async function canImport(settings: PythonSettings): Promise<boolean> {
  return (await whyNotLmmsEval(settings)) === null;
}

/** The version of lmms-eval that a Python has; null when it has none. */
export async function lmmsEvalVersion(settings: PythonSettings): Promise<string | null> {
  return (await versionAsked(settings)).version;
}

type Version = { version: string | null; files: string[] };

async function versionAsked(settings: PythonSettings): Promise<Version> {
  try {
    const { version, version_files: files } = await probe(settings, VERSION_PATIENCE);
    return { version, files };
  } catch {
    return { version: null, files: [] };
  }
}

/** Milliseconds for which a version is taken to be the same: asking for it costs a Python's start. */
const VERSION_AGE = 60_000;

/** As `lmmsEvalVersion`, of a Python that was asked before: it is asked again when what said so has changed, or after a minute. */
export function rememberedVersion(settings: PythonSettings): () => Promise<string | null> {
  let last: { version: Version; at: number; stamp: string } | null = null;
  const ask = async (): Promise<string | null> => {
    const now = performance.now();
    if (last !== null && now - last.at < VERSION_AGE && (await stampOf(last.version.files)) === last.stamp) {
      return last.version.version;
    }
    const version = await versionAsked(settings);
    last = { version, at: now, stamp: await stampOf(version.files) };
    return version.version;
  };
  return together(ask);
}

async function stampOf(files: readonly string[]): Promise<string> {
  const found = await Promise.all(files.map((file) => stat(file, { bigint: true }).catch(() => null)));
  return found.map((file) => file && [file.ino, file.size, file.mtimeNs, file.ctimeNs].join(' ')).join('\n');
}

/** A question that comes while the same is under way shares its answer; none is kept. */
export function together<T>(ask: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | null = null;
  return () => {
    underWay ??= ask().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

/** What the operator's own configuration file says, for it cannot be given beside another. @throws UnavailableError */
export async function readOperatorConfig(settings: PythonSettings, path: string): Promise<unknown> {
  try {
    return await call(settings, CONFIG, [path], QUICK);
  } catch (error) {
    const reason = errorMessage(error);
    throw new UnavailableError(`the configuration ${path} of --extra-args cannot be read: ${reason}`, { cause: error });
  }
}

const packageOf = (module: string): string => module.replace(/\..*/, '');

async function probe(settings: PythonSettings, timeout = QUICK): Promise<z.infer<typeof probeSchema>> {
  return probeSchema.parse(await call(settings, PROBE, [], timeout));
}

async function call(settings: PythonSettings, program: string, args: string[], timeout: number): Promise<unknown> {
  const { python, env } = settings;
  const { PATH } = env;
  return callPython({ python: await findPython(python, PATH), env, program, args, timeout });
}
