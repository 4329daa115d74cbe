/**
 * A Python program that stays, and answers what the installed lmms-eval makes of a command line.
 *
 * It runs lmms-eval's own `cli_evaluate` on the words of the command, up to the call that would evaluate, which is
 * replaced by one that notes its arguments; then lmms-eval's own readers take those apart. Nothing is modelled here, so
 * that another version is asked, not guessed.
 *
 * Packages that only evaluate (torch and the like: seconds and half a gigabyte) are stood in for; where lmms-eval cannot
 * be imported so, it is imported whole. Each line of the input is a question, each line on descriptor 3 an answer:
 * `ready` once, then one a question, in order. When a file that it has loaded changes it answers `stale` and ends.
 * Argument: the path that Python was started by.
 */
export const READER_PROGRAM = `
import ast, contextlib, importlib.abc, importlib.machinery, importlib.metadata, inspect, io, pathlib, sys, types
channel = os.fdopen(3, "w")
def say(value):
    channel.write(json.dumps(value) + "\\n")
    channel.flush()
def words_of(error):
    return f"{type(error).__name__}: {error}"

STOOD_IN = {"torch", "transformers", "numpy", "accelerate", "datasets", "huggingface_hub", "PIL", "pandas", "wandb", "swanlab"}
UNUSED = {"lmms_eval." + name for name in ("evaluator", "tasks", "api.metrics", "loggers.wandb_logger", "loggers.swanlab_logger")}
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

def load():
    global main, model, tracker
    import lmms_eval.__main__ as main
    import lmms_eval.api.model as model
    import lmms_eval.loggers.evaluation_tracker as tracker

seen, failures = [], []
class Tasks:
    """Every name is known: which are is asked elsewhere."""
    def __init__(self, *_, **__): self.all_tasks = []
    def match_tasks(self, names): return list(names)
    def list_all_tasks(self, *_, **__): return ""
class Noted:
    """What the tracker of results is given, which must be what it takes."""
    push_results_to_hub = push_samples_to_hub = False
    def __init__(self, *given, **named):
        bound = inspect.signature(tracker.EvaluationTracker.__init__).bind(None, *given, **named)
        self.output = bound.arguments.get("output_path")
def note(**named):
    seen.append(named)
def prepare():
    evaluate = main.cli_evaluate_single
    def traced(*given, **named):
        try:
            return evaluate(*given, **named)
        except Exception as error:
            failures.append(words_of(error))
            raise
    main.cli_evaluate_single = traced
    main.TaskManager, main.EvaluationTracker, main.evaluator.simple_evaluate = Tasks, Noted, note
    main.Accelerator = main.InitProcessGroupKwargs = main.WandbLogger = main.SwanLabLogger = Inert
    main.request_caching_arg_to_dict = lambda *_, **__: {}
    main.eval_logger = Inert()
    main.utils.load_yaml_config = lambda path, *_, **__: {"file": str(path)}

def tagged(value):
    if value is None: return ["none"]
    if isinstance(value, bool): return ["bool", value]
    if isinstance(value, int): return ["int", str(value)]
    if isinstance(value, float): return ["float", repr(value)]
    if isinstance(value, str): return ["str", value, "," in value and is_literal(value)]
    if isinstance(value, (list, dict)): return ["json", json.loads(json.dumps(value))]
    raise TypeError(f"a value of the type {type(value).__name__}")
def is_literal(text):
    try:
        ast.literal_eval(text)
        return True
    except Exception:
        return False

def of_model(text, more):
    return model.lmms.create_from_arg_string.__func__(lambda **named: named, text, more)
def of_generation(text):
    return main.utils.simple_parse_args_string(text) if isinstance(text, str) and text else text or {}
def taken_apart(read, *given):
    try:
        return {"values": [[name, tagged(value)] for name, value in read(*given).items()]}
    except Exception as error:
        return {"error": words_of(error)}
def named_by(output, text):
    of_run = tracker.GeneralConfigTracker()
    of_run.log_experiment_args(model_source="", model_args=text, system_instruction=None, chat_template=None, fewshot_as_multiturn=False)
    return {"name": of_run.model_name, "place": str(pathlib.Path(output).joinpath(of_run.model_name_sanitized))}
def reported(named):
    text = named["model_args"] or ""
    own = {name: named[name] for name in ("batch_size", "max_batch_size", "device")}
    args = taken_apart(of_model, text, {})
    output = named["evaluation_tracker"].output
    simple = ("model", "num_fewshot", "batch_size", "device", "limit", "log_samples", "predict_only", "gen_kwargs")
    return {
        "tasks": [task if isinstance(task, str) else None for task in named["tasks"]],
        "model_args": args if "error" in args or "error" not in (whole := taken_apart(of_model, text, own)) else whole,
        "generation": taken_apart(of_generation, named["gen_kwargs"]),
        "output": output,
        **({"name": "", "place": None} if output is None else named_by(output, text)),
        **{name: tagged(named[name]) for name in simple},
    }

def read(question):
    seen.clear(), failures.clear()
    argv, environment = sys.argv, dict(os.environ)
    # As they arrive in a program: bytes, read in the encoding of the environment.
    words = [os.fsdecode(word.encode()) for word in question["words"]]
    config = None
    if question["config"] is not None:
        config = os.memfd_create("config")
        with open(config, "wb", closefd=False) as file:
            file.write(question["config"].encode())
        words.append(f"--config=/proc/self/fd/{config}")
    said = io.StringIO()
    try:
        sys.argv = ["lmms_eval", *words]
        with contextlib.redirect_stderr(said):
            main.cli_evaluate()
    except SystemExit:
        failures.append((said.getvalue().strip().splitlines() or ["it ends without an evaluation"])[-1])
    except Exception as error:
        failures.append(words_of(error))
    finally:
        sys.argv = argv
        os.environ.clear()
        os.environ.update(environment)
        if config is not None: os.close(config)
    alone = [name for name, text in question["parts"] if "error" in taken_apart(of_model, text, {})]
    return {"runs": [reported(named) for named in seen], "failures": failures[:3], "alone": alone, "version": version}

def models(_):
    import lmms_eval.models as registry
    try:
        return sorted(registry.list_available_models(include_aliases=True))
    except TypeError:
        return sorted(registry.list_available_models())

def newest(question):
    """When anything below the folders of tasks changed last, in milliseconds since 1970; 0: there is nothing."""
    import lmms_eval
    roots = [os.path.join(os.path.dirname(lmms_eval.__file__), "tasks"), *question["folders"]]
    times = [0]
    for root in roots:
        for folder, _, names in os.walk(root, followlinks=True):
            for path in [folder, *(os.path.join(folder, name) for name in names)]:
                with contextlib.suppress(OSError): times.append(os.stat(path).st_ctime * 1000)
    return max(times)

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
    version = importlib.metadata.version("lmms_eval")
except Exception as error:
    say({"failed": words_of(error)})
    sys.exit(1)
def loaded():
    files = [getattr(module, "__file__", None) for name, module in sys.modules.items() if name.partition(".")[0] == "lmms_eval"]
    return [sys.argv[1], sys.executable, *filter(None, files)]
stamps = {path: stamp(path) for path in loaded()}
say({"ready": version})
for line in sys.stdin.buffer:
    question = json.loads(line)
    if any(stamp(path) != known for path, known in stamps.items()):
        say({"stale": True})
        sys.exit(0)
    try:
        say({"answer": {"read": read, "models": models, "newest": newest}[question["what"]](question)})
    except Exception as error:
        say({"failed": words_of(error)})
`;
