"""`evald-watch`: submits the checkpoints that a training writes into a folder, each at most once, across restarts."""

from __future__ import annotations

import argparse
import fcntl
import fnmatch
import hashlib
import json
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

from .checkpoints import step_of
from .client import Client
from .errors import ClientError
from .servers import server_of, token_of
from .types import EvaluateRequest

log = logging.getLogger("evald-watch")

STATE = ".evald-watch"


class State:
    """What was submitted, in a file: a line each, on disk before the next checkpoint is looked at.

    Only one watcher has it at a time. Raises BlockingIOError when another one does.
    """

    def __init__(self, path: Path) -> None:
        self._file: IO[bytes] = path.open("a+b")
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.submitted: dict[str, str] = {}
        self._file.seek(0)
        text = self._file.read()
        for line in text.splitlines():
            try:
                said = json.loads(line)
                self.submitted[said["checkpoint"]] = said["job_id"]
            except (ValueError, KeyError, TypeError):
                continue  # cut off by a crash: what it was of is sent again, with the same key
        if text and not text.endswith(b"\n"):
            self._file.write(b"\n")

    def note(self, checkpoint: str, job_id: str) -> None:
        self._file.write(json.dumps({"checkpoint": checkpoint, "job_id": job_id}).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.submitted[checkpoint] = job_id

    def close(self) -> None:
        self._file.close()


class Watcher:
    """Looks for checkpoints that are complete, and submits each of them.

    ready_file: a path below a checkpoint that the training writes last. pattern: of the names of the folders.
    """

    def __init__(
        self,
        client: Client,
        folder: Path,
        state: State,
        submission: EvaluateRequest,
        *,
        ready_file: str,
        run: str,
        pattern: str = "*",
        checkpoint_argument: str = "pretrained",
    ) -> None:
        self._client, self._folder, self._state, self._submission = client, folder.resolve(), state, submission
        self._ready_file, self._run, self._pattern, self._argument = ready_file, run, pattern, checkpoint_argument
        self._refused: set[str] = set()
        self.is_away = False
        """Whether the server could not be asked at the last look."""

    def look(self) -> list[str]:
        """Submits what is complete and was not submitted, the lowest step first. Returns the ids of their jobs.

        A server that is away is tried again at the next look.
        """
        jobs = []
        for folder in self._complete():
            try:
                job_id = self._submit(folder)
            except ClientError as error:
                if error.code == "refused" and (error.status or 500) < 500:
                    log.error("%s is refused: %s", folder.name, error)
                    self._refused.add(folder.name)
                    continue
                if not self.is_away:
                    log.warning("%s; it is tried again", error)
                self.is_away = True
                break
            if self.is_away:
                log.info("the server answers again")
                self.is_away = False
            self._state.note(folder.name, job_id)
            log.info("%s is job %s", folder.name, job_id)
            jobs.append(job_id)
        return jobs

    def _complete(self) -> list[Path]:
        try:
            names = [folder.name for folder in self._folder.iterdir()]
        except FileNotFoundError:
            return []  # the training has not made it yet
        known = self._state.submitted.keys() | self._refused
        new = [name for name in names if name not in known and fnmatch.fnmatchcase(name, self._pattern)]
        found = [self._folder / name for name in new if (self._folder / name / self._ready_file).is_file()]
        return sorted(found, key=lambda folder: (_order(step_of(folder.name)), folder.name))

    def _submit(self, folder: Path) -> str:
        step = step_of(folder.name)
        labels: Mapping[str, str | float] = {"run": self._run, **self._submission.get("labels", {})}
        if step is not None:
            labels = {"step": step, **labels}
        model_args = {**(self._submission.get("model_args") or {}), self._argument: str(folder)}
        body: EvaluateRequest = {**self._submission, "model_args": model_args, "labels": labels}
        # Of the path alone: after a crash between the submission and its note, it is the same job.
        key = hashlib.sha256(f"evald-watch\0{folder}".encode("utf-8", "surrogateescape")).hexdigest()
        try:
            answer = self._client.submit(**body, idempotency_key=key)
        except ClientError as error:
            if error.status != 409:
                raise
            # The key is that of another request: it was submitted before, and the options have changed since.
            return "submitted before"
        for warning in answer.warnings:
            log.warning("%s: %s", folder.name, warning)
        return answer.job_id


def _order(step: int | None) -> float:
    return float("inf") if step is None else step


def _value(text: str) -> Any:
    """A value as JSON has it, else a text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} should be NAME=VALUE")
    return name, _value(value)


def read_options(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="evald-watch",
        description="Submits the checkpoints that a training writes into a folder: each once, when it is complete.",
        epilog="EVALD_TOKEN: the token. It needs no connection to the training; ended and started again, it goes on.",
    )
    add = parser.add_argument
    add("dir", metavar="DIR", type=Path, help="the folder; each checkpoint is a folder in it")
    add("--ready-file", required=True, metavar="NAME", help="a file of a checkpoint that the training writes last")
    add("--model", required=True, help="model, as the harness knows it")
    add("--tasks", required=True, metavar="A,B", help="tasks to evaluate")
    add("--server", metavar="URL", help="where evald answers (default: EVALD_SERVER, else http://localhost:8000)")
    add("--run", metavar="NAME", help="label of the run (default: the name of DIR)")
    add("--pattern", default="*", metavar="GLOB", help="names of checkpoints (default: *)")
    add("--checkpoint-argument", default="pretrained", metavar="NAME", help="model argument that is its path")
    add("--model-arg", action="append", default=[], type=_pair, metavar="K=V", help="another one, as JSON or text")
    add("--label", action="append", default=[], type=_pair, metavar="K=V", help="another label")
    add("--set", action="append", default=[], type=_pair, metavar="FIELD=JSON", help="another field: num_gpus=8")
    add("--state", type=Path, metavar="FILE", help=f"what was submitted (default: DIR/{STATE})")
    add("--interval", type=float, default=10.0, metavar="S", help="seconds between two looks (default: 10)")
    add("--once", action="store_true", help="looks once, and ends")
    options = parser.parse_args(words)
    if options.interval <= 0:
        parser.error("--interval should be above 0")
    if re.match(r"/|(.*/)?\.\.(/|$)", options.ready_file):
        parser.error("--ready-file should be a path below a checkpoint")
    return options


def _fail(text: str) -> NoReturn:
    log.error(text)
    sys.exit(2)


def main(words: Sequence[str] | None = None) -> None:
    """The command. Exit: 0 ended by a signal, or it has looked once; 1 then the server was away; 2 it cannot begin."""
    logging.basicConfig(format="evald-watch: %(message)s", stream=sys.stderr, level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    options = read_options(words)
    folder: Path = options.dir
    given = {
        "model": options.model,
        "tasks": options.tasks.split(","),
        "model_args": dict(options.model_arg),
        "labels": dict(options.label),
    }
    submission: EvaluateRequest = {**given, **dict(options.set)}  # type: ignore[typeddict-item]  # the server checks it
    over = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: over.set())
    try:
        client = Client(server_of(options.server), token_of(None))
        state_file = options.state or folder / STATE
        state_file.parent.mkdir(parents=True, exist_ok=True)
        state = State(state_file)
    except BlockingIOError:
        _fail(f"another watcher has {options.state or folder / STATE}; give this one a --state of its own")
    except (OSError, ValueError) as error:
        _fail(str(error))
    watcher = Watcher(
        client,
        folder,
        state,
        submission,
        ready_file=options.ready_file,
        run=options.run or folder.resolve().name,
        pattern=options.pattern,
        checkpoint_argument=options.checkpoint_argument,
    )
    with client:
        log.info("watches %s for %s", folder, options.ready_file)
        while not over.is_set():
            watcher.look()
            if options.once:
                break
            over.wait(options.interval)
    state.close()
    if options.once and watcher.is_away:
        sys.exit(1)


if __name__ == "__main__":
    main()
