"""The client that waits for each answer."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

import httpx

from . import calls, pages
from .errors import ClientError
from .requests import Call, Repeating, Target
from .sse import Parser
from .streams import Feed, Live, Log, OnConnection, Reconnecting, Stream, ended, take
from .types import (
    EventGap,
    JobEvent,
    JobInfo,
    ListJobsQuery,
    ListSamplesQuery,
    ListScoresQuery,
    LiveStates,
    Score,
    TransitionReport,
)
from .waiting import NEVER, Deadline, JobRef, Mode, OnJob, OnTask, Waited, Waiting, Wanted, id_of

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec, Self, Unpack

    P = ParamSpec("P")

T = TypeVar("T")


def _asking(make: Callable[P, Call[T]]) -> Callable[Concatenate[Client, P], T]:
    """A method that asks what a function of `calls` says, and has its name, arguments and docstring."""

    @functools.wraps(make)
    def method(self: Client, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._ask(make(*args, **kwargs))

    return cast("Callable[Concatenate[Client, P], T]", method)


class Client:
    """A client of one server. Every method raises `ClientError`, and nothing else that has to do with the server.

    url: where the server answers, `http://localhost:8000`; one with a password (`http://name:token@host`) brings the
    token. timeout: seconds without anything from the server after which a call is given up; None: any time. http: an
    httpx client of your own, with its proxies and certificates; it is yours to close.

    Raises ValueError when the address or the token cannot be one. It can be used from several threads.
    """

    def __init__(
        self, url: str, token: str | None = None, *, timeout: float | None = 60.0, http: httpx.Client | None = None
    ) -> None:
        self._target = Target(url, token)
        self._timeout = timeout
        self._is_own = http is None
        # The server closes idle connections after 5 s.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=8, keepalive_expiry=4.0)
        self._http = httpx.Client(limits=limits) if http is None else http

    submit = _asking(calls.submit)
    dry_run = _asking(calls.dry_run)
    job = _asking(calls.job)
    jobs = _asking(calls.jobs)
    cancel = _asking(calls.cancel)
    stop = _asking(calls.stop)
    retry = _asking(calls.retry)
    reprioritise = _asking(calls.reprioritise)
    act = _asking(calls.act)
    queue = _asking(calls.queue)
    pause = _asking(calls.pause)
    resume = _asking(calls.resume)
    log = _asking(calls.log)
    results = _asking(calls.results)
    samples = _asking(calls.samples)
    artifacts = _asking(calls.artifacts)
    artifact = _asking(calls.artifact)
    scores = _asking(calls.scores)
    export_scores = _asking(calls.export_scores)
    compare = _asking(calls.compare)
    gate = _asking(calls.gate)
    import_runs = _asking(calls.import_runs)
    health = _asking(calls.health)
    caller = _asking(calls.caller)
    harnesses = _asking(calls.harnesses)
    tasks = _asking(calls.tasks)
    models = _asking(calls.models)
    merge = _asking(calls.merge)
    hook_checkpoint = _asking(calls.hook_checkpoint)
    poll_hook = _asking(calls.poll_hook)
    machines = _asking(calls.machines)
    machine = _asking(calls.machine)
    live = _asking(calls.live)
    metrics = _asking(calls.metrics)
    openapi = _asking(calls.openapi)
    docs = _asking(calls.docs)
    page = _asking(calls.page)
    page_part = _asking(calls.page_part)

    def all_jobs(self, **query: Unpack[ListJobsQuery]) -> Iterator[JobInfo]:
        """All jobs that are kept, page by page."""
        return self._all(pages.jobs(**query))

    def all_samples(self, job: JobRef, task: str, **query: Unpack[ListSamplesQuery]) -> Iterator[dict[str, Any]]:
        """All samples of a task, page by page."""
        return self._all(pages.samples(job, task, **query))

    def all_scores(self, **query: Unpack[ListScoresQuery]) -> Iterator[Score]:
        """All scores, page by page."""
        return self._all(pages.scores(**query))

    def save_artifact(self, job: JobRef, path: str, file: IO[bytes]) -> None:
        """Writes a file of a run, of any size, into an open file."""
        call = calls.artifact(job, path)
        with closing(self._send(call, stream=True)) as answer:
            try:
                for piece in answer.iter_bytes():
                    file.write(piece)
            except httpx.HTTPError as error:
                raise self._target.lost(error) from error

    def events(
        self,
        *,
        job: JobRef | None = None,
        after: int | None = None,
        follow: bool | None = None,
        patience: float | None = None,
        on_connection: OnConnection = None,
    ) -> Iterator[JobEvent | EventGap]:
        """What happens to jobs, in order and without a gap, across losses of the connection and restarts of the server.

        job: only of this one; then it begins with its submission and ends with its end. after: number of the last event
        that is known; 0: all that are kept; from now on if left out. follow: False ends it with the last event that is
        there. patience: seconds for which a server that was reached once may be away; any time if left out.

        Events that are no longer kept stand as a gap (`type` is "gap") between those before and those after.
        """
        feed = Feed(None if job is None else id_of(job), after, follow)
        items = self._items(feed, Reconnecting(patience, on_connection))
        return _without_none(items)

    def follow_log(
        self,
        job: JobRef,
        *,
        tail: int | None = None,
        raw: bool | None = None,
        task: str | None = None,
        attempt: int | None = None,
        patience: float | None = None,
        on_connection: OnConnection = None,
    ) -> Iterator[str]:
        """What is there of a log, and what comes, until the job has ended.

        Nothing is missing after a lost connection or a restart of the server; only the line that was under way then
        comes again.
        """
        log = Log(id_of(job), {"tail": tail, "raw": raw, "task": task, "attempt": attempt})
        items = self._items(log, Reconnecting(patience, on_connection))
        return _without_none(items)

    def live_transitions(
        self, *, patience: float | None = None, on_connection: OnConnection = None
    ) -> Iterator[LiveStates | TransitionReport]:
        """The states of all charts, then each transition. What happens while the connection is lost is not in it."""
        items = self._items(Live(), Reconnecting(patience, on_connection))
        return _without_none(items)

    def wait(
        self, job: JobRef, *, timeout: float | None = None, patience: float | None = None, on_task: OnTask = None
    ) -> JobInfo:
        """Waits until a job has ended, in whatever way, through losses of the connection and restarts of the server.

        timeout: seconds, then it raises `timedOut`. patience: seconds for which the server may be away; any time
        if left out. on_task: is called when the run of a task of a split job has ended meanwhile.
        """
        return self.wait_all([job], timeout=timeout, patience=patience, on_task=on_task).jobs[0]

    def wait_all(
        self,
        jobs: Iterable[JobRef],
        *,
        wanted: Wanted = "ended",
        mode: Mode = "all",
        timeout: float | None = None,
        patience: float | None = None,
        on_job: OnJob = None,
        on_task: OnTask = None,
        on_connection: OnConnection = None,
    ) -> Waited:
        """Waits until jobs have ended, or completed; `mode="any"`: until one has.

        It is not met as soon as what is waited for can no longer come. on_job: is called with each job when it is first
        known, and again when it has ended.
        """
        waiting = Waiting(jobs, wanted, mode, on_job, on_task)
        waited = waiting.result()
        if waited is not None:
            return waited

        def look(item: JobEvent | EventGap | None) -> None:
            for asked in waiting.asked(item):
                waiting.saw(self.job(asked))

        for _ in self._items(waiting.feed, Reconnecting(patience, on_connection), Deadline(timeout), look):
            waited = waiting.result()
            if waited is not None:
                return waited
        raise ClientError("notEvald", "The feed of a job has ended before the job")

    def close(self) -> None:
        """Closes its connections."""
        if self._is_own:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _send(self, call: Call[Any], stream: bool) -> httpx.Response:
        """Sends a request. An answer that is none is read and raised; of a stream no other is read."""
        request = self._target.request(self._http, call, self._timeout)
        try:
            answer = self._http.send(request, stream=stream, follow_redirects=False)
            if not self._target.is_answer(call, answer):
                try:
                    answer.read()
                finally:
                    answer.close()
                raise self._target.refusal(answer)
            return answer
        except httpx.HTTPError as error:
            raise self._target.lost(error) from error

    def _ask(self, call: Call[T]) -> T:
        repeating = Repeating(call.patience)
        while True:
            try:
                return self._target.read(call, self._send(call, stream=False))
            except ClientError as error:
                time.sleep(repeating.after(error))

    def _items(
        self,
        stream: Stream[T],
        reconnecting: Reconnecting,
        deadline: Deadline = NEVER,
        look: Callable[[T | None], None] = lambda _: None,
    ) -> Iterator[T | None]:
        """What comes by one connection after the other; None when one has begun.

        look: is called with each before it is given; when it meets a lost connection, there is another one.
        """
        parser = Parser()
        while True:
            lost: ClientError | None = None
            try:
                call = stream.call(parser.last_id)
                silence = min(call.timeout or 0, deadline.left())
                with closing(self._send(call.with_timeout(silence), stream=True)) as answer:
                    reconnecting.opened()
                    parser = Parser(parser.last_id)
                    look(None)
                    yield None
                    yield from stream.began()
                    if answer.status_code == 204:
                        return
                    for text in answer.iter_text():
                        for message in parser.feed(text):
                            for item in take(self._target, stream, message):
                                look(item)
                                yield item
                            if stream.is_over:
                                return
                        if deadline.is_late_for(silence):
                            break
                    else:
                        lost = ended()
            except httpx.HTTPError as error:
                lost = self._target.lost(error)
            except ClientError as error:
                lost = error
            left = deadline.left()
            if lost is not None:
                time.sleep(min(reconnecting.lost(lost), left))

    def _all(self, list_of: pages.Pages[T]) -> Iterator[T]:
        while list_of.call is not None:
            yield from list_of.take(self._ask(list_of.call))


def _without_none(items: Iterator[T | None]) -> Iterator[T]:
    return (item for item in items if item is not None)
