"""The long table as a DataFrame."""

from __future__ import annotations

import pandas as pd

from evald_client import Client
from evald_client.pandas import COLUMNS, EXPORT_COLUMNS, exported, scores
from evald_client.types import JobInfo


def test_every_score_is_a_row_with_the_numbers_that_the_server_has(client: Client, done: JobInfo) -> None:
    frame = scores(client, job=done.job_id)
    assert dict(frame.dtypes.astype(str)) == COLUMNS
    assert list(frame["task"]) == ["demo_digits", "demo_shapes"]
    rows = client.scores(job=done.job_id).scores
    for name in COLUMNS.keys() - {"completed_at", "interval_low", "interval_high"}:
        values = [None if name != "labels" and pd.isna(value) else value for value in frame[name]]
        assert values == [row[name] for row in rows], name
    assert [[low, high] for low, high in zip(frame["interval_low"], frame["interval_high"])] == [
        row.interval for row in rows
    ]
    assert frame["completed_at"][0] == pd.Timestamp(rows[0].completed_at)
    assert frame.pivot_table("value", "step", "task").loc[10.0, "demo_digits"] == rows[0].value


def test_the_export_has_the_same_rows_in_the_columns_that_it_has(client: Client, done: JobInfo) -> None:
    paged, whole = scores(client, job=done.job_id), exported(client, job=done.job_id)
    assert dict(whole.dtypes.astype(str)) == EXPORT_COLUMNS
    pd.testing.assert_frame_equal(whole, paged[list(EXPORT_COLUMNS)])


def test_a_table_without_rows_has_the_same_columns_and_types(client: Client) -> None:
    for frame, columns in [(scores(client, job="none"), COLUMNS), (exported(client, job="none"), EXPORT_COLUMNS)]:
        assert len(frame) == 0
        assert dict(frame.dtypes.astype(str)) == columns
