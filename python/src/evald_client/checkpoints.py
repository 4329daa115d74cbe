"""Checkpoints of a training, evaluated beside it: what the callbacks of the trainers have in common.

The training's own thread pins a checkpoint and leaves it in a queue; a thread of its own asks the server. Whatever goes
wrong there is logged once, and never reaches the training.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import os
import queue
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .client import Client
from .errors import ClientError
from .types import EvaluateRequest, JobInfo

log = logging.getLogger("evald_client")

Pin = Literal["link", "copy", "none"]

NOT_EVALUATED = ("optimizer*", "scheduler.pt", "scaler.pt", "rng_state*")
"""Names of what only a training that goes on needs: it is not pinned."""


@dataclass(frozen=True)
class Scores:
    """What a job has found of a checkpoint."""

    step: int
    job: JobInfo

    def numbers(self, prefix: str) -> dict[str, float]:
        """The scores by name: `<prefix>task/metric`, and `<prefix>step`, which is the step of the checkpoint."""
        numbers: dict[str, float] = {f"{prefix}step": self.step}
        for task, metrics in (self.job.metrics or {}).items():
            for name, metric in metrics.items():
                if metric.value is not None:
                    numbers[f"{prefix}{task}/{name.replace(',', '/')}"] = metric.value
        return numbers


class Pins:
    """Copies of checkpoints, by hard links, which are there until they have been evaluated.

    A link costs no room while the checkpoint is there; when the trainer has deleted it, its files stay for as long as
    they are pinned. Beside each pin stands a note of its job, so that a training that goes on finds it again.
    """

    def __init__(self, folder: Path, how: Pin) -> None:
        self._folder, self._how = folder, how

    def add(self, checkpoint: Path) -> Path:
        """Where the pinned one is. Raises OSError when it cannot be pinned."""
        if self._how == "none":
            return checkpoint
        self._folder.mkdir(parents=True, exist_ok=True)
        place = self._folder / self.free_name(checkpoint)
        draft = self._folder / f".{place.name}.draft"
        _remove(draft)
        take: Callable[[str, str], object] = shutil.copy2 if self._how == "copy" else os.link
        if checkpoint.is_dir():
            shutil.copytree(checkpoint, draft, copy_function=take, ignore=shutil.ignore_patterns(*NOT_EVALUATED))
        else:
            take(str(checkpoint), str(draft))
        draft.rename(place)
        return place

    def free_name(self, checkpoint: Path) -> str:
        """Its name, or with a number: one of the same name may still be evaluated, when a training was set back."""
        for number in itertools.count(2):
            name = checkpoint.name if number == 2 else f"{checkpoint.stem}.{number - 1}{checkpoint.suffix}"
            if not (self._folder / name).exists() and not (self._folder / f"{name}.json").exists():
                return name
        raise AssertionError("numbers do not end")

    def note(self, job: _Job) -> None:
        """Keeps what is known of the evaluation of a checkpoint."""
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._folder / f".{job.name}.note"
        draft.write_text(json.dumps({"step": job.step, "key": job.key, "job_id": job.job_id, "body": job.body}))
        draft.replace(self._folder / f"{job.name}.json")

    def noted(self) -> Iterator[_Job]:
        """What an earlier training left, in the order of its steps."""
        jobs = []
        for file in self._folder.glob("*.json"):
            try:
                said = json.loads(file.read_text())
                jobs.append(_Job(file.stem, int(said["step"]), str(said["key"]), said["body"], said["job_id"]))
            except (OSError, ValueError, KeyError, TypeError):
                log.warning("evald: %s is no note of a checkpoint, and is left alone", file)
        yield from sorted(jobs, key=lambda job: job.step)

    def remove(self, job: _Job) -> None:
        """Lets a checkpoint go."""
        if self._how != "none":
            _remove(self._folder / job.name)
        (self._folder / f"{job.name}.json").unlink(missing_ok=True)

    def close(self) -> None:
        """Removes the folder, unless there is something in it."""
        with suppress(OSError):
            self._folder.rmdir()


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


@dataclass
class _Job:
    """An evaluation of a checkpoint, submitted or to be."""

    name: str
    step: int
    key: str
    body: EvaluateRequest
    job_id: str | None = None


class Evaluations:
    """Submits checkpoints, and brings their scores, by a thread of its own.

    client: the server; it is closed in the end. submission: what is asked of every checkpoint; `checkpoint_argument` of
    its `model_args` becomes the path, and the labels get `run` and `step`. folder: where pins and notes are. limit:
    checkpoints that may wait for the server. interval: seconds between two looks at what runs.
    """

    def __init__(
        self,
        client: Client,
        submission: EvaluateRequest,
        *,
        run: str,
        folder: Path,
        pin: Pin = "link",
        checkpoint_argument: str = "pretrained",
        limit: int = 100,
        interval: float = 5.0,
    ) -> None:
        self._client, self._submission, self._run = client, submission, run
        self._argument, self._interval = checkpoint_argument, interval
        self._pins = Pins(folder, pin)
        self._new: queue.Queue[_Job] = queue.Queue(limit)
        self._running: dict[str, _Job] = {}
        self._scores: queue.SimpleQueue[Scores] = queue.SimpleQueue()
        self._said: set[str] = set()
        self._is_away = False
        # Guards what is under way, which the training's thread counts.
        self._open = 0
        self._unsent = 0
        self._changed = threading.Condition()
        self._over = threading.Event()
        self._earlier = list(self._pins.noted())
        for job in self._earlier:
            self._count(1, 0 if job.job_id else 1)
        self._thread = threading.Thread(target=self._work, name="evald", daemon=True)
        self._thread.start()

    def add(self, checkpoint: str | os.PathLike[str], step: int) -> None:
        """Has a checkpoint evaluated. Neither waits for the server nor raises; what it cannot do is logged."""
        try:
            path = Path(checkpoint).resolve()
            name, place = self._pinned(path)
            model_args = {**(self._submission.get("model_args") or {}), self._argument: str(place)}
            labels = {"run": self._run, **self._submission.get("labels", {}), "step": step}
            body: EvaluateRequest = {**self._submission, "model_args": model_args, "labels": labels}
            stamp = place.stat().st_mtime_ns if self._submission.get("ready_file") is None else 0
            job = _Job(name, step, _key(str(path), stamp, body), body)
            self._pins.note(job)
            try:
                self._new.put_nowait(job)
            except queue.Full:
                text = "%d checkpoints wait for the server already: that of step %d is not evaluated"
                self._say_once("full", text, self._new.maxsize, step)
                self._pins.remove(job)
                return
            self._count(1, 1)
        except Exception as error:
            self._say_once(f"add {type(error).__name__}", "the checkpoint of step %d is not evaluated: %s", step, error)

    def scores(self) -> Iterator[Scores]:
        """What has arrived since it was last asked. Does not wait."""
        while True:
            try:
                yield self._scores.get_nowait()
            except queue.Empty:
                return

    def wait(self, timeout: float | None = None, *, sent: bool = False, patience: float = 0.0) -> Iterator[Scores]:
        """What arrives until all has been evaluated, or submitted (`sent`).

        timeout: seconds, at most. patience: seconds for which the server may be away.
        """
        end = float("inf") if timeout is None else time.monotonic() + timeout
        away_until: float | None = None
        while True:
            yield from self.scores()
            with self._changed:
                now = time.monotonic()
                away_until = (away_until or now + patience) if self._is_away else None
                left = min(end, away_until or end) - now
                if (self._unsent if sent else self._open) == 0 or left <= 0 or not self._thread.is_alive():
                    break
                self._changed.wait(min(left, 1.0))
        yield from self.scores()

    def finish(self, wait: bool | float, patience: float) -> Iterator[Scores]:
        """Ends it: with what arrives until all has been evaluated if it is to wait, or for so many seconds.

        What is not evaluated then stays pinned, and is taken up by the next training of the folder.
        """
        # What was just saved is submitted all the same, when the server is there.
        yield from self.wait(10.0, sent=True)
        if wait is not False:
            yield from self.wait(None if wait is True else float(wait), patience=patience)
        self._over.set()
        self._thread.join(timeout=1.0)
        yield from self.scores()
        self._pins.close()
        if self._open > 0:
            log.warning("evald: %d checkpoints are not evaluated yet; the next training of the folder asks", self._open)

    def _pinned(self, checkpoint: Path) -> tuple[str, Path]:
        """Its name among what is pinned, and where it is evaluated."""
        name = self._pins.free_name(checkpoint)
        try:
            return name, self._pins.add(checkpoint)
        except OSError as error:
            if not checkpoint.exists():
                raise
            self._say_once("pin", "checkpoints are not pinned, and may be deleted too early; see pin=: %s", error)
            return name, checkpoint

    def _work(self) -> None:
        try:
            waiting = [job for job in self._earlier if job.job_id is None]
            self._running = {job.job_id: job for job in self._earlier if job.job_id is not None}
            pause = 0.0
            while not self._over.is_set():
                try:
                    if not waiting:
                        waiting.append(self._new.get(timeout=self._interval))
                except queue.Empty:
                    pass
                if self._do(waiting):
                    pause = 0.0
                else:
                    pause = min(60.0, max(1.0, pause * 2))
                    self._over.wait(pause)
        except Exception:
            log.exception("evald: checkpoints are not evaluated any more; the training goes on")
        finally:
            self._client.close()

    def _do(self, waiting: list[_Job]) -> bool:
        """Submits what waits, and looks at what runs. Returns whether the server was there."""
        try:
            while waiting:
                self._submit(waiting[0])
                waiting.pop(0)
            for job in list(self._running.values()):
                self._look(job)
        except ClientError as error:
            if not self._is_away:
                log.warning("evald: %s; the training goes on, and it is tried again", error)
            with self._changed:
                self._is_away = True
                self._changed.notify_all()
            return False
        if self._is_away:
            log.warning("evald: the server answers again")
            with self._changed:
                self._is_away = False
        return True

    def _submit(self, job: _Job) -> None:
        try:
            answer = self._client.submit(**job.body, idempotency_key=job.key, patience=0)
        except ClientError as error:
            if error.may_pass or error.code in ("timedOut", "unauthorized", "notEvald"):
                raise
            self._say_once(f"refused {error}", "the checkpoint of step %d is refused: %s", job.step, error)
            self._pins.remove(job)
            self._count(-1, -1)
            return
        for warning in answer.warnings:
            self._say_once(f"warning {warning}", "the server warns: %s", warning)
        job.job_id = answer.job_id
        self._pins.note(job)
        self._running[answer.job_id] = job
        self._count(0, -1)

    def _look(self, job: _Job) -> None:
        job_id = job.job_id or ""
        try:
            now = self._client.job(job_id)
        except ClientError as error:
            if error.code != "notFound":
                raise
            self._say_once(
                "forgotten", "the server has forgotten the job of step %d; its scores are not logged", job.step
            )
            now = None
        if now is not None:
            if now.completed_at is None:
                return
            if now.status == "completed":
                self._scores.put(Scores(job.step, now))
            else:
                log.warning("evald: the checkpoint of step %d has no scores: %s", job.step, now.error or now.status)
        del self._running[job_id]
        self._pins.remove(job)
        self._count(-1, 0)

    def _count(self, open_: int, unsent: int) -> None:
        with self._changed:
            self._open += open_
            self._unsent += unsent
            self._changed.notify_all()

    def _say_once(self, what: str, text: str, *values: object) -> None:
        if what not in self._said:
            self._said.add(what)
            log.warning(f"evald: {text}", *values)


def _key(path: str, stamp: int, body: Mapping[str, Any]) -> str:
    """The same for the same checkpoint and question, so that it is one job however often it is sent."""
    text = json.dumps([path, stamp, body], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def step_of(name: str) -> int | None:
    """The number at the end of the name of a checkpoint: `checkpoint-500`, `step_500`; None when it has none."""
    found = re.search(r"(\d+)\D*$", name)
    return int(found[1]) if found else None
