/**
 * What a warm parent imports for lmms-eval, and what it keeps of the task files.
 *
 * lmms-eval reads all its task files at each start, by a YAML reader in pure Python, to know their names. A run of a warm
 * parent still lists them all and opens each; only what the reader makes of one is kept, for exactly the file that was read
 * (name, inode, size, times), and only while the reader is as it was, with `!function` left alone. What names a function is
 * read anew. Each answer is a copy of its own; only where in a file a node was read, which nothing changes, is shared.
 *
 * It is asked for the names of tasks and models as the catalogue asks a new Python (catalog.ts).
 */
export const LMMS_EVAL_WARM_PROGRAM = `
MODULE = "lmms_eval"
kept = {}
# Imported by every run after it has read its arguments; plugins in the order in which PIL imports them.
PLUGINS = tuple(f"PIL.{name}ImagePlugin" for name in ("Bmp", "Gif", "Jpeg", "Ppm", "Png"))
MORE = (*PLUGINS, "lmms_eval.models.simple", "lmms_eval.models.model_utils.gen_metrics", "pytablewriter", "nltk", "sklearn.metrics", "scipy.io", "joblib", "psutil", "rich.progress")
def load():
    global yaml, utils
    import inspect, io, pickle, yaml
    from yaml.nodes import ScalarNode
    import lmms_eval.cli.dispatch, lmms_eval.__main__, lmms_eval.models
    from lmms_eval import utils
    from lmms_eval.tasks import TaskManager
    for name in MORE:
        try: importlib.import_module(name)
        except ImportError: pass
    known_shape = (
        list(inspect.signature(utils.load_yaml_config).parameters) == ["yaml_path", "yaml_config", "yaml_dir", "mode"]
        and list(inspect.signature(utils.ignore_constructor).parameters) == ["loader", "node"]
        and utils.yaml is yaml and utils.ignore_constructor(None, kept) is kept
        and {"yaml", "full_load", "add_constructor"} <= set(utils.load_yaml_config.__code__.co_names)
    )
    if not known_shape: raise RuntimeError("this version of lmms-eval reads its tasks in a way that is not known")
    class Packing(pickle.Pickler):
        def __init__(self, file):
            super().__init__(file, -1)
            self.nodes = []
        def persistent_id(self, value):
            if type(value) is not ScalarNode: return None
            self.nodes.append(value)
            return len(self.nodes) - 1
    class Unpacking(pickle.Unpickler):
        nodes = ()
        def persistent_load(self, index):
            copy = ScalarNode.__new__(ScalarNode)
            copy.__dict__.update(self.nodes[index].__dict__)
            return copy
    def packed(value):
        file = io.BytesIO()
        packing = Packing(file)
        packing.dump(value)
        return file.getvalue(), packing.nodes
    def unpacked(data, nodes):
        if not nodes: return pickle.loads(data)
        unpacking = Unpacking(io.BytesIO(data))
        unpacking.nodes = nodes
        return unpacking.load()
    def tables():
        loader = yaml.FullLoader
        return {**loader.yaml_constructors}, {**loader.yaml_multi_constructors}, {key: list(value) for key, value in loader.yaml_implicit_resolvers.items()}, {**loader.yaml_path_resolvers}
    def is_read_as_before():
        if read_by is None or not is_simple(): return False
        loader = yaml.FullLoader
        constructors, several, implicit, paths = read_by
        return loader.yaml_constructors == constructors and loader.yaml_multi_constructors == several and loader.yaml_implicit_resolvers == implicit and loader.yaml_path_resolvers == paths
    def is_simple(): return yaml.FullLoader.yaml_constructors.get("!function") is utils.ignore_constructor
    def key(stream):
        if type(stream) is not io.BufferedReader or stream.tell() != 0: return None
        found = os.fstat(stream.fileno())
        return stream.name, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    full_load = yaml.full_load
    def keep(stream):
        found = key(stream) if is_simple() else None
        value = full_load(stream)
        if found is not None and max(found[-2:]) < time.time_ns() - COARSE * 10**9:
            try: kept[found] = packed(value)
            except Exception: pass
        return value
    def answer(stream):
        if is_read_as_before():
            copy = kept.get(key(stream))
            if copy is not None: return unpacked(*copy)
        return full_load(stream)
    class Yaml(types.ModuleType):
        def __getattr__(self, name): return getattr(yaml, name)
    names = utils.yaml = Yaml("yaml")
    names.full_load = keep
    # Each run reads them by itself.
    imported()
    TaskManager()
    read_by = tables() if is_simple() else None
    names.full_load = answer
def answer(question):
    if question["what"] == "tasks": return sorted(sys.modules["lmms_eval.tasks"].TaskManager(include_path=question["include"]).all_tasks)
    if question["what"] == "models": return sorted(sys.modules["lmms_eval.models"].list_available_models())
    raise ValueError("it is asked for something else")
def unfit():
    cuda = sys.modules["torch"].cuda
    if cuda.is_initialized() or cuda._is_in_bad_fork(): return "the parent has looked for GPUs"
`;
