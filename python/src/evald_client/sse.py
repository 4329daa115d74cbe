"""Server-sent events, as the WHATWG describes them."""

from __future__ import annotations

from typing import NamedTuple


class Message(NamedTuple):
    """A server-sent event."""

    event: str
    data: str


class Parser:
    """Takes a stream as it comes. `last_id` is the last number of an event, also of one that has no data."""

    def __init__(self, last_id: str | None = None) -> None:
        self.last_id = last_id
        self._rest = ""
        self._event, self._data = "", list[str]()
        self._after_return = False

    def feed(self, text: str) -> list[Message]:
        """The events that this piece ends."""
        # A line ends with \r\n, \n or \r; the halves of \r\n may come apart.
        if self._after_return and text.startswith("\n"):
            text = text[1:]
        self._after_return = text.endswith("\r") or (self._after_return and text == "")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        head, newline, tail = text.rpartition("\n")
        if newline == "":
            self._rest += text
            return []
        lines = (self._rest + head).split("\n")
        self._rest = tail
        return [message for line in lines if (message := self._line(line)) is not None]

    def _line(self, line: str) -> Message | None:
        if line == "":
            message = Message(self._event or "message", "\n".join(self._data)) if self._data else None
            self._event, self._data = "", []
            return message
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self.last_id = value
        return None
