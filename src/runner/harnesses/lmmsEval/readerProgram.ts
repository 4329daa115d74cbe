import { readerProgram } from '../../python/readerProgram.ts';

const STOOD_IN = [
  'torch',
  'transformers',
  'numpy',
  'accelerate',
  'datasets',
  'huggingface_hub',
  'PIL',
  'pandas',
  'wandb',
  'swanlab',
];
const UNUSED = ['evaluator', 'tasks', 'api.metrics', 'loggers.wandb_logger', 'loggers.swanlab_logger'];

/**
 * Answers what the installed lmms-eval makes of a command line: runs its own `cli_evaluate` on the words, up to the call
 * that would evaluate, which is replaced by one that notes its arguments; then its own readers take those apart.
 */
export const READER_PROGRAM = readerProgram({
  package: 'lmms_eval',
  stoodIn: STOOD_IN,
  unused: UNUSED.map((name) => `lmms_eval.${name}`),
  body: `
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
ANSWERS = {"read": read, "models": models, "newest": newest}
`,
});
