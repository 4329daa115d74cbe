"""Checkpoints of the real Lightning, on CPU."""

from __future__ import annotations

import csv
import logging
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger

from conftest import SERVER, TOKEN, Proxy
from evald_client import Client
from evald_client.lightning import EvaldLightningCallback
from test_readme import examples

pytestmark = pytest.mark.filterwarnings("ignore")


class Model(pl.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)

    def training_step(self, batch: torch.Tensor, _: int) -> torch.Tensor:
        loss: torch.Tensor = self.layer(batch).pow(2).mean()
        self.log("loss", loss)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def callback(run: str, *, url: str = SERVER, **more: Any) -> EvaldLightningCallback:
    quick = {"model": "nearest-template", "tasks": ["demo_digits"], "limit": 2, "interval": 0.2}
    return EvaldLightningCallback(url, TOKEN, run=run, **{**quick, **more})


def train(folder: Path, evald: EvaldLightningCallback, **saving: Any) -> pl.Trainer:
    """Five steps, each saved; only the last checkpoint is kept."""
    trainer = pl.Trainer(
        default_root_dir=folder,
        max_steps=5,
        accelerator="cpu",
        callbacks=[evald, ModelCheckpoint(**{"every_n_train_steps": 1, "save_top_k": 1, **saving})],
        logger=CSVLogger(folder, name="logs"),
        log_every_n_steps=1,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Model(), torch.utils.data.DataLoader(torch.ones(10, 4), batch_size=2))
    return trainer


def logged(folder: Path) -> dict[int, float]:
    (file,) = folder.glob("logs/*/metrics.csv")
    with file.open() as lines:
        rows = [row for row in csv.DictReader(lines) if row.get("evald/demo_digits/acc")]
    assert all(float(row["evald/step"]) == int(row["step"]) for row in rows)
    return {int(row["step"]): float(row["evald/demo_digits/acc"]) for row in rows}


def test_each_checkpoint_is_evaluated_once_and_its_scores_are_logged_under_its_own_step(
    client: Client, tmp_path: Path
) -> None:
    train(tmp_path, callback("l1", wait_at_end=True), save_last=True)
    jobs = client.jobs(label="run:l1", order="oldest").jobs
    assert [(job.status, job.labels["step"]) for job in jobs] == [("completed", step) for step in range(1, 6)]
    assert logged(tmp_path) == {
        int(job.labels["step"]): (job.metrics or {})["demo_digits"]["acc"].value for job in jobs
    }
    assert not (tmp_path / "evald-pinned").exists()


def test_a_checkpoint_that_lightning_has_deleted_stays_pinned_until_it_is_evaluated(
    client: Client, tmp_path: Path
) -> None:
    client.pause()
    try:
        train(tmp_path, callback("l2"))
        (kept,) = tmp_path.rglob("checkpoints/*.ckpt")
        pinned = sorted((tmp_path / "evald-pinned").glob("*.ckpt"))
        assert len(pinned) == 5
        assert [torch.load(pin, weights_only=False)["global_step"] for pin in pinned] == [1, 2, 3, 4, 5]
        assert pinned[-1].samefile(kept)
    finally:
        client.resume()


def test_the_example_of_the_page_on_python_does_what_it_says(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = torch.utils.data.DataLoader(torch.ones(6, 4), batch_size=2)
    here = {"Trainer": pl.Trainer, "ModelCheckpoint": ModelCheckpoint, "model": Model(), "data": data}
    exec(examples("docs/python.md")[3], here)  # noqa: S102  # what it tests
    jobs = client.jobs(label="run:r7", q=str(tmp_path)).jobs
    assert {job.labels["step"] for job in jobs} == {1, 2, 3}


def test_a_server_that_is_away_neither_holds_up_nor_breaks_a_training_and_is_logged_once(
    proxy: Proxy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.cut()
    with caplog.at_level(logging.WARNING, logger="evald_client"):
        trainer = train(tmp_path, callback("l3", url=proxy.url, wait_at_end=True, patience=0.0))
    assert trainer.global_step == 5
    said = [record.getMessage() for record in caplog.records if record.name == "evald_client"]
    assert [("cannot be reached" in text, "5 checkpoints" in text) for text in said] == [(True, False), (False, True)]
