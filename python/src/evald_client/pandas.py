"""The scores of all jobs as a DataFrame: the long table, a row a score."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .client import Client
    from .types import ExportScoresQuery, ListScoresQuery, Score

# What may be unknown has a type that knows it; scores are doubles, for which NaN does that.
_COMMON = {
    "run": "string",
    "step": "float64",
    "task": "string",
    "metric": "string",
    "filter": "string",
    "value": "float64",
    "stderr": "float64",
    "n": "Int64",
    "higher_is_better": "boolean",
    "job_id": "string",
    "harness": "string",
    "harness_version": "string",
    "task_version": "string",
    "model": "string",
    "checkpoint": "string",
    "is_group": "boolean",
    "imported": "boolean",
    "num_fewshot": "Int64",
    "git_hash": "string",
    "num_gpus": "Int64",
    "seed": "string",
    "completed_at": "datetime64[ns, UTC]",
}
EXPORT_COLUMNS: Mapping[str, str] = _COMMON
"""The columns of `exported`, each with its dtype."""
COLUMNS: Mapping[str, str] = {
    **_COMMON,
    "labels": "object",
    "x": "float64",
    "submitted_by": "string",
    "interval_low": "float64",
    "interval_high": "float64",
}
"""The columns of `scores`, each with its dtype."""


def scores(client: Client, **query: Unpack[ListScoresQuery]) -> pd.DataFrame:
    """The scores that the filter lets through, from `GET /scores`, page by page.

    Columns and dtypes are those of `COLUMNS`, also where there is no row. `labels` are dicts; the 95 % interval stands
    in two columns.
    """
    return _frame([_row(score) for score in client.all_scores(**query)], COLUMNS)


def exported(client: Client, **query: Unpack[ExportScoresQuery]) -> pd.DataFrame:
    """The same from `GET /scores/export`, in one answer: fewer columns, those of `EXPORT_COLUMNS`."""
    query["format"] = "json"
    rows = json.loads(client.export_scores(**query))
    return _frame([{**row, "job_id": row["job"]} for row in rows], EXPORT_COLUMNS)


def _row(score: Score) -> dict[str, Any]:
    low, high = score.interval or (None, None)
    return {**score, "interval_low": low, "interval_high": high}


def _frame(rows: list[dict[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    made: pd.DataFrame = pd.DataFrame(
        {name: _column([row[name] for row in rows], dtype) for name, dtype in columns.items()}
    )
    return made


def _column(values: list[Any], dtype: str) -> pd.Series:
    times = pd.to_datetime(values, utc=True, format="ISO8601") if dtype.startswith("datetime") else values
    made: pd.Series = pd.Series(times).astype(dtype)
    return made
