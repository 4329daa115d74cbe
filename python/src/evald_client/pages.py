"""Lists that are given page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from . import calls
from .requests import Call
from .types import JobInfo, ListJobsQuery, ListSamplesQuery, ListScoresQuery, Score
from .waiting import JobRef

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")


class Pages(Generic[T]):
    """The pages of a list, one after the other: `call` is what to ask for next, None when there is no more."""

    def __init__(self, make: Callable[[Any], Call[Any]], items: str, next: str, first: Any) -> None:
        self._make, self._items, self._next = make, items, next
        self.call: Call[Any] | None = make(first)

    def take(self, page: Any) -> list[T]:
        """What a page has."""
        after = page[self._next]
        self.call = None if after is None else self._make(after)
        items: list[T] = page[self._items]
        return items


def jobs(**query: Unpack[ListJobsQuery]) -> Pages[JobInfo]:
    first = query.pop("cursor", None)
    return Pages(lambda cursor: calls.jobs(**query, **_if_any("cursor", cursor)), "jobs", "next_cursor", first)


def samples(job: JobRef, task: str, **query: Unpack[ListSamplesQuery]) -> Pages[dict[str, Any]]:
    first = query.pop("offset", None)
    return Pages(
        lambda offset: calls.samples(job, task, **query, **_if_any("offset", offset)), "samples", "next_offset", first
    )


def scores(**query: Unpack[ListScoresQuery]) -> Pages[Score]:
    first = query.pop("cursor", None)
    # What is missing stands on one page alone.
    query.pop("missing", None)
    return Pages(lambda cursor: calls.scores(**query, **_if_any("cursor", cursor)), "scores", "next_cursor", first)


def _if_any(name: str, value: Any) -> Any:
    return {} if value is None else {name: value}
