/**
 * What a warm parent imports for lm-eval, and what it keeps of the definitions of tasks.
 *
 * lm-eval reads its 14,000 definitions at each start to know their names, with `!function` left alone: sixteen seconds of a
 * processor. A run of a warm parent still lists them all; what the reader makes of one is kept, for exactly the files that it
 * was made of, those that it includes among them (name, inode, size, times), in folders that no link leads to, and only while
 * the YAML reader is as it was. What is evaluated has its definition and its functions read anew. Each answer is a copy of its own.
 *
 * Models are imported by the run that asks for them, but for those of Hugging Face, which most ask for.
 */
export const LM_EVAL_WARM_PROGRAM = `
MODULE = "lm_eval"
kept = {}
# Imported by every run after it has read its arguments, as far as they are there.
MORE = ("lm_eval.evaluator", "lm_eval.loggers", "lm_eval.config.evaluate_config", "lm_eval.models", "datasets", "pytablewriter", "sklearn.metrics")
def load():
    import inspect, logging, pickle, yaml
    from importlib.util import find_spec
    from pathlib import Path
    import lm_eval.__main__
    import lm_eval.tasks._index as index, lm_eval.tasks._yaml_loader as reader
    from lm_eval.tasks import TaskManager
    for name in (*MORE, *(["lm_eval.models.huggingface"] if find_spec("torch") and find_spec("transformers") else [])):
        try: importlib.import_module(name)
        except ImportError: pass
    load_yaml, build, base = reader.load_yaml, index.TaskIndex.build, reader._Base
    by_folder = reader._mk_function_ctor(Path("/"), False).__code__
    known_shape = (
        list(inspect.signature(load_yaml).parameters) == ["path", "resolve_func", "recursive", "_seen"]
        and list(inspect.signature(build).parameters) == ["paths", "resolve_includes"] and index.load_yaml is load_yaml
        and reader.yaml is yaml and issubclass(base, (yaml.CSafeLoader, yaml.FullLoader))
        and reader._make_loader(Path("/"), resolve_funcs=False).__bases__ == (base,) and by_folder.co_freevars == ("base_dir", "resolve")
        and {"yaml", "load", "_make_loader", "resolve", "open"} <= set(load_yaml.__code__.co_names)
    )
    if not known_shape: raise RuntimeError("this version of lm-eval reads its tasks in a way that is not known")
    def tables(): return base.yaml_constructors, base.yaml_multi_constructors, base.yaml_implicit_resolvers, base.yaml_path_resolvers
    def copied(): return [{key: list(value) if isinstance(value, list) else value for key, value in table.items()} for table in tables()]
    read_by, functions = copied(), (reader.load_yaml, reader._make_loader, reader._mk_function_ctor, yaml.load)
    def is_read_as_before():
        return functions == (reader.load_yaml, reader._make_loader, reader._mk_function_ctor, yaml.load) and reader.yaml is yaml and all(map(dict.__eq__, read_by, tables()))
    opened, real = [], {}
    def is_sound(value, loader):
        """Whether functions were left alone, and what it includes is named in a way that leads through no other folder."""
        by = loader.yaml_constructors.get("!function")
        if getattr(by, "__code__", None) is not by_folder or by.__closure__[1].cell_contents is not False: return False
        named = value.get("include", []) if isinstance(value, dict) else []
        names = named if isinstance(named, list) else [named]
        return all(isinstance(name, str) and ".." not in name.lstrip("./").split("/") and not name.startswith("~") for name in names)
    class Yaml(types.ModuleType):
        def __getattr__(self, name): return getattr(yaml, name)
        @staticmethod
        def load(stream, Loader):
            found = os.fstat(stream.fileno())
            value = yaml.load(stream, Loader=Loader)
            opened.append((os.fspath(stream.name), (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns), is_sound(value, Loader)))
            return value
    def is_real(folder):
        if folder not in real: real[folder] = os.path.realpath(folder) == folder
        return real[folder]
    def keep(path, **how):
        opened.clear()
        value = load_yaml(path, **how)
        young = time.time_ns() - COARSE * 10**9
        if how == {"resolve_func": False, "recursive": True} and opened[0][0] == os.fspath(path) and all(sound and max(found[3:]) < young for _, found, sound in opened):
            files = tuple((name, found) for name, found, _ in opened)
            try: kept[os.fspath(path)] = pickle.dumps(value, -1), files, tuple({os.path.dirname(name) for name, _ in files})
            except Exception: pass
        return value
    def answer(path, **how):
        data, files, folders = kept.get(os.fspath(path), (None, (), ()))
        if data is not None and how == {"resolve_func": False, "recursive": True} and is_read_as_before():
            if all(stamp(name) == was for name, was in files) and all(map(is_real, folders)): return pickle.loads(data)
        return load_yaml(path, **how)
    def built(*paths, **how):
        real.clear()
        return build(*paths, **how)
    # Each run reads them by itself, and says itself what it finds odd.
    imported()
    index.load_yaml, reader.yaml = keep, Yaml("yaml")
    logging.disable()
    TaskManager()
    logging.disable(logging.NOTSET)
    index.load_yaml, index.TaskIndex.build, reader.yaml = answer, staticmethod(built), yaml
def unfit():
    torch = sys.modules.get("torch")
    if torch is not None and (torch.cuda.is_initialized() or torch.cuda._is_in_bad_fork()): return "the parent has looked for GPUs"
`;
