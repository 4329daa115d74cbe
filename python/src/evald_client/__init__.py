"""Client of evald, the evaluation queue for language and multimodal models."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .aio import AsyncClient
    from .client import Client
    from .errors import ClientError, Code
    from .record import Record
    from .streams import Connection
    from .version import __version__
    from .waiting import Waited

__all__ = ["AsyncClient", "Client", "ClientError", "Code", "Connection", "Record", "Waited", "__version__"]

_HOMES = {
    "AsyncClient": "aio",
    "Client": "client",
    "ClientError": "errors",
    "Code": "errors",
    "Connection": "streams",
    "Record": "record",
    "Waited": "waiting",
    "__version__": "version",
}


def __getattr__(name: str) -> Any:
    # At the first use: the forwarder needs no HTTP client, and a training that is never asked for it no time.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
