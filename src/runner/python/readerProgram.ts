/** What differs from one package to the other. */
export type ReaderProgram = {
  /** The package that is asked. */
  package: string;
  /** Packages that only evaluate (torch and the like: seconds and half a gigabyte), and that are stood in for. */
  stoodIn: readonly string[];
  /** Modules of the package itself that are stood in for too. */
  unused?: readonly string[];
  /** Python: `load()` imports it, `prepare()` makes it ready, `ANSWERS` has a function of a question by the question's `what`. */
  body: string;
};

/**
 * A Python program that stays, and answers what an installed package makes of something, by its own code: nothing is
 * modelled, so that another version is asked, not guessed.
 *
 * Where the package cannot be imported with what is stood in for, it is imported whole. Each line of the input is a
 * question, each line on descriptor 3 an answer: `ready` once, then one a question, in order. When a file that it has
 * loaded changes it answers `stale` and ends. `newest` tells when the package's tasks have changed. Argument: the path that
 * Python was started by.
 */
export const readerProgram = ({ package: name, stoodIn, unused = [], body }: ReaderProgram): string => `
PACKAGE, STOOD_IN, UNUSED = ${JSON.stringify(name)}, set(${JSON.stringify(stoodIn)}), set(${JSON.stringify(unused)})
${HEAD}
${body}
${LOOP}
`;

const HEAD = `
import ast, contextlib, importlib.abc, importlib.machinery, importlib.metadata, inspect, io, pathlib, sys, types
channel = os.fdopen(3, "w")
def say(value):
    channel.write(json.dumps(value) + "\\n")
    channel.flush()
def words_of(error):
    return f"{type(error).__name__}: {error}"
class Inert:
    """Takes whatever an import does with it."""
    def __init__(self, *_, **__): pass
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return Inert()
    def __call__(self, *given, **named):
        return given[0] if len(given) == 1 and callable(given[0]) and not named else Inert()
    def __mro_entries__(self, bases): return (object,)
    def __getitem__(self, key): return Inert()
    def __or__(self, other): return Inert()
    __ror__ = __or__
class InertModule(types.ModuleType):
    __path__ = []
    __getattr__ = Inert.__getattr__
class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in STOOD_IN or name in UNUSED:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
    def create_module(self, spec): return InertModule(spec.name)
    def exec_module(self, module): pass
def newest(question):
    """When anything below the folders of tasks changed last, in milliseconds since 1970; 0: there is nothing."""
    roots = [os.path.join(os.path.dirname(sys.modules[PACKAGE].__file__), "tasks"), *question["folders"]]
    times = [0]
    for root in roots:
        for folder, _, names in os.walk(root, followlinks=True):
            for path in [folder, *(os.path.join(folder, name) for name in names)]:
                with contextlib.suppress(OSError): times.append(os.stat(path).st_ctime * 1000)
    return max(times)
`;

const LOOP = `
def stamp(path):
    try:
        found = os.stat(path)
        return (found.st_mtime_ns, found.st_size, found.st_ino)
    except OSError:
        return None
before = set(sys.modules)
stand_ins = StandIns()
sys.meta_path.insert(0, stand_ins)
try:
    try:
        load()
    except Exception:
        sys.meta_path.remove(stand_ins)
        for name in set(sys.modules) - before: del sys.modules[name]
        load()
    prepare()
    version = importlib.metadata.version(PACKAGE)
except Exception as error:
    say({"failed": words_of(error)})
    sys.exit(1)
def loaded():
    files = [getattr(module, "__file__", None) for name, module in sys.modules.items() if name.partition(".")[0] == PACKAGE]
    return [sys.argv[1], sys.executable, *filter(None, files)]
stamps = {path: stamp(path) for path in loaded()}
say({"ready": version})
for line in sys.stdin.buffer:
    question = json.loads(line)
    if any(stamp(path) != known for path, known in stamps.items()):
        say({"stale": True})
        sys.exit(0)
    try:
        say({"answer": ANSWERS[question["what"]](question)})
    except Exception as error:
        say({"failed": words_of(error)})
`;
