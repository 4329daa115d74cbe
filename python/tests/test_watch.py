"""The watcher of a folder of checkpoints, as a program of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SERVER, TOKEN, Proxy
from evald_client import Client

pytestmark = pytest.mark.usefixtures("paused")

ARGUMENTS = ["--ready-file", "trainer_state.json", "--model", "nearest-template", "--tasks", "demo_digits"]


def checkpoint(folder: Path, step: int, *, ready: bool = True) -> Path:
    place = folder / f"checkpoint-{step}"
    place.mkdir(parents=True, exist_ok=True)
    (place / "model.safetensors").write_bytes(b"weights")
    if ready:
        (place / "trainer_state.json").write_text("{}")
    return place


def command(folder: Path, *more: str, url: str = SERVER) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "evald_client.watch", str(folder), *ARGUMENTS, "--set", "limit=2", *more]
    source = str(Path(__file__).parents[1] / "src")
    env = {**os.environ, "PYTHONPATH": source, "EVALD_SERVER": url, "EVALD_TOKEN": TOKEN}
    return subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=env)  # noqa: S603  # what it tests


def watch(folder: Path, *more: str, url: str = SERVER) -> tuple[int, str]:
    """Looks once. Returns its exit code, and what it says."""
    child = command(folder, "--once", *more, url=url)
    _, said = child.communicate(timeout=60)
    return child.returncode, said


def submitted(client: Client, folder: Path) -> list[tuple[object, object]]:
    """The jobs of the checkpoints of a folder, oldest first: step and path."""
    jobs = client.jobs(label=f"run:{folder.name}", order="oldest").jobs
    return [(job.labels["step"], (job.request.model_args or {})["pretrained"]) for job in jobs]


def test_what_is_complete_is_submitted_once_lowest_step_first_also_by_a_watcher_that_is_started_again(
    client: Client, tmp_path: Path
) -> None:
    run = tmp_path / f"run-{os.getpid()}-a"
    second, first = checkpoint(run, 1000), checkpoint(run, 500)
    unfinished = checkpoint(run, 1500, ready=False)
    assert watch(run)[0] == 0
    assert submitted(client, run) == [(500, str(first)), (1000, str(second))]
    checkpoint(run, 1500)
    (first / "trainer_state.json").write_text('{"touched": true}')
    assert watch(run)[0] == 0
    assert submitted(client, run) == [(500, str(first)), (1000, str(second)), (1500, str(unfinished))]


def test_a_watcher_that_was_killed_before_it_noted_a_submission_does_not_double_it(
    client: Client, tmp_path: Path
) -> None:
    run = tmp_path / f"run-{os.getpid()}-b"
    checkpoint(run, 1)
    watch(run)
    before = (run / ".evald-watch").read_text()
    # As a crash leaves it: the note was not written, or in part.
    for left in ("", before[:20]):
        (run / ".evald-watch").write_text(left)
        assert watch(run)[0] == 0
        assert json.loads((run / ".evald-watch").read_text().splitlines()[-1]) == json.loads(before)
    # Nor with other options.
    (run / ".evald-watch").write_text("")
    assert watch(run, "--label", "note=again")[0] == 0
    assert len(submitted(client, run)) == 1


def test_a_server_that_is_away_is_said_and_what_waits_is_submitted_when_it_is_back(
    client: Client, proxy: Proxy, tmp_path: Path
) -> None:
    run = tmp_path / f"run-{os.getpid()}-c"
    checkpoint(run, 7)
    proxy.cut()
    code, said = watch(run, url=proxy.url)
    assert code == 1
    assert "cannot be reached" in said
    watcher = command(run, "--interval", "0.2", url=proxy.url)
    assert watcher.stderr is not None
    assert any("it is tried again" in line for line in watcher.stderr)
    proxy.mend()
    assert any("checkpoint-7 is job" in line for line in watcher.stderr)
    # While it watches, another one of the same folder would submit twice.
    code, said = watch(run)
    assert (code, "another watcher has" in said) == (2, True)
    watcher.send_signal(signal.SIGTERM)
    assert watcher.wait(timeout=60) == 0
    watcher.stderr.close()
    assert len(submitted(client, run)) == 1


def test_a_checkpoint_that_is_refused_is_named_with_the_reason_and_the_others_go_on(
    client: Client, tmp_path: Path
) -> None:
    run = tmp_path / f"run-{os.getpid()}-d"
    checkpoint(run, 1)
    code, said = watch(run, "--set", "num_gpus=0")
    assert code == 0
    assert "checkpoint-1 is refused:" in said
    assert "num_gpus" in said
    # With options that are right it is submitted after all, and one that says nothing to the server is named.
    code, said = watch(run, "--set", "num_gpu=8")
    assert (code, "num_gpu" in said) == (0, True)
    assert len(submitted(client, run)) == 1


def test_options_that_cannot_be_are_refused_in_one_line(tmp_path: Path) -> None:
    for more, word in [
        (["--label", "x"], "NAME=VALUE"),
        (["--interval", "0"], "--interval"),
        (["--ready-file", "../x"], "below"),
    ]:
        code, said = watch(tmp_path, *more)
        assert (code, word in said.splitlines()[-1]) == (2, True), said
