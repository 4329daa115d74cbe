"""What the server answers, as Python objects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any


class Record(dict[str, Any]):
    """An object of an answer: a dict whose fields can be read as attributes, too.

    `job.status` and `job["status"]` are the same. The classes in `evald_client.types` say which fields there are; a
    field of a newer server that they do not have is there all the same.
    """

    # Hidden from type checkers: to them only the declared fields are attributes.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            try:
                return self[name]
            except KeyError:
                raise AttributeError(f"there is no field {name!r}; there are {', '.join(self)}") from None


def loads(text: str) -> Any:
    """Reads JSON, its objects as `Record`. Raises ValueError when it is none.

    An integer of hundreds of digits becomes a float: Python refuses to read one of more than 4,300.
    """
    return json.loads(
        text, object_hook=Record, parse_int=lambda digits: int(digits) if len(digits) < 400 else float(digits)
    )
