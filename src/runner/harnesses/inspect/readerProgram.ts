import { readerProgram } from '../../python/readerProgram.ts';

/**
 * Answers what the installed inspect-ai makes of the names of tasks, of providers and of arguments of generation. Files of tasks are parsed, not
 * run; packages that have tasks are imported, as inspect itself does to find them.
 */
export const READER_PROGRAM = readerProgram({
  package: 'inspect_ai',
  stoodIn: [],
  body: `
import pathlib
def load():
    global registry, decorators, entrypoints, listing, GenerateConfig
    import inspect_ai, inspect_ai.model
    import inspect_ai._util.registry as registry
    import inspect_ai._util.entrypoints as entrypoints
    import inspect_ai._util.decorator as decorators
    import inspect_ai._eval.list as listing
    from inspect_ai.model import GenerateConfig
def prepare(): pass

def registered(kind):
    entrypoints.ensure_entry_points()
    found = registry.registry_find(lambda info: info.type == kind)
    return {registry.registry_info(one).name: one for one in found}
def models(_):
    return sorted(name.removeprefix("inspect_ai/") for name in registered("modelapi"))
def tasks(_):
    return sorted(registered("task"))
def changed(_):
    paths = [str(point.dist._path) for point in importlib.metadata.entry_points(group="inspect_ai") if point.dist is not None]
    times = [0]
    for path in paths:
        with contextlib.suppress(OSError): times.append(os.stat(path).st_ctime * 1000)
    return max(times)

def has_fewshot(node):
    names = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]]
    return "fewshot" in names or node.args.kwarg is not None
def tasks_in(path):
    """Of a file the tasks that it defines, each with whether it takes the argument."""
    names = {name for name, _ in decorators.parse_decorators(path, "task")}
    nodes = [node for node in ast.iter_child_nodes(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)] if path.suffix == ".py" else []
    known = {node.name: has_fewshot(node) for node in nodes}
    return {name: known.get(name, True) for name in names}
def task(asked):
    location, _, name = asked.partition("@")
    path = pathlib.Path(location)
    found, failure = {}, None
    if path.exists():
        for file in listing.tasks_in_dir(path) if path.is_dir() else [path]:
            found.update(tasks_in(pathlib.Path(file)))
        if name: found = {one: takes for one, takes in found.items() if one == name}
        if not found: failure = f"there is no task {name or 'at all'} in {location}"
    elif name or location.endswith(".py"):
        failure = f"there is no file {location}" + ("" if path.is_absolute() else ": give its absolute path")
    else:
        one = registered("task").get(location)
        if one is None: failure = "no installed package has a task of that name, and there is no such file"
        else: found[location] = "fewshot" in inspect.signature(one).parameters
    return {"asked": asked, "found": sorted(found), "without_fewshot": sorted(one for one, takes in found.items() if not takes), "failure": failure}
def read(question):
    fields, failure = GenerateConfig.model_fields, None
    known = {name: value for name, value in question["generation"].items() if name in fields}
    try: GenerateConfig.model_validate(known)
    except ValueError as error: failure = str(error)
    return {
        "tasks": [task(asked) for asked in question["tasks"]],
        "providers": models(None),
        "unknown": [name for name in question["generation"] if name not in fields],
        "failure": failure,
        "version": version,
    }
ANSWERS = {"read": read, "models": models, "tasks": tasks, "changed": changed}
`,
});
