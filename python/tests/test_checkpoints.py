"""Checkpoints beside a training, without one: what can go wrong with files and with a server that is away."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from conftest import QUICK, SERVER, TOKEN, Proxy
from evald_client import Client
from evald_client.checkpoints import Evaluations

OTHER_FILESYSTEM = Path("/dev/shm")  # noqa: S108  # where Linux has one


def evaluations(folder: Path, run: str, *, url: str = SERVER, **more: Any) -> Evaluations:
    return Evaluations(Client(url, TOKEN), QUICK, run=run, folder=folder, interval=0.2, **more)


def checkpoint(folder: Path, step: int, weights: str = "weights") -> Path:
    place = folder / f"checkpoint-{step}"
    place.mkdir(exist_ok=True)
    (place / "model.safetensors").unlink(missing_ok=True)
    (place / "model.safetensors").write_text(weights)
    (place / "optimizer.pt").write_text("moments")
    return place


def paths(client: Client, run: str) -> list[Path]:
    jobs = client.jobs(label=f"run:{run}", order="oldest").jobs
    return [Path((job.request.model_args or {})["pretrained"]) for job in jobs]


@pytest.mark.usefixtures("paused")
def test_a_checkpoint_that_is_saved_again_is_another_one_and_leaves_the_first_as_it_was(
    client: Client, tmp_path: Path
) -> None:
    both = evaluations(tmp_path / "pins", "c1")
    both.add(checkpoint(tmp_path, 1, "first"), 1)
    both.add(checkpoint(tmp_path, 1, "second"), 1)
    list(both.finish(False, 0))
    assert [(path / "model.safetensors").read_text() for path in paths(client, "c1")] == ["first", "second"]


@pytest.mark.usefixtures("paused")
def test_a_copy_has_the_weights_and_not_what_only_the_training_needs(client: Client, tmp_path: Path) -> None:
    copying = evaluations(tmp_path / "pins", "c2", pin="copy")
    saved = checkpoint(tmp_path, 1)
    copying.add(saved, 1)
    list(copying.finish(False, 0))
    (pinned,) = paths(client, "c2")
    assert [file.name for file in pinned.iterdir()] == ["model.safetensors"]
    assert not (pinned / "model.safetensors").samefile(saved / "model.safetensors")


@pytest.mark.usefixtures("paused")
def test_where_there_are_no_links_the_checkpoint_itself_is_evaluated_and_that_is_said_once(
    client: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if not OTHER_FILESYSTEM.is_dir() or OTHER_FILESYSTEM.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one filesystem here")
    pins = OTHER_FILESYSTEM / f"evald-{tmp_path.name}"
    linking = evaluations(pins, "c3")
    saved = [checkpoint(tmp_path, step) for step in (1, 2)]
    with caplog.at_level(logging.WARNING, logger="evald_client"):
        for step, path in enumerate(saved, 1):
            linking.add(path, step)
        list(linking.finish(False, 0))
    assert paths(client, "c3") == saved
    assert caplog.text.count("are not pinned") == 1
    for file in sorted(pins.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    pins.rmdir()


def test_more_checkpoints_than_may_wait_are_not_evaluated_and_leave_nothing(
    proxy: Proxy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.cut()
    full = evaluations(tmp_path / "pins", "c4", url=proxy.url, limit=2)
    with caplog.at_level(logging.WARNING, logger="evald_client"):
        for step in range(1, 7):
            full.add(checkpoint(tmp_path, step), step)
        full.add(tmp_path / "no such checkpoint", 7)
        list(full.finish(False, 0))
    # One of them may be in the hands of the thread.
    kept = [place.name for place in (tmp_path / "pins").glob("checkpoint-?")]
    assert len(kept) in (2, 3)
    assert caplog.text.count("2 checkpoints wait for the server already: that of step") == 1
    assert "the checkpoint of step 7 is not evaluated" in caplog.text
