"""Server-sent events, as pieces of a stream come apart."""

from __future__ import annotations

import random

from evald_client.sse import Message, Parser

STREAM = "\n".join(
    [": hello", "", "id: 7", "event: failed", "data: one", "data:two", "", "data: {}", "", "id: 8", "", "data", "", "x"]
)


def read(text: str, cuts: list[int]) -> tuple[list[Message], str | None]:
    parser = Parser()
    ends = [0, *sorted(cuts), len(text)]
    messages = [message for start, end in zip(ends, ends[1:]) for message in parser.feed(text[start:end])]
    return messages, parser.last_id


def test_events_are_the_same_wherever_a_stream_is_cut_and_whichever_line_ends_it_has() -> None:
    expected = ([Message("failed", "one\ntwo"), Message("message", "{}"), Message("message", "")], "8")
    generator = random.Random(1)  # noqa: S311  # cuts that come again
    for ends in ("\n", "\r\n", "\r"):
        text = STREAM.replace("\n", ends)
        assert read(text, []) == expected
        assert read(text, list(range(len(text)))) == expected
        for _ in range(50):
            assert read(text, [generator.randrange(len(text)) for _ in range(4)]) == expected


def test_a_number_of_an_event_without_data_is_kept_and_one_with_a_null_is_not() -> None:
    assert read("id: 5\n\nid: 6\0\n\n", []) == ([], "5")
