"""Requests and answers, whichever way they are sent: what the sync and the async client have in common."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx

from .errors import ClientError, Code
from .record import loads
from .types import InvalidField

T = TypeVar("T")

USUAL = -1.0
"""Stands for the timeout of the client."""


@dataclass(frozen=True)
class Call(Generic[T]):
    """What is asked, and how the answer is read."""

    method: str
    path: tuple[str, ...]
    read: Callable[[httpx.Response], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: Any = None
    timeout: float | None = USUAL
    """Seconds without anything from the server; None: any time."""
    answers: tuple[int, ...] = ()
    """Statuses that are answers beside 200 to 299."""
    patience: float | None = None
    """Seconds for which it is sent again when its answer was lost; None: it is not."""

    def with_timeout(self, timeout: float) -> Call[T]:
        return replace(self, timeout=timeout)


class Target:
    """A server, and the token for it."""

    def __init__(self, url: str, token: str | None) -> None:
        base = httpx.URL(url)
        if base.scheme not in ("http", "https") or not base.host:
            raise ValueError("The server should be an http or https URL: http://localhost:8000")
        token = token or base.password or None
        if token is not None and not re.fullmatch(r"[\x21-\x7e]+", token):
            raise ValueError("The token should be visible ASCII characters without spaces")
        self._token = token
        base = base.copy_with(username=None, password=None, query=None, fragment=None)
        self._base = str(base).rstrip("/")
        self.name = self._base
        """The server, for people: its address without a password."""

    def request(self, http: httpx.Client | httpx.AsyncClient, call: Call[Any], usual: float | None) -> httpx.Request:
        """Raises ClientError `notFound` for a part that no path can have."""
        for part in call.path:
            if part in ("", ".", ".."):
                raise ClientError("notFound", f"{json.dumps(part)} is no name", status=404)
        # Lone surrogates, which no UTF-8 has, become what every other client makes of them.
        path = "/".join(quote(part.encode("utf-8", "replace"), safe="") for part in call.path)
        headers = {name: value for name, value in call.headers.items() if value is not None}
        if self._token is not None:
            headers["authorization"] = f"Bearer {self._token}"
        content = None
        if call.body is not None:
            headers["content-type"] = "application/json"
            content = json.dumps(call.body, default=_plain).encode()
        silence = usual if call.timeout == USUAL else call.timeout
        return http.build_request(
            call.method,
            f"{self._base}/{path}",
            params={name: _query_text(value) for name, value in call.query.items() if value is not None},
            headers=headers,
            content=content,
            # A connection comes about within seconds, or not at all.
            timeout=httpx.Timeout(silence, connect=min(silence or 60.0, 60.0), pool=None),
        )

    def hide(self, text: str) -> str:
        """A text without the token."""
        return text if self._token is None else text.replace(self._token, "***")

    def lost(self, error: httpx.HTTPError) -> ClientError:
        """Makes an error of what was raised while an answer came in."""
        text = self.hide(str(error)) or type(error).__name__
        if isinstance(error, (httpx.ReadTimeout, httpx.WriteTimeout)):
            return ClientError("timedOut", f"{self.name} did not answer in time", is_lost=True)
        never_connected = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError))
        return ClientError("unreachable", f"{self.name} cannot be reached: {text}", is_lost=not never_connected)

    def refusal(self, answer: httpx.Response) -> ClientError:
        """Makes an error of an answer that is a refusal, and was read."""
        status = answer.status_code
        try:
            detail = loads(answer.text)["detail"]
            fields: list[InvalidField] = [] if isinstance(detail, str) else detail
            text = detail if isinstance(detail, str) else "; ".join(one.msg for one in fields)
        except (ValueError, KeyError, TypeError, AttributeError):
            if 502 <= status <= 504:
                message = f"{self.name} cannot be reached: a proxy answers {status}"
                return ClientError("unreachable", message, status=status, is_lost=True)
            if status not in (401, 403):
                message = f"{self.name} does not answer as evald does: status {status}"
                return ClientError("notEvald", message, status=status)
            text, fields = f"{self.name} answers {status}", []
        codes: dict[int, Code] = {401: "unauthorized", 403: "forbidden", 404: "notFound"}
        code = codes.get(status, "unavailable" if status in (429, 503) else "refused")
        wait = answer.headers.get("retry-after", "") if code == "unavailable" else ""
        return ClientError(
            code,
            self.hide(text),
            status=status,
            fields=fields,
            retry_after=float(wait) if re.fullmatch(r"\d{1,9}", wait) else None,
        )

    def is_answer(self, call: Call[Any], answer: httpx.Response) -> bool:
        return answer.is_success or answer.status_code in call.answers

    def read(self, call: Call[T], answer: httpx.Response) -> T:
        """Raises ClientError `notEvald` for an answer of another shape."""
        try:
            return call.read(answer)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise self.unreadable(error, answer.status_code) from error

    def unreadable(self, error: Exception, status: int) -> ClientError:
        """Makes an error of what was raised while an answer was read."""
        message = self.hide(f"{self.name} does not answer as this version of evald does: {error}")
        return ClientError("notEvald", message, status=status)


def _plain(value: Any) -> Any:
    """What json.dumps does not know: other mappings and sequences, paths, numbers of numpy and torch."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__fspath__"):
        return value.__fspath__()
    if hasattr(value, "item"):
        return value.item()
    return list(value)


def _query_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_object(answer: httpx.Response) -> Any:
    """An answer that is a JSON object."""
    value = loads(answer.text)
    if not isinstance(value, dict):
        raise ValueError("it is no object")
    return value


def read_text(answer: httpx.Response) -> str:
    return answer.text


def read_bytes(answer: httpx.Response) -> bytes:
    return answer.content


def wait_before(attempt: int) -> float:
    """Seconds before another attempt: they double, and are a little at random, so that not all clients come at once."""
    return min(10.0, 0.25 * 2.0 ** min(attempt, 10)) * random.uniform(0.75, 1.25)  # noqa: S311  # no secret


class Repeating:
    """Sends what adds a job again when its answer was lost. A server that was not reached at all is not tried again."""

    def __init__(self, patience: float | None) -> None:
        self._end = None if patience is None else time.monotonic() + patience
        self._was_lost = False
        self._attempt = 0

    def after(self, error: ClientError) -> float:
        """Seconds until it is sent again. Raises the error when it is not."""
        self._was_lost = self._was_lost or error.is_lost
        if error.code != "unreachable" or not self._was_lost or self._end is None or time.monotonic() >= self._end:
            raise error
        self._attempt += 1
        return wait_before(self._attempt - 1)
