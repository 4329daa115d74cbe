import { IMPORTS_PROGRAM } from './importsProgram.ts';

/**
 * What a warm parent asks before it forks: whether what it has loaded is what is on the disk, and whether it is one that may
 * be forked. Each answers why not, as text; None: it is.
 */
export const CHECKS_PROGRAM = `${IMPORTS_PROGRAM}
import json, os, stat, sys, threading, time
started = time.time_ns()
# Seconds: how coarse the times of a file system may be.
COARSE = 2
looked, stamps = set(), {}
def text(path):
    with open(path) as file: return file.read()
def stamp(path):
    try: found = os.stat(path)
    except OSError: return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

def entries(folder):
    try: return sorted(os.listdir(folder))
    except OSError: return []
def shadows():
    """What in the working folder would be found first: it has more, and changes."""
    folder = sys.path[0]
    names = [name for name in entries(folder) if name.partition(".")[0] in looked]
    return [(name, os.path.exists(f"{folder}/{name}/__init__.py") if os.path.isdir(f"{folder}/{name}") else stamp(f"{folder}/{name}")) for name in names]

def watch():
    """Notes what was loaded: modules and their folders, libraries, where modules are looked for, what says which packages there are."""
    global was
    paths = {sys.executable, os.path.realpath(sys.executable), os.path.join(sys.prefix, "pyvenv.cfg")}
    for module in list(sys.modules.values()):
        file, folders = getattr(module, "__file__", None), getattr(module, "__path__", ())
        if isinstance(file, str): paths.add(file)
        try: paths.update(folder for folder in folders if isinstance(folder, str))
        except Exception: pass
    for line in text("/proc/self/maps").splitlines():
        path = line[line.find("/"):] if "/" in line else ""
        if path and not path.startswith(("/dev/", "/memfd:")): paths.add(path)
    for folder in sys.path[1:]:
        paths.add(folder)
        for name in entries(folder):
            if name.endswith((".dist-info", ".egg-info")):
                said_in = "METADATA" if name.endswith(".dist-info") else "PKG-INFO"
                paths.update(os.path.join(folder, name, part) for part in ("", said_in, "entry_points.txt"))
            elif name.endswith((".pth", ".egg-link")): paths.add(os.path.join(folder, name))
    # It counts as soon as it is there.
    site = sys.modules.get("site")
    if site is not None and site.ENABLE_USER_SITE: paths.add(site.getusersitepackages())
    paths.update(read_files)
    paths.discard(sys.path[0])
    stamps.update((path, stamp(path)) for path in paths)
    young = started - COARSE * 10**9
    for path, found in stamps.items():
        if found is not None and max(found[3:]) >= young: raise RuntimeError(f"{path} changed while it was loaded")
    was = shadows()

def changed():
    # Thousands of files before each run: no call that is not needed.
    look = os.stat
    for path, was_there in stamps.items():
        try: found = look(path)
        except OSError:
            if was_there is None: continue
            return f"{path} has changed"
        if was_there != (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns): return f"{path} has changed"
    return None if shadows() == was else "modules in the working folder have changed"

def mapped(): return [line[line.find("/"):] for line in text("/proc/self/maps").splitlines() if " /dev/" in line]
def unforkable(is_new=False):
    """
    A child has no thread but the one that forks: what another held stays held. Native pools look after themselves at a fork, by name.
    What a new parent has mapped is asked once: that costs more than all else, and a mapping without an open file comes only by imports.
    """
    if threading.enumerate() != [threading.main_thread()] or len(sys._current_frames()) != 1: return "the parent has Python threads"
    unknown = sorted({name for task in os.listdir("/proc/self/task") if int(task) != os.getpid() and (name := unknown_thread(task))})
    if unknown: return f"the parent has threads of {', '.join(unknown)}"
    held = mapped() if is_new else []
    for name in os.listdir("/proc/self/fd"):
        path = f"/proc/self/fd/{name}"
        try: is_device, leads_to = stat.S_IFMT(os.stat(path).st_mode) in (stat.S_IFCHR, stat.S_IFBLK), os.readlink(path)
        except FileNotFoundError: continue
        # By what it is, and by its name: a device may have been made elsewhere, or its file been deleted.
        if is_device or leads_to.startswith("/dev/"): held.append(leads_to)
    devices = sorted({path for path in held if path not in HARMLESS and not path.startswith("/dev/shm/")})
    return f"the parent holds {', '.join(devices)}" if devices else None
# Pools that begin anew in a child by themselves: by the name of the thread, or by the library that it waits in.
POOLS, POOL_LIBRARIES = {"jemalloc_bg_thd"}, ("/pyarrow/libarrow.so", "/numexpr/interpreter.")
def unknown_thread(task):
    """What a native thread is called, and the libraries on its stack, if it is of no pool that is known."""
    name = text(f"/proc/self/task/{task}/comm").strip()
    if name in POOLS: return None
    try:
        top = int(text(f"/proc/self/task/{task}/syscall").split()[-2], 16)
        with open("/proc/self/mem", "rb", 0) as memory:
            memory.seek(top)
            addresses = memoryview(memory.read(2048)).cast("Q")
    except (OSError, ValueError, IndexError): addresses = ()
    code = [(*(int(end, 16) for end in line.split()[0].split("-")), line[line.find("/"):]) for line in text("/proc/self/maps").splitlines() if " r-xp " in line and "/" in line]
    libraries = {library for address in addresses for first, end, library in code if first <= address < end}
    if any(known in library for known in POOL_LIBRARIES for library in libraries): return None
    return f"{name} ({', '.join(sorted(map(os.path.basename, libraries))) or 'unknown'})"
HARMLESS = {"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"}

def probe(unfit):
    """Forks once: pools that end their threads at a fork have none afterwards, and what only a child can see is seen."""
    child = os.fork()
    if child == 0: os._exit(0 if unfit() is None else 1)
    if os.waitpid(child, 0)[1] != 0: return unfit() or "what it has imported does not survive a fork"
    return unforkable(True) or unfit()
`;
