"""Where scores go: W&B, MLflow, TensorBoard. Each imports its package when it is made. See receiver.py.

A job is written once, also when the receiver is killed while it writes: a file comes to its place as a whole, and what
was begun at a server is looked for there before it is written again.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any, Callable, Protocol

from .job import Job, digest


class Sink(Protocol):
    """Where scores go."""

    def refusal(self, job: Job) -> str | None:
        """Why this job cannot be written, whatever is tried; None when it can."""

    def write(self, job: Job, in_doubt: bool, written: int) -> None:
        """Writes a job, and returns when it is kept.

        in_doubt: an earlier try was begun, and there is no note of whether it came through.
        written: jobs that were written before.
        """


class WandB:
    """A run of W&B for each run, with a step of its own: W&B drops points of steps that are past."""

    def __init__(self, options: argparse.Namespace) -> None:
        import wandb

        self._wandb, self._options = wandb, options
        self._folder = Path(options.dir)

    def refusal(self, job: Job) -> str | None:
        return None

    def write(self, job: Job, in_doubt: bool, written: int) -> None:
        # What an earlier try left here was not finished, and W&B itself needs none of it again.
        draft = self._folder / "wandb-draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        kept = self._folder / "wandb"
        if any(kept.glob(f"*-{digest(job.id)}")):
            return
        # Nothing of this machine goes along: no console, code, packages or load.
        settings: dict[str, Any] = {"console": "off", "silent": True, "disable_git": True, "save_code": False}
        settings.update(x_disable_stats=True, x_disable_meta=True, x_save_requirements=False)
        if self._options.server:
            settings["base_url"] = self._options.server
        run = self._wandb.init(
            project=self._options.project,
            id=f"evald-{job.key}",
            name=job.run[:128],
            group=job.run[:128],
            resume="allow",
            dir=str(draft),
            settings=self._wandb.Settings(**settings),
        )
        try:
            if not (in_doubt and dict(run.summary).get("evald/job") == job.id):
                row: dict[str, Any] = {f"evald/{name}": number for name, number in job.numbers.items()}
                row["evald/job"] = job.id
                if job.step is None:
                    run.summary.update(row)
                else:
                    run.define_metric("evald/step")
                    run.define_metric("evald/*", step_metric="evald/step")
                    # W&B's own step only has to grow, also over runs that were written offline and are uploaded later.
                    run.log({"evald/step": job.step, **row}, step=max(run.step, written))
        except BaseException:
            run.finish(exit_code=1)
            raise
        run.finish()
        if run.offline:
            kept.mkdir(exist_ok=True)
            (made,) = (draft / "wandb").glob("offline-run-*")
            move(made, kept / f"{made.name}-{digest(job.id)}")


class MLflow:
    """A run of MLflow for each run, found by a tag."""

    def __init__(self, options: argparse.Namespace) -> None:
        from mlflow import MlflowClient, entities

        self._client, self._entities = MlflowClient(tracking_uri=options.server), entities
        self._experiment: str = options.project

    def refusal(self, job: Job) -> str | None:
        return refuse_step(job)

    def write(self, job: Job, in_doubt: bool, written: int) -> None:
        run = self._run(job)
        at = int(job.ended * 1000)
        metrics = [
            self._entities.Metric(key=key, value=value, timestamp=at, step=int(job.step or 0))
            for key, value in job.numbers.items()
        ]
        if in_doubt:
            metrics = [metric for metric in metrics if not self._has(run, metric)]
        # As many as MLflow takes at once.
        for first in range(0, len(metrics), 1000):
            self._client.log_batch(run, metrics=metrics[first : first + 1000])
        self._client.set_tag(run, "evald.job", job.id)
        # Otherwise it would be shown as running for ever; points may still be added.
        self._client.set_terminated(run)

    def _run(self, job: Job) -> str:
        found = self._client.get_experiment_by_name(self._experiment)
        experiment = self._client.create_experiment(self._experiment) if found is None else found.experiment_id
        runs = self._client.search_runs([experiment], filter_string=f"tags.`evald.key` = '{job.key}'", max_results=1)
        if runs:
            return str(runs[0].info.run_id)
        tags = {"evald.key": job.key, "evald.run": job.run}
        return str(self._client.create_run(experiment, run_name=job.run, tags=tags).info.run_id)

    def _has(self, run: str, metric: Any) -> bool:
        wanted = (metric.timestamp, metric.step, metric.value)
        points = self._client.get_metric_history(run, metric.key)
        return any((point.timestamp, point.step, point.value) == wanted for point in points)


class TensorBoard:
    """A folder for each run, and in it a file for each job, which is there as a whole or not at all."""

    def __init__(self, options: argparse.Namespace) -> None:
        from tensorboard.compat.proto import event_pb2, summary_pb2
        from tensorboard.summary.writer import record_writer

        self._event, self._summary, self._writer = event_pb2.Event, summary_pb2.Summary, record_writer.RecordWriter
        self._folder = Path(options.dir)

    def refusal(self, job: Job) -> str | None:
        return refuse_step(job)

    def write(self, job: Job, in_doubt: bool, written: int) -> None:
        plain = re.sub(r"[^\w.-]", "_", job.run)[:80]
        # Two names may come to be the same one.
        is_plain = plain == job.run and plain.strip(".") != ""
        folder = self._folder / "tensorboard" / (plain if is_plain else f"{plain}-{job.key}")
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.glob(f"*.{digest(job.id)}")):
            return
        values = [self._summary.Value(tag=name, simple_value=number) for name, number in job.numbers.items()]
        head = self._event(wall_time=job.ended, file_version="brain.Event:2")
        scores = self._event(wall_time=job.ended, step=int(job.step or 0), summary=self._summary(value=values))
        draft = self._folder / "tensorboard-draft"
        with draft.open("wb") as file:
            writer = self._writer(file)
            for event in (head, scores):
                writer.write(event.SerializeToString())
            file.flush()
            os.fsync(file.fileno())
        # TensorBoard reads the files of a folder in the order of their names, and never goes back.
        move(draft, folder / f"events.out.tfevents.{time.time_ns()}.{digest(job.id)}")


def move(draft: Path, place: Path) -> None:
    draft.rename(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def refuse_step(job: Job) -> str | None:
    if job.step is None:
        return "it has no label `step` that is a number, which its points need"
    if not job.step.is_integer() or abs(job.step) >= 2**53:
        return f"its label `step` is {job.step}, and must be an integer here"
    return None


SINKS: dict[str, Callable[[argparse.Namespace], Sink]] = {"wandb": WandB, "mlflow": MLflow, "tensorboard": TensorBoard}
