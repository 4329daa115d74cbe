"""An ended job as evald posts it, read as far as it is forwarded. See receiver.py."""

from __future__ import annotations

import hashlib
import json
import math
import re
from datetime import datetime
from typing import Any, NamedTuple

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


class Job(NamedTuple):
    """An ended job, as far as it is forwarded."""

    id: str
    status: str
    run: str  # what its series belong to: the label `run`, else the model
    key: str  # the same as a name that any system takes, another one for each run
    step: float | None  # the label `step`; None when that is no number
    ended: float  # seconds since 1970
    numbers: dict[str, float]  # task/metric, task/metric/filter, task/metric_stderr, task/metric_n
    skipped: list[str]  # series whose number is not finite, or whose name is that of another one


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def finite(value: Any) -> float | None:
    """A number as a double; None when it is none, or not finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def read_step(label: Any) -> float | None:
    if isinstance(label, str):
        label = float(label) if NUMBER.fullmatch(label.strip()) else None
    return finite(label)


def series_name(*parts: str) -> str:
    """Parts with slashes between: letters, digits, `_`, `-`, `.` in each, which is what all three systems take."""
    text = re.sub(r"[^\w.\-/]", "_", "/".join(parts), flags=re.ASCII)
    # MLflow takes names for paths, and neither empty parts nor `..`.
    name = "/".join(part if part.strip(".") else f"_{part}" for part in text.split("/"))
    return name if len(name) <= 200 else f"{name[:180]}_{digest(name)}"


def read_job(body: bytes) -> Job:
    """Reads a post of evald. Raises ValueError, KeyError, TypeError or AttributeError when it is none."""
    # An integer of many digits is not one that Python reads.
    job = json.loads(body, parse_int=lambda digits: int(digits) if len(digits) < 16 else float(digits))
    labels = job["labels"]
    by_label = "run" in labels
    run = str(labels["run"] if by_label else job["request"]["model"])
    numbers: dict[str, float] = {}
    skipped: list[str] = []
    for task, metrics in (job["metrics"] or {}).items():
        for metric, score in metrics.items():
            name, *filters = metric.split(",", 1)
            series = {suffix: series_name(task, name + suffix, *filters) for suffix in ("", "_stderr", "_n")}
            if finite(score["value"]) is None or not numbers.keys().isdisjoint(series.values()):
                skipped.append(series[""])
                continue
            # A standard error or a count that is unknown is no fault of the score.
            for suffix, field in (("", "value"), ("_stderr", "stderr"), ("_n", "n")):
                number = finite(score[field])
                if number is not None:
                    numbers[series[suffix]] = number
    return Job(
        id=str(job["job_id"]),
        status=str(job["status"]),
        run=run,
        key=digest(f"{'run' if by_label else 'model'}:{run}"),
        step=read_step(labels.get("step")),
        ended=datetime.fromisoformat(job["completed_at"]).timestamp(),
        numbers=numbers,
        skipped=skipped,
    )
