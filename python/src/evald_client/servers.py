"""Which server is meant where a program does not say: as the command line of evald reads it."""

from __future__ import annotations

import os


def server_of(url: str | None) -> str:
    """EVALD_SERVER where nothing is said, else this machine's."""
    return url or os.environ.get("EVALD_SERVER") or "http://localhost:8000"


def token_of(token: str | None) -> str | None:
    """EVALD_TOKEN where nothing is said."""
    return token or os.environ.get("EVALD_TOKEN") or None
