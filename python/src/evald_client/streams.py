"""Streams that go on after a lost connection: everything but the sending, which each client does in its own way."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Generic, Literal, NamedTuple, TypeVar, Union

from .errors import ClientError
from .record import Record, loads
from .requests import Call, Target, wait_before
from .sse import Message
from .types import EventGap, JobEvent, LiveStates, TransitionReport

T = TypeVar("T")

SILENCE = 45.0
"""Seconds of silence after which a connection counts as lost: the server sends a comment every 15 s."""
HELD = 5.0
"""Seconds after which a connection counts as one that held."""

ENDS = frozenset(("completed", "failed", "cancelled"))


class Connection(NamedTuple):
    """How the connection of a stream is."""

    state: Literal["open", "lost"]
    error: ClientError | None = None
    """Why it was lost."""
    retry_in: float = 0.0
    """Seconds until the next attempt."""


OnConnection = Union[Callable[[Connection], None], None]


class Reconnecting:
    """When there is another connection. The first must come about; those after it are tried with growing waits."""

    def __init__(self, patience: float | None, on_connection: OnConnection) -> None:
        self._patience = float("inf") if patience is None else patience
        self._say = on_connection or (lambda _: None)
        self._opened_at: float | None = None
        self._lost_at: float | None = None
        self._failures = 0

    def opened(self) -> None:
        self._opened_at, self._lost_at = time.monotonic(), None
        self._say(Connection("open"))

    def lost(self, error: ClientError) -> float:
        """Seconds until the next attempt. Raises what does not pass, and the first attempt's error."""
        # Silence of a stream is a lost connection.
        if self._opened_at is None or not (error.may_pass or error.code == "timedOut"):
            raise error
        now = time.monotonic()
        if self._lost_at is None and now - self._opened_at > HELD:
            self._failures = 0
        if self._lost_at is None:
            self._lost_at = now
        left = self._patience - (now - self._lost_at)
        if left <= 0:
            raise error
        retry_in = min(max(wait_before(self._failures), error.retry_after or 0.0), left)
        self._failures += 1
        self._say(Connection("lost", error, retry_in))
        return retry_in


class Stream(Generic[T]):
    """What a stream of messages says: made anew for each call, given its messages one after the other."""

    is_over = False
    """Whether all has come."""

    def call(self, last_id: str | None) -> Call[Any]:
        """The request of the next connection. last_id: the id of the last event that has come."""
        raise NotImplementedError

    def began(self) -> list[T]:
        """What is said when a connection is there."""
        return []

    def take(self, message: Message) -> list[T]:
        """What a message says."""
        raise NotImplementedError


def ended() -> ClientError:
    """What happened when a stream ends that is not over."""
    return ClientError("unreachable", "The server has ended the stream", is_lost=True)


def take(target: Target, stream: Stream[T], message: Message) -> list[T]:
    """What a message says. Raises ClientError `notEvald` for one of another shape."""
    try:
        return stream.take(message)
    except (ValueError, TypeError, RecursionError) as error:
        raise target.unreadable(error, 200) from error


def _stream_call(path: tuple[str, ...], query: dict[str, Any], last_id: str | None) -> Call[Any]:
    headers = {"accept": "text/event-stream", "last-event-id": last_id}
    # 204: it has ended, and all of it is known.
    return Call("GET", path, lambda answer: answer, query, headers, timeout=SILENCE, answers=(204,))


class Feed(Stream[Union[JobEvent, EventGap]]):
    """What happens to jobs; of one job it begins with its submission and ends with its end."""

    def __init__(self, job: str | None = None, after: int | None = None, follow: bool | None = None) -> None:
        self._job = job
        self._query = {"after": after, "follow": follow}

    def call(self, last_id: str | None) -> Call[Any]:
        path = ("events",) if self._job is None else ("jobs", self._job, "events")
        return _stream_call(path, self._query, last_id)

    def take(self, message: Message) -> list[JobEvent | EventGap]:
        if message.event == "end":
            self.is_over = True
            return []
        item: JobEvent | EventGap = _object(message)
        # A gap has no type of its own.
        if message.event == "gap":
            item["type"] = "gap"
        self.is_over = self._job is not None and item.get("type") in ENDS
        return [item]


class Live(Stream[Union[LiveStates, TransitionReport]]):
    """The states of all charts, again after each loss of the connection; then each transition."""

    def call(self, last_id: str | None) -> Call[Any]:
        return _stream_call(("machines", "live", "events"), {}, None)

    def take(self, message: Message) -> list[LiveStates | TransitionReport]:
        return [_object(message)]


class Log(Stream[str]):
    """What is there of a log, and what comes, until the job has ended."""

    def __init__(self, job: str, query: dict[str, Any]) -> None:
        self._job, self._query = job, query
        self._is_in_line = False

    def call(self, last_id: str | None) -> Call[Any]:
        return _stream_call(("jobs", self._job, "log"), {**self._query, "follow": True}, last_id)

    def began(self) -> list[str]:
        # What was under way begins again, in a line of its own.
        return ["\n"] if self._is_in_line and not self._query.get("raw") else []

    def take(self, message: Message) -> list[str]:
        if message.event == "end":
            self.is_over = True
            return []
        piece = loads(message.data)
        if not isinstance(piece, str):
            raise ValueError("a piece of a log is no text")
        if piece == "":
            return []
        self._is_in_line = not piece.endswith("\n")
        return [piece]


def _object(message: Message) -> Any:
    value = loads(message.data)
    if not isinstance(value, Record):
        raise ValueError("an event is no object")
    return value
