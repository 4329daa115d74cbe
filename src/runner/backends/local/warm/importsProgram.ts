/**
 * What imports of a warm parent did that runs would share, or meet in another way, than if each had imported by itself.
 *
 * Python reports what it opens to a hook (PEP 578), also where its library is used from C. The hook stays, for none can be
 * taken away, and notes nothing once `imported()` was called.
 */
export const IMPORTS_PROGRAM = `
read_files, has_arguments, is_noting = set(), False, True
# Made anew at each look; and which files of time zones there are is all that is read of them.
LIVE = ("/proc/", "/sys/", "/dev/")
def note(event, given):
    if not is_noting or event != "open": return
    path, mode, flags = given
    is_written = any(letter in mode for letter in "wax+") if isinstance(mode, str) else flags & (os.O_WRONLY | os.O_RDWR)
    if is_written or not isinstance(path, (str, bytes, os.PathLike)): return
    path = os.path.abspath(os.fsdecode(path))
    if not path.endswith(".pyc") and not path.startswith(LIVE) and "/zoneinfo/" not in path: read_files.add(path)

class Arguments(list):
    """Those of a run, of which a parent has only the first: the program."""
    def __getitem__(self, index):
        if index != 0: self.note()
        return super().__getitem__(index)
    def __iter__(self):
        self.note()
        return super().__iter__()
    def __len__(self):
        self.note()
        return super().__len__()
    @staticmethod
    def note():
        global has_arguments
        has_arguments = True

def imported():
    """To be called when all that is a run's own, and not of the imports, begins. Once is enough."""
    global is_noting
    is_noting = False

def children_of(process):
    return [int(child) for task in os.listdir(f"/proc/{process}/task") for child in text(f"/proc/{process}/task/{task}/children").split()]
def end_children():
    """Those that an import began belong to no run, and the parent ends."""
    for child in children_of("self"):
        with contextlib.suppress(OSError): os.kill(child, signal.SIGKILL)

def descriptors():
    found = {}
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError): found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
    return found

def unshareable(before):
    """Why runs would share what each has for itself when it imports alone. before: the descriptors that were open then."""
    if has_arguments or [other for other in gc.get_referrers(sys.argv) if other is not vars(sys)]: return "what it has imported reads the arguments of a run"
    if children_of("self"): return "what it has imported has started processes"
    held = sorted(path for number, path in descriptors().items() if number not in before and path not in HARMLESS)
    return f"what it has imported holds {', '.join(held)}" if held else None
`;
