import { readerProgram } from '../../python/readerProgram.ts';

/** What evaluating and scoring need, and naming does not. */
const STOOD_IN = [
  ...['torch', 'transformers', 'accelerate', 'datasets', 'evaluate', 'huggingface_hub', 'numpy', 'pandas', 'scipy'],
  ...['sklearn', 'sacrebleu', 'rouge_score', 'nltk', 'wandb', 'trackio', 'peft', 'PIL', 'requests'],
];

/**
 * Answers what the installed lm-eval makes of a command line (`read`), of `gen_kwargs` (`generation`), and of names of
 * tasks (`tasks`, `resolve`): its own parser and `EvaluatorConfig` read the words, its own factory puts tags and groups
 * together. Only the making of a single task, which would load its data, is replaced by one that notes its name, and no
 * function that a definition names is imported.
 *
 * All definitions are read once, which takes ten seconds of a processor, and again when one of them has changed.
 */
export const READER_PROGRAM = readerProgram({
  package: 'lm_eval',
  stoodIn: STOOD_IN,
  body: `
import importlib.util, logging
def load():
    global cli, parsing, evaluate_config, tracker, utils
    import lm_eval._cli.harness as cli, lm_eval._cli.utils as parsing
    import lm_eval.config.evaluate_config as evaluate_config
    import lm_eval.loggers.evaluation_tracker as tracker
    import lm_eval.utils as utils
noted = []
class Notes(logging.Handler):
    def emit(self, record): noted.append(record.getMessage())
def prepare():
    logger = logging.getLogger("lm_eval")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    # What is given twice, of which the last one counts.
    parsing.eval_logger.addHandler(Notes(logging.WARNING))

def plain(value):
    """As JSON has it; what that has not, as text."""
    try: return {"value": json.loads(json.dumps(value, allow_nan=False))}
    except Exception: return {"text": repr(value)}
def has(name):
    try: return importlib.util.find_spec(name) is not None
    except ImportError: return False

def read(question):
    noted.clear()
    argv = sys.argv
    # As they arrive in a program: bytes, read in the encoding of the environment.
    words = [os.fsdecode(word.encode()) for word in question["words"]]
    config, run, failure, said = None, None, None, io.StringIO()
    if question["config"] is not None:
        config = os.memfd_create("config")
        with open(config, "wb", closefd=False) as file:
            file.write(question["config"].encode())
        words.append(f"--config=/proc/self/fd/{config}")
    try:
        sys.argv = ["lm_eval", *words]
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            run = evaluate_config.EvaluatorConfig.from_cli(cli.HarnessCLI().parse_args())
    except SystemExit:
        failure = (said.getvalue().strip().splitlines() or ["it ends without an evaluation"])[-1]
    except Exception as error:
        failure = words_of(error)
    finally:
        sys.argv = argv
        if config is not None: os.close(config)
    # Not looked for by find_spec while they are stood in for.
    distributions = {name: is_installed(name) for name in ("accelerate",)}
    return {"run": None if run is None else reported(run), "failure": failure, "notes": noted[:20], "installed": distributions, "version": version}
def is_installed(name):
    try: return bool(importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError: return False
def reported(run):
    name = tracker.GeneralConfigTracker._get_model_name(run.model_args) or None
    passed = [name for name in ("batch_size", "max_batch_size", "device") if getattr(run, name) is not None]
    tasks = run.tasks.split(",") if isinstance(run.tasks, str) else run.tasks
    return {
        **{name: plain(getattr(run, name)) for name in ("model", "model_args", "gen_kwargs", "num_fewshot", "batch_size", "device", "limit", "log_samples", "predict_only")},
        "tasks": [part for task in tasks for part in str(task).split(",")],
        "twice": [name for name in passed if name in run.model_args],
        "output": run.output_path,
        "folder": None if name is None else utils.sanitize_model_name(name),
        "include_path": run.include_path,
    }

def generation(question):
    """What the command line makes of it: a configuration file would have it split at each comma."""
    try: values = parsing.try_parse_json(question["text"])
    except ValueError as error: return {"error": words_of(error)}
    if not isinstance(values, dict):
        try: values = parsing.key_val_to_dict(question["text"])
        except ValueError as error: return {"error": words_of(error)}
    return plain(values)

managers = {}
def manager_of(folder):
    """Reads all definitions, or takes what was read when nothing has changed since."""
    changed = newest({"folders": [] if folder is None else [folder]})
    known = managers.get(folder)
    if known is None or known[0] != changed:
        import lm_eval.tasks as tasks, lm_eval.tasks._factory as factory, lm_eval.tasks._yaml_loader as loader, lm_eval.api.task as api
        class Named(api.Task):
            def __init__(self, config=None, **_): self.named = config["task"]
            task_name = property(lambda self: self.named)
        Named.__abstractmethods__ = frozenset()
        factory.ConfigurableTask = Named
        factory.TaskFactory._build_task = lambda self, entry, overrides: Named(self._load_full_config(entry, overrides))
        if not hasattr(loader, "unresolved"):
            load = loader.unresolved = loader.load_yaml
            without = lambda path, **how: load(path, **{**how, "resolve_func": False})
            loader.load_yaml = factory.load_yaml = without
        managers.clear()
        known = managers[folder] = (changed, tasks.TaskManager(include_path=folder))
    return known[1]
def tasks(question):
    return manager_of(question["folder"]).all_tasks
def resolve(question):
    """Of each name what it stands for: the names that it is given by, and the tasks that are evaluated for it."""
    import lm_eval.tasks
    manager = manager_of(question["folder"])
    made, lm_eval.tasks.TaskManager = lm_eval.tasks.TaskManager, lambda **_: manager
    def specs_of(names):
        run = evaluate_config.EvaluatorConfig(tasks=list(names), include_path=question["folder"])
        run.process_tasks()
        return run.tasks
    try:
        # All together first: a folder stands for its definitions only alone, and no task may be there twice.
        manager.load(list(specs_of(question["names"])))
        found = []
        for name in question["names"]:
            specs = specs_of([name])
            loaded = manager.load(list(specs))
            names = []
            for spec in specs:
                if not isinstance(spec, str): names.append(name)
                elif spec in manager.all_tags: names += [task for task in sorted(manager.task_index[spec].tags) if task in manager.task_index]
                else: names.append(spec)
            found.append({"asked": name, "names": list(dict.fromkeys(names)), "tasks": list(loaded["tasks"])})
        return {"tasks": found}
    except Exception as error:
        return {"error": words_of(error)}
    finally:
        lm_eval.tasks.TaskManager = made

def models(_):
    import lm_eval.models
    return sorted(lm_eval.models.MODEL_MAPPING)
ANSWERS = {"read": read, "generation": generation, "models": models, "newest": newest, "tasks": tasks, "resolve": resolve}
`,
});
