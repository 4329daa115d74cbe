"""Checkpoints of the real Trainer, on CPU, with a tiny model of random weights."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from conftest import SERVER, TOKEN, Proxy
from evald_client import Client
from evald_client.transformers import EvaldCallback
from evald_client.types import JobInfo
from test_readme import examples

SCORE = "evald/demo_digits/acc"


class Recorder(TrainerCallback):
    """What a callback that logs gets, as that of W&B does: the step and the numbers."""

    def __init__(self) -> None:
        self.logged: list[tuple[int, dict[str, float]]] = []
        self.has_ended = False

    def on_log(self, args: Any, state: TrainerState, control: Any, logs: dict[str, float], **kwargs: Any) -> None:
        assert not self.has_ended
        self.logged.append((state.global_step, dict(logs)))

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.has_ended = True


class Data(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    def __len__(self) -> int:
        return 16

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        ids = torch.arange(8) + index % 8
        return {"input_ids": ids, "labels": ids}


def callback(run: str, *, url: str = SERVER, **more: Any) -> EvaldCallback:
    quick = {"model": "nearest-template", "tasks": ["demo_digits"], "limit": 2, "interval": 0.2}
    return EvaldCallback(url, TOKEN, run=run, **{**quick, **more})


def model() -> LlamaForCausalLM:
    return LlamaForCausalLM(
        LlamaConfig(vocab_size=32, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2)
    )


def arguments(output: Path, steps: int) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(output),
        max_steps=steps,
        per_device_train_batch_size=2,
        save_strategy="steps",
        save_steps=1,
        save_total_limit=1,
        logging_steps=1,
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
    )


def train(output: Path, *callbacks: TrainerCallback, steps: int = 5, resume: bool = False) -> Trainer:
    trainer = Trainer(model(), arguments(output, steps), train_dataset=Data(), callbacks=list(callbacks))
    trainer.train(resume_from_checkpoint=resume)
    return trainer


def jobs_of(client: Client, run: str) -> list[JobInfo]:
    return client.jobs(label=f"run:{run}", order="oldest").jobs


def test_each_checkpoint_is_evaluated_and_its_scores_are_logged_under_its_own_step(
    client: Client, tmp_path: Path
) -> None:
    recorder = Recorder()
    trainer = train(tmp_path, recorder, callback("t1", wait_at_end=True))
    jobs = jobs_of(client, "t1")
    assert [(job.status, job.labels["step"]) for job in jobs] == [("completed", step) for step in range(1, 6)]
    points = {step: logs for step, logs in recorder.logged if SCORE in logs}
    assert points == {
        job.labels["step"]: {SCORE: (job.metrics or {})["demo_digits"]["acc"].value, "evald/step": job.labels["step"]}
        for job in jobs
    }
    # The training's own numbers are as they would be without.
    assert [step for step, logs in recorder.logged if "loss" in logs] == [1, 2, 3, 4, 5]
    history = trainer.state.log_history
    assert sorted(entry["step"] for entry in history if SCORE in entry) == [1, 2, 3, 4, 5]
    assert not (tmp_path / "evald-pinned").exists()


def test_a_checkpoint_that_the_trainer_has_deleted_stays_pinned_until_a_later_training_has_its_scores(
    client: Client, tmp_path: Path
) -> None:
    client.pause()
    try:
        train(tmp_path, callback("t2"), steps=3)
        assert [place.name for place in tmp_path.glob("checkpoint-*")] == ["checkpoint-3"]
        pins = tmp_path / "evald-pinned"
        pinned = sorted(place.name for place in pins.iterdir() if place.is_dir())
        assert pinned == ["checkpoint-1", "checkpoint-2", "checkpoint-3"]
        assert isinstance(AutoModelForCausalLM.from_pretrained(pins / "checkpoint-1"), LlamaForCausalLM)
        # No room of its own while the checkpoint is there, and nothing that only a training needs.
        weights = "checkpoint-3/model.safetensors"
        assert (pins / weights).samefile(tmp_path / weights)
        assert not (pins / "checkpoint-1/optimizer.pt").exists()
        jobs = jobs_of(client, "t2")
        assert [job.status for job in jobs] == ["queued"] * 3
        assert [(job.request.model_args or {})["pretrained"] for job in jobs] == [str(pins / name) for name in pinned]
    finally:
        client.resume()
    recorder = Recorder()
    train(tmp_path, recorder, callback("t2", wait_at_end=60), steps=4, resume=True)
    assert sorted(step for step, logs in recorder.logged if SCORE in logs) == [1, 2, 3, 4]
    assert not pins.exists()
    assert len(jobs_of(client, "t2")) == 4


def test_a_server_that_is_away_neither_holds_up_nor_breaks_a_training_and_is_logged_once(
    client: Client, proxy: Proxy, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.cut()
    evald = callback("t3", url=proxy.url, wait_at_end=60, patience=0.0)
    with caplog.at_level(logging.WARNING, logger="evald_client"):
        trainer = train(tmp_path, evald)
    assert trainer.state.global_step == 5
    said = [record.getMessage() for record in caplog.records if record.name == "evald_client"]
    assert [("cannot be reached" in text, "5 checkpoints" in text) for text in said] == [(True, False), (False, True)]
    # When it is back, what was saved is evaluated.
    proxy.mend()
    train(tmp_path, evald, steps=6, resume=True)
    assert [(job.status, job.labels["step"]) for job in jobs_of(client, "t3")] == [
        ("completed", step) for step in range(1, 7)
    ]


def test_what_the_server_refuses_is_logged_once_and_the_training_goes_on(
    client: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="evald_client"):
        trainer = train(tmp_path, callback("t4", num_gpus=0, wait_at_end=True), steps=3)
    assert trainer.state.global_step == 3
    assert len([record for record in caplog.records if "num_gpus" in record.getMessage()]) == 1
    assert jobs_of(client, "t4") == []
    assert not (tmp_path / "evald-pinned").exists()


def test_an_evaluation_that_fails_is_a_gap_in_the_scores_and_is_logged_with_its_error(
    client: Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder()
    with caplog.at_level(logging.WARNING, logger="evald_client"):
        train(tmp_path, recorder, callback("t5", model="absent", wait_at_end=True), steps=1)
    (job,) = jobs_of(client, "t5")
    assert job.error is not None
    assert job.error in caplog.text
    assert [logs for _, logs in recorder.logged if any(name.startswith("evald/") for name in logs)] == []
    assert not (tmp_path / "evald-pinned").exists()


def test_only_the_main_process_submits(client: Client, tmp_path: Path) -> None:
    other = TrainerState(is_world_process_zero=False, global_step=1)
    (tmp_path / "checkpoint-1").mkdir()
    evald = callback("t6", wait_at_end=True)
    for event in (evald.on_train_begin, evald.on_save, evald.on_step_end, evald.on_train_end):
        event(arguments(tmp_path, 1), other, TrainerControl())
    assert jobs_of(client, "t6") == []
    assert [place.name for place in tmp_path.iterdir()] == ["checkpoint-1"]


def test_the_example_of_the_page_on_python_does_what_it_says(client: Client, tmp_path: Path) -> None:
    here = {"Trainer": Trainer, "model": model(), "arguments": arguments(tmp_path / "r8", 1), "data": Data()}
    exec(examples("docs/python.md")[2], here)  # noqa: S102  # what it tests
    assert [job.status for job in jobs_of(client, "r8")] == ["completed"]


def test_an_address_that_is_none_is_an_error_of_the_line_that_has_it() -> None:
    with pytest.raises(ValueError, match="http or https URL"):
        EvaldCallback("localhost:8000", model="m", tasks=["t"])
