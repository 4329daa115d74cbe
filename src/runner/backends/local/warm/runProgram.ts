/**
 * What a child of the parent does (`parentProgram.ts`): it leads a session, and waits for a program as the launcher of a cold start does
 * (`launcher.ts`), with the same files; its own child becomes that program, and ends as Python ends.
 */
export const RUN_PROGRAM = String.raw`
def launch(run, log, others, alive, start):
    try:
        os.setsid()
        for one in LAUNCHERS: signal.signal(one, lambda *_: None)
        leave(*others)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        os.umask(run["umask"])
        reason = unfit()
        if reason is not None: os._exit(125)
        os.environ.clear()
        os.environ.update(whole(run))
        os.environb.update(added)
        for name in removed: os.environb.pop(name, None)
        command, environment = blocks()
        overwrite(environment, pairs(whole(run)))
        words = [os.fsencode(word) for word in run["command"]]
        overwrite(command, words if fits(command, words) else words[:3])
        identity = f"{os.getpid()} {text('/proc/self/stat').rpartition(')')[2].split()[19]} {text('/proc/sys/kernel/random/boot_id').strip()}\n"
        go, release = os.pipe()
        program = os.fork()
        if program != 0:
            os.close(go)
            if os.read(start, 1) != b"!": os._exit(125)
            os.close(start)
            write(run["state"] + "/identity", identity)
            write(run["state"] + "/claim", "launcher\n", os.O_EXCL)
            os.write(release, b"!")
            os.close(release)
    except BaseException:
        os._exit(125)
    if program == 0:
        os.close(release)
        os.close(start)
        return become(run, identity, alive, go)
    gc.disable()
    os.close(answers)
    os.close(printed)
    status = os.waitpid(program, 0)[1]
    code = 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    try: write(run["state"] + "/exit", f"{code} {text('/proc/uptime').split()[0]}\n")
    finally: os._exit(code)

def write(path, content, more=0):
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | more, 0o666)
    if os.write(file, content.encode()) != len(content): os._exit(125)
    os.close(file)

def become(run, identity, alive, go):
    try:
        importlib.invalidate_caches()
        if "numpy.random" in sys.modules: sys.modules["numpy.random"].seed()
        # Until 3.13 it keeps that of the parent.
        getattr(threading.main_thread(), "_set_native_id", int)()
        sys.argv = ["-m", *run["command"][3:]]
        sys.orig_argv[:] = run["command"]
        main = sys.modules["__main__"] = types.ModuleType("__main__")
        main.__dict__.update(__annotations__={}, __builtins__=__builtins__)
        for one in LAUNCHERS: signal.signal(one, handlers[one])
        os.close(printed)
        if os.read(go, 1) != b"!": os._exit(125)
        os.close(go)
        # What imports printed, as they print it in a run.
        os.write(1, output)
    except BaseException:
        os._exit(125)
    # No one may listen any more.
    try: say({"begun": identity, "id": run["id"]})
    except OSError: pass
    os.close(answers)
    os.close(alive)
    return True

def end(code):
    """
    Ends as Python does, but for taking apart what is loaded: that writes to every page that is shared with the parent, which takes
    longer than a short evaluation, and no program can count on it (object.__del__ in Python's reference).
    """
    # Threads are waited for by Python itself: what interrupts that is ignored in a way of its own.
    if any(not one.daemon for one in threading.enumerate() if one is not threading.main_thread()): return
    threading._shutdown()
    atexit._run_exitfuncs()
    # What a run has left open is written all the same.
    for one in gc.get_objects():
        with contextlib.suppress(Exception):
            if issubclass(type(one), io.IOBase) and not one.closed: one.flush()
    for stream in (sys.stdout, sys.stderr):
        # As Python's own, where what was printed cannot be written.
        try: stream is None or stream.closed or stream.flush()
        except Exception: code = 120
    libc.fflush(None)
    os._exit(code)
`;
