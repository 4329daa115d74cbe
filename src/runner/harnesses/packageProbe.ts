import { z } from 'zod';
import { errorMessage } from '../../errors.ts';
import { UnavailableError } from '../../machines/ports/runner.ts';
import { findPythonWith } from '../python/findPython.ts';
import { callPython } from '../python/pythonCall.ts';
import type { AnswerLimits } from '../results/files/answers.ts';
import type { RunReader } from '../results/reader/runReader.ts';

/** What a harness that is a Python package needs of an operator's settings. */
export type PackageSettings = {
  /** Path or name of the Python that has the package. */
  python: string;
  /** Words appended to every run's command. */
  extraArgs: string[];
  /** What it gets of the server's environment; what it needs of it unless said. */
  environment?: Record<string, string>;
  /** How large a part of a task's answers may be none. */
  answerLimits?: AnswerLimits;
  /** What reads the output of its runs; in this thread unless said. */
  reader?: RunReader;
};

/** A Python package that evaluates. */
export type ProbedPackage = {
  /** The harness, for people. */
  name: string;
  /** The option that names its Python. */
  option: string;
  package: string;
  /** Path or name of the Python. */
  python: string;
  /** Its whole environment. */
  env: Record<string, string>;
  /** Modules that every run needs. */
  needs: readonly string[];
  /** A file of the package that has the command which runs are started by, and the version that evald is tried with. */
  has: { file: string; what: string; since: string };
};

/** Milliseconds. Before each launch it is asked for, and a launch must not wait for a Python that hangs. */
const PATIENCE = 5_000;
const LONG_PATIENCE = 30_000;

const probeSchema = z.object({
  missing: z.array(z.string()),
  version: z.string().nullable(),
  has_command: z.boolean().describe('Whether the file is there that has the command'),
});

type Probe = z.infer<typeof probeSchema>;

/** Looked for, not imported: importing takes seconds. Arguments: package, file, modules. */
const PROBE = `
import importlib.util, importlib.metadata
package, file, *needs = sys.argv[1:]
found = importlib.util.find_spec(package)
folder = next(iter(found.submodule_search_locations or []), None) if found else None
try: version = importlib.metadata.version(package)
except importlib.metadata.PackageNotFoundError: version = None
answer({
    "missing": [name for name in needs if importlib.util.find_spec(name) is None],
    "version": version,
    "has_command": folder is not None and os.path.exists(os.path.join(folder, file)),
})
`;

/** Looks, without importing anything, whether a Python has a package that evaluates. */
export function createPackageProbe({ name, option, python, env, needs, has, ...more }: ProbedPackage) {
  /** @throws UnavailableError that says how to set it. */
  const find = (): Promise<string> => findPythonWith(name, option, python, env['PATH']);
  const probe = async (timeout: number): Promise<Probe> => {
    const args = [more.package, has.file, ...needs];
    return probeSchema.parse(await callPython({ python: await find(), env, program: PROBE, args, timeout }));
  };
  const lackOf = ({ missing, version, has_command }: Probe): string | null => {
    if (missing.length > 0) return `${python} has no ${missing.join(', no ')}`;
    return has_command
      ? null
      : `${python} has ${name} ${version ?? ''}, which has no command \`${has.what}\`; a newer one has, as ${has.since}`;
  };
  return {
    /** The Python, found. @throws UnavailableError that says how to set it. */
    find,
    /** Why it cannot run the package, as far as is seen without importing anything; null when it can. Never throws. */
    whyNot: (): Promise<string | null> => probe(LONG_PATIENCE).then(lackOf, errorMessage),
    /**
     * Tries whether it has what every run needs, as far as it says: one that fails or hangs may do better by a run.
     * @throws UnavailableError when it is not there, or says what it lacks.
     */
    async expect(): Promise<void> {
      await find();
      const lack = await probe(PATIENCE).then(lackOf, () => null);
      if (lack !== null) throw new UnavailableError(`${lack}; set ${option} to a Python that has ${name}`);
    },
    /** The version that it has; null when it has none. Never throws. */
    version: (): Promise<string | null> =>
      probe(PATIENCE).then(
        ({ version }) => version,
        () => null,
      ),
  };
}
