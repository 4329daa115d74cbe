"""Waiting for jobs: everything but the asking, which each client does in its own way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple, Protocol, Union

from .errors import ClientError
from .streams import ENDS, Feed
from .types import EventGap, JobEvent, JobInfo


class HasJobId(Protocol):
    """What names a job: the answer to a submission, a job, a score."""

    @property
    def job_id(self) -> str: ...


JobRef = Union[str, HasJobId]


def id_of(job: JobRef) -> str:
    return job if isinstance(job, str) else job.job_id


Wanted = Literal["ended", "completed"]
Mode = Literal["all", "any"]
OnJob = Union[Callable[[JobInfo], None], None]
OnTask = Union[Callable[[JobEvent], None], None]


class Waited(NamedTuple):
    """How a wait ended."""

    met: bool
    """Whether what was waited for has come; false as soon as it no longer can."""
    jobs: list[JobInfo]
    """The jobs as they were last seen, in the order of their ids."""


class Deadline:
    """When a wait is given up."""

    def __init__(self, timeout: float | None) -> None:
        self._timeout = timeout
        self._end = None if timeout is None else time.monotonic() + timeout

    def left(self) -> float:
        """Seconds. Raises ClientError `timedOut` when none are left."""
        if self._end is None:
            return float("inf")
        left = self._end - time.monotonic()
        if left <= 0:
            raise ClientError("timedOut", f"It has not come about within {self._timeout:g} s")
        return left

    def is_late_for(self, silence: float) -> bool:
        """Whether a connection that waits so long for a sign of life could outlast it: the next comes within 15 s."""
        left = self.left()
        return left < 16 and silence > left + 1


NEVER = Deadline(None)


class Waiting:
    """Which jobs are to be looked at when, and whether what is waited for has come.

    One stream for all of them, and a look at each whenever the stream begins: nothing can happen in between.
    """

    def __init__(self, jobs: Iterable[JobRef], wanted: Wanted, mode: Mode, on_job: OnJob, on_task: OnTask) -> None:
        self._ids = list(dict.fromkeys(id_of(job) for job in jobs))
        self._wanted, self._mode, self._on_job, self._on_task = wanted, mode, on_job, on_task
        self._seen: dict[str, JobInfo] = {}
        self.feed = Feed(self._ids[0] if len(self._ids) == 1 else None)

    def asked(self, item: JobEvent | EventGap | None) -> list[str]:
        """The jobs to look at after an event; None: the stream has begun."""
        if item is None or (isinstance(item, dict) and item["type"] == "gap"):
            return [job for job in self._ids if not _is_over(self._seen.get(job))]
        event: JobEvent = item  # type: ignore[assignment]  # what is no gap
        if event.job_id not in self._ids:
            return []
        if event.type == "taskCompleted" and self._on_task is not None:
            self._on_task(event)
        return [event.job_id] if event.type in ENDS and not _is_over(self._seen.get(event.job_id)) else []

    def saw(self, job: JobInfo) -> None:
        known = job.job_id in self._seen
        self._seen[job.job_id] = job
        if self._on_job is not None and (not known or _is_over(job)):
            self._on_job(job)

    def result(self) -> Waited | None:
        """How it ended; None while it goes on."""
        jobs = [self._seen.get(job) for job in self._ids]
        has_come = [_is_over(job) if self._wanted == "ended" else _is_completed(job) for job in jobs]
        cannot_come = [_is_over(job) and not come for job, come in zip(jobs, has_come)]
        met = any(has_come) if self._mode == "any" and jobs else all(has_come)
        failed = all(cannot_come) if self._mode == "any" else any(cannot_come)
        return Waited(met, [job for job in jobs if job is not None]) if met or failed else None


def _is_over(job: JobInfo | None) -> bool:
    return job is not None and job.completed_at is not None


def _is_completed(job: JobInfo | None) -> bool:
    return job is not None and job.status == "completed"
