/**
 * A Python that has imported what a run imports, and becomes runs by forking.
 *
 * The first line of its input is the environment that it was given, each other one a run or a question; each line on
 * descriptor 3 says what became of it: `ready` once; `cold` with the reason when nothing was started; `begun` by the process
 * that becomes the program, right before; `ended` when its launcher is gone. The launcher is forked too, and does what that of
 * a cold start does (launcher.ts), with the same files. Neither it nor the program has anything of the parent left open, and
 * both live on without it. Both are forked, and wait, while the parent looks whether its files have changed. To a question a
 * child answers, in parts: lines of several processes stay apart only as long as they are short.
 *
 * It follows a program of the harness that defines `MODULE` (what `python -m` would run; a line of its own), `load()`
 * (imports), `unfit()` (why what was imported must not be forked; None: it may), `answer(question)` if it can be asked, and is
 * preceded by `checks`; `runProgram.ts` has what its children do.
 */
export const PARENT_PROGRAM = String.raw`
import atexit, contextlib, ctypes, fcntl, gc, importlib, io, runpy, select, signal, types
LAUNCHERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
libc = ctypes.CDLL(None)
libc.prctl(1, int(signal.SIGKILL))
SERVER = int(os.environ.pop("EVALD_WARM_ROOM").split()[0])
# What C was given lies in the block that is written over later: the same values, elsewhere.
for name in list(os.environb): os.environb[name] = os.environb[name]
# As it was given: Python itself adds to it, and so do imports.
with open("/proc/self/environ", "rb") as file: ENVIRONMENT = dict(pair.split(b"=", 1) for pair in file.read().split(b"\0") if b"=" in pair)
del ENVIRONMENT[b"EVALD_WARM_ROOM"]

def high(descriptor):
    copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 200)
    os.close(descriptor)
    return copy
asked, answers, printed = high(0), high(3), high(os.memfd_create("printed"))
fcntl.fcntl(printed, fcntl.F_SETFL, os.O_APPEND)
assert os.open("/dev/null", os.O_RDONLY) == 0
os.set_inheritable(0, True)
os.dup2(printed, 1)
os.dup2(printed, 2)
def say(value): os.write(answers, (json.dumps(value) + "\n").encode())

def read_environment():
    global rest
    while b"\n" not in rest:
        read = os.read(asked, 1 << 20)
        if not read: os._exit(0)
        rest += read
    line, _, rest = rest.partition(b"\n")
    given = {os.fsencode(name): os.fsencode(value) for name, value in json.loads(line)["env"].items()}
    others = {os.fsdecode(name) for name, _ in given.items() ^ ENVIRONMENT.items() if name not in SHELL}
    if others: raise RuntimeError(f"the Python is started by a wrapper, which sets {', '.join(sorted(others))}")

def blocks():
    with open("/proc/self/stat", "rb") as file: fields = file.read().rpartition(b")")[2].split()
    return [(int(fields[first - 3]), int(fields[first - 2])) for first in (48, 50)]
def fits(block, parts): return sum(len(part) + 1 for part in parts) <= block[1] - block[0]
def overwrite(block, parts):
    data = b"".join(part + b"\0" for part in parts)
    ctypes.memset(block[0], 0, block[1] - block[0])
    ctypes.memmove(block[0], data, len(data))
# What the shell of a launcher sets for itself, as it did for the parent.
SHELL = {b"PWD", b"OLDPWD", b"_", b"SHLVL"}
def whole(run):
    own = {os.fsdecode(name): os.fsdecode(value) for name, value in ENVIRONMENT.items() if name in SHELL}
    return {**own, **run["env"]}
def pairs(env): return [os.fsencode(f"{name}={value}") for name, value in env.items()]

GIVEN = ("Uid", "Gid", "Groups", "CapEff", "NoNewPrivs", "Seccomp", "Cpus_allowed", "Mems_allowed")
def allowed_to(process):
    """What a child is given by the process that starts it, and sizes of pools are made of."""
    number = 0 if process == "self" else process
    given = [line for line in text(f"/proc/{process}/status").splitlines() if line.partition(":")[0] in GIVEN]
    return given, os.getpriority(os.PRIO_PROCESS, number), os.sched_getscheduler(number)
def refusal(run):
    if run["command"][1:3] != ["-m", MODULE]: return "it is another program than the parent has loaded"
    if os.getppid() != SERVER: return "the parent is started by a wrapper"
    devices = {os.fsencode(name) for name in run["devices"]}
    given = {os.fsencode(name): os.fsencode(value) for name, value in run["env"].items()}
    ignored = {os.fsencode(run["mark"]), *SHELL, *(devices - reads)}
    ours, theirs = ({name: value for name, value in env.items() if name not in ignored} for env in (ENVIRONMENT, given))
    if ours != theirs: return "its variables are others"
    if os.getcwd() != run["cwd"] or not os.path.samefile(".", run["cwd"]): return "its working folder is another"
    if not fits(blocks()[1], pairs(whole(run))): return "its variables are too long"
    for name in ("limits", "cgroup", "oom_score_adj"):
        if text(f"/proc/{SERVER}/{name}") != text(f"/proc/self/{name}"): return f"the server has other {name}"
    if allowed_to(SERVER) != allowed_to("self"): return "the server may use others of the machine's processors, or of its rights"
    return unfit() or unforkable()

def refuse(request, reason, stale=False): say({"cold": reason, "id": request["id"], "stale": stale})
def begin(run):
    reason = refusal(run)
    if reason is not None: return refuse(run, reason)
    try: log = os.open(run["log"]["path"], os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK)
    except OSError as error: return refuse(run, f"its log cannot be opened: {error}")
    found = os.fstat(log)
    if [str(found.st_dev), str(found.st_ino)] != run["log"]["file"]:
        os.close(log)
        return refuse(run, "its log is another file")
    os.set_blocking(log, True)
    # Open as long as there is a launcher, or a program that has not begun: then neither begins any more.
    here, there = os.pipe()
    start, allowed = os.pipe()
    launcher = os.fork()
    if launcher == 0: return launch(run, log, (here, allowed), there, start)
    for descriptor in (log, there, start): os.close(descriptor)
    # While the launcher gets ready, and forks: nothing has begun, and without a word from here nothing will.
    reason = changed()
    if reason is None:
        # Its end, if it has ended, is reported all the same.
        with contextlib.suppress(OSError): os.write(allowed, b"!")
    os.close(allowed)
    if reason is None:
        children[here] = run["id"], launcher, None
        waiting.register(here, select.POLLHUP)
    else:
        os.read(here, 1)
        os.close(here)
        os.waitpid(launcher, 0)
        refuse(run, reason, True)

def answer_by_child(request):
    reason = changed()
    if reason is not None: return refuse(request, reason, True)
    reason = unfit() or unforkable()
    if reason is not None: return refuse(request, reason)
    here, there = os.pipe()
    answered = os.memfd_create("answer")
    child = os.fork()
    if child == 0:
        try:
            libc.prctl(1, int(signal.SIGKILL))
            leave(here)
            nothing = os.open("/dev/null", os.O_WRONLY)
            for one in (1, 2): os.dup2(nothing, one)
            importlib.invalidate_caches()
            os.write(answered, json.dumps(answer(request["question"])).encode())
            os._exit(0)
        finally: os._exit(1)
    os.close(there)
    children[here] = request["id"], child, answered
    waiting.register(here, select.POLLHUP)

PART = 1500
def say_answer(identifier, answered, is_whole):
    text = os.pread(answered, os.fstat(answered).st_size, 0).decode()
    os.close(answered)
    for first in range(0, len(text), PART): say({"part": text[first:first + PART], "id": identifier})
    say({"answered": is_whole, "id": identifier})

def leave(*descriptors):
    of_others = [answered for _, _, answered in children.values() if answered is not None]
    for descriptor in (asked, *descriptors, *children, *of_others): os.close(descriptor)
def serve():
    global rest
    while True:
        for descriptor, _ in waiting.poll():
            if descriptor == asked:
                read = os.read(asked, 1 << 20)
                if not read: os._exit(0)
                *lines, rest = (rest + read).split(b"\n")
                for line in lines:
                    request = json.loads(line)
                    if "question" in request: answer_by_child(request)
                    elif begin(request): return
            else:
                waiting.unregister(descriptor)
                os.close(descriptor)
                identifier, child, answered = children.pop(descriptor)
                status = os.waitpid(child, 0)[1]
                if answered is None: say({"ended": status, "id": identifier})
                else: say_answer(identifier, answered, status == 0)

class Spy:
    """Notes what is looked for where modules are, and finds nothing."""
    @staticmethod
    def find_spec(name, path=None, target=None):
        if path is None: looked.add(name)
def noted(environment, name):
    reads.add(environment.encodekey(name))
    return known(environment, name)

handlers = {one: signal.getsignal(one) for one in LAUNCHERS}
reads, children, waiting, rest = set(), {}, select.poll(), b""
waiting.register(asked, select.POLLIN)
Environment = type(os.environ)
known = Environment.__getitem__
try:
    read_environment()
    if os.getppid() != SERVER: raise RuntimeError("it is started by a wrapper")
    if sys.path[0] == "": sys.path[0] = os.getcwd()
    Environment.__getitem__ = noted
    sys.meta_path.insert(0, Spy)
    sys.addaudithook(note)
    sys.argv, before = Arguments(["-m"]), descriptors()
    details = runpy._get_module_details(MODULE)
    sys.argv[:] = [details[1].origin]
    load()
    imported()
    sys.meta_path.remove(Spy)
    Environment.__getitem__ = known
    added = {name: value for name, value in os.environb.items() if ENVIRONMENT.get(name) != value}
    removed = ENVIRONMENT.keys() - os.environb.keys()
    # Not what is printed from here on: that Python warns of forks, from 3.12 on, is of no run.
    output = os.pread(printed, 1 << 24, 0)
    watch()
    reason = changed() or unshareable(before) or probe(unfit)
    if reason is not None: raise RuntimeError(reason)
    gc.collect()
    gc.freeze()
    memory = int(text("/proc/self/statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")
except BaseException as error:
    # First: with that word it is ended.
    end_children()
    say({"failed": f"{type(error).__name__}: {error}"[:500], "folders": sys.path[1:]})
    os._exit(1)
say({"ready": memory})
serve()
def looked_up(*_):
    """It was looked up before."""
    runpy._get_module_details = look_up
    return details
look_up, runpy._get_module_details = runpy._get_module_details, looked_up
try:
    runpy._run_module_as_main(MODULE)
    end(0)
except SystemExit as error:
    if error.code is None or type(error.code) is int: end((error.code or 0) & 0xFF)
    raise
except BaseException as error:
    # A fault is told as that of a run that Python itself has begun: without this program.
    error.__traceback__ = error.__traceback__.tb_next
    raise
`;
