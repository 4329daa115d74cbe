"""Runs `inspect eval-set` for evald, and writes what it measured in the shape that evald reads.

    python evald_inspect.py --config=FILE --output=DIR [--resume=DIR] eval-set TASK… --model=M --log-dir=LOGS …

All from `eval-set` on goes to inspect's own command line as it is. FILE is JSON, `{"model_args": {…}, "generate_config":
{…}}`: what may hold a credential, and so is on no command line. Under DIR it writes, named by the model and by when it began,

- `inspect_<time>_<task>.jsonl`: a line a sample, as soon as the task has ended,
- `inspect_<time>.json`: scores as task → `scorer/metric`, written again after each task,

and it prints how many samples are done. Inspect's own logs stay in LOGS. Tasks whose evaluation failed have no scores, and their
reason under `faults`: inspect's exit code is kept only where there is nothing of its own to be read.
"""

import glob
import json
import os
import re
import secrets
import shutil
import sys
import time
from datetime import datetime, timezone
from itertools import takewhile
from pathlib import Path
from urllib.parse import quote

from evald_inspect_log import facts_of, sample_rows, source_of

OPTIONS = ("config", "output", "resume")
# Characters that the name of a file has as they are, beside letters and digits.
SAFE = " @+-=,"
LONGEST_NAME = 120
# Seconds between two lines of progress.
PAUSE = 0.5


def main(words):
    own, words = split_words(words)
    with open(own["config"], encoding="utf-8") as file:
        config = json.load(file)
    base_url = (config.get("model_args") or {}).pop("base_url", None)
    held = [private_file("--model-config", config.get("model_args")), private_file("--generate-config", config.get("generate_config"))]
    logs = next(word.split("=", 1)[1] for word in words if word.startswith("--log-dir="))
    specs = list(takewhile(lambda word: not word.startswith("-"), words[1:]))
    output = Output(own["output"], logs, specs)
    if "resume" in own:
        words = [*words, *resume(own["resume"], output.logs)]
    follow(output)
    sys.argv = ["inspect", words[0], *spelled(specs), *words[1 + len(specs) :], *filter(None, held), *([f"--model-base-url={base_url}"] if base_url else [])]
    from inspect_ai._cli.main import main as inspect_main

    try:
        inspect_main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    # Tasks that were evaluated by an earlier call of the same set do not end a second time.
    output.write_all()
    # 1: not every task is a success, and `faults` says which one is not and why.
    return 0 if code == 1 and output.tasks and output.is_ended else code


def split_words(words):
    own = {}
    while words and words[0].startswith("--") and words[0][2:].split("=", 1)[0] in OPTIONS:
        name, own[name] = words[0][2:].split("=", 1)[0], words[0].split("=", 1)[1]
        words = words[1:]
    return own, words


def spelled(specs):
    """Names of tasks, with those of a whole file or folder one by one: of absolute paths inspect takes those alone."""
    from inspect_ai._eval.list import tasks_in_dir
    from inspect_ai._util.decorator import parse_decorators

    for spec in specs:
        if not os.path.isabs(spec) or not os.path.exists(spec):
            yield spec
            continue
        for path in tasks_in_dir(Path(spec)) if os.path.isdir(spec) else [Path(spec)]:
            yield from (f"{path}@{name}" for name, _ in parse_decorators(path, "task"))


def private_file(option, value):
    """An option with a file that no other user can read and that is gone with this process; None where there is no value."""
    if not value:
        return None
    descriptor = os.memfd_create(option)
    os.write(descriptor, json.dumps(value).encode())
    return f"{option}=/proc/self/fd/{descriptor}"


def resume(folder, logs):
    """Puts the logs of tasks that an earlier run did not finish where inspect goes on from them. Returns options for that."""
    from inspect_ai.log import read_eval_log

    found = False
    # Those of a job that ran its tasks one by one lie a folder deeper.
    found_in = [os.path.join(glob.escape(folder), *deeper, "inspect_logs_*", "*.json") for deeper in ([], ["*"])]
    for path in [path for pattern in found_in for path in glob.glob(pattern)]:
        try:
            unfinished = read_eval_log(path, header_only=True).status != "success"
        except Exception:
            # One that was being written, or is none.
            continue
        if unfinished:
            os.makedirs(logs, exist_ok=True)
            shutil.copy(path, logs)
            found = True
    # Of tasks that are not asked this time inspect takes no notice.
    return ["--log-dir-allow-dirty"] if found else []


class Output:
    """What is written of a run: each task once it has ended, and the results of all that have."""

    def __init__(self, folder, logs, specs):
        # Where to write; where inspect writes; names on the command line, of tasks and more.
        self.folder, self.logs, self.specs = folder, logs, specs
        self.stamp = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S}_{secrets.token_hex(3)}"
        self.tasks = {}
        # Logs as they were when they were read.
        self.read = set()
        # Names of tasks that have not ended.
        self.pending = []
        self.is_ended = False
        self.began = time.time()

    def write_all(self):
        """Of all tasks that were asked: what an earlier run left of others is none of this one's."""
        from inspect_ai.log import list_eval_logs, read_eval_log

        newest = {}
        for info in list_eval_logs(self.logs, descending=False):
            newest[info.task_id] = info.name
        for location in newest.values():
            task = source_of(read_eval_log(location, header_only=True).eval)
            if any(stands_for(spec, task) for spec in self.specs):
                self.write(location)

    def write(self, location):
        """Of a task that has ended what its log says. A log that is written again replaces what was read of it."""
        from inspect_ai.log import read_eval_log

        found = os.stat(location.removeprefix("file://"))
        state = (location, found.st_mtime_ns, found.st_size)
        if state in self.read:
            return
        self.read.add(state)
        log = read_eval_log(location, resolve_attachments="core")
        folder = os.path.join(self.folder, plain(log.eval.model))
        os.makedirs(folder, exist_ok=True)
        known = self.tasks.get(log.eval.task_id)
        name = known["name"] if known else self.name_of(log)
        if log.samples and log.status in ("success", "error", "cancelled"):
            path = os.path.join(folder, f"inspect_{self.stamp}_{quote(name, safe=SAFE)}.jsonl")
            replace(path, (json.dumps(row) + "\n" for row in sample_rows(log)))
        self.tasks[log.eval.task_id] = {**facts_of(log), "name": name, "cached": self.cached_in(log)}
        if not known and log.eval.task in self.pending:
            self.pending.remove(log.eval.task)
        path = os.path.join(folder, f"inspect_{self.stamp}.json")
        replace(path, [json.dumps(self.results(), indent=1)])

    def cached_in(self, log):
        """How many answers were there before this run began."""
        return sum(1 for sample in log.samples or [] if sample.completed_at and datetime.fromisoformat(sample.completed_at).timestamp() < self.began)

    def name_of(self, log):
        """The task's own name; with its file where another task has the same."""
        taken = {task["name"] for task in self.tasks.values()}
        name = log.eval.task
        return name if name not in taken else f"{log.eval.task_file or log.eval.task_registry_name}@{name}"

    def results(self):
        import inspect_ai

        tasks = list(self.tasks.values())
        by_name = lambda key: {task["name"]: task[key] for task in tasks if task[key] is not None}
        return {
            "results": by_name("scores"),
            "group_subtasks": self.groups(tasks),
            "counts": by_name("counts"),
            "cached": by_name("cached"),
            "faults": {**{name: "its evaluation did not end" for name in self.pending}, **by_name("fault")},
            "higher_is_better": by_name("higher_is_better"),
            "n-samples": by_name("samples"),
            "versions": by_name("version"),
            "n-shot": by_name("fewshot"),
            "configs": by_name("config"),
            "config": tasks[0]["asked"] if tasks else {},
            "model_name": tasks[0]["asked"]["model"] if tasks else None,
            "git_hash": next((task["commit"] for task in tasks if task["commit"]), None),
            "inspect_version": inspect_ai.__version__,
            "total_evaluation_time_seconds": round(time.time() - self.began, 3),
        }

    def groups(self, tasks):
        """What of the command line is no task's name → the tasks that it stands for."""
        groups = {}
        all_tasks = [*tasks, *({"name": name, "registered": name, "file": None} for name in self.pending)]
        for spec in self.specs:
            members = [task["name"] for task in all_tasks if stands_for(spec, task)]
            if members and members != [spec]:
                groups[spec] = members
        return groups


def stands_for(spec, task):
    """Whether a task is one of those that a name on the command line means. Of one that has not ended its file is not known."""
    path, _, name = spec.partition("@")
    if not (name or path.endswith(".py") or os.path.exists(path)):
        return path in (task["registered"], task["name"])
    file, target = task["file"] and os.path.realpath(task["file"]), os.path.realpath(path)
    return (file is None or file == target or file.startswith(target + os.sep)) and name in ("", task["registered"])


def plain(name):
    """A name as that of a file."""
    safe = re.sub(r"[^\w.@+-]", lambda found: "__" if found[0] == "/" else "_", name)
    return safe[-LONGEST_NAME:].lstrip(".") or "_"


def replace(path, parts):
    """Whole or not at all: it may be read, and this process may end, at any moment."""
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.writelines(parts)
    os.replace(f"{path}.new", path)


def follow(output):
    """Has inspect tell of each sample and each task that has ended."""
    from inspect_ai.hooks import Hooks, hooks

    counts = {"done": 0, "total": 0, "told": 0.0}
    names = {}

    def tell(task, is_due=False):
        if is_due or counts["done"] >= counts["total"] or time.monotonic() - counts["told"] >= PAUSE:
            counts["told"] = time.monotonic()
            print(f"evald: {counts['done']}/{counts['total']} samples, {task}", file=sys.stderr, flush=True)

    @hooks(name="evald", description="tells evald how far the evaluation is")
    class Followed(Hooks):
        async def on_run_start(self, data):
            output.pending.extend(data.task_names)

        async def on_task_start(self, data):
            counts["total"] += len(data.spec.dataset.sample_ids or []) * (data.spec.config.epochs or 1)
            names[data.eval_id] = data.spec.task
            tell(data.spec.task)

        async def on_sample_end(self, data):
            counts["done"] += 1
            tell(names.get(data.eval_id, "samples"))

        async def on_task_end(self, data):
            if data.log.location:
                output.write(data.log.location)
            tell(data.log.eval.task, True)

        async def on_eval_set_end(self, data):
            output.is_ended = True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
