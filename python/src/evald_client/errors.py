"""What every call of the client raises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .types import InvalidField

Code = Literal[
    "refused",  # the server says no: `status`, `detail`, and `fields` where the request is wrong
    "unauthorized",  # no token was sent, or one that is not known or has expired
    "forbidden",  # the token's role does not include it, or the operator does not allow it
    "notFound",  # there is no such job, file or document
    "unavailable",  # it may be asked for again later, after `retry_after` seconds
    "unreachable",  # nothing answers, or the connection was lost; with `is_lost` the request may have arrived
    "timedOut",  # it took longer than it may
    "notEvald",  # what answers is no evald, or one of another version
]


class ClientError(Exception):
    """Why a call has no answer: `code` for programs, its text for people. The text never has the token."""

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        status: int | None = None,
        fields: Sequence[InvalidField] = (),
        retry_after: float | None = None,
        is_lost: bool = False,
    ) -> None:
        super().__init__(message)
        self.code: Code = code
        self.status = status
        """The status of the answer; None when there was none."""
        self.fields = list(fields)
        """Everything that is wrong with a request that was refused, with `loc` and `msg`."""
        self.retry_after = retry_after
        """Seconds, when the server says after how many it may be asked again."""
        self.is_lost = is_lost
        """Whether the request may have arrived although there is no answer."""

    @property
    def detail(self) -> str:
        """What happened, for people."""
        return str(self)

    @property
    def field(self) -> str | None:
        """The first field that is wrong, as `model_args.pretrained`; None when it is not about a field."""
        return ".".join(str(part) for part in self.fields[0].loc[1:]) if self.fields else None

    @property
    def may_pass(self) -> bool:
        """Whether it may be over by itself: then streams and waits try again."""
        if self.code == "refused":
            return self.status is not None and self.status >= 500
        return self.code in ("unreachable", "unavailable")
