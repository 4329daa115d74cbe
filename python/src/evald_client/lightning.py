"""Checkpoints of Lightning, evaluated while it trains."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint

from .checkpoints import Evaluations, Pin, Scores, log
from .client import Client
from .servers import server_of, token_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .types import EvaluateRequest


class EvaldLightningCallback(Callback):
    """Has each checkpoint of a ModelCheckpoint evaluated, and logs its scores when they arrive, under its own step.

    `Trainer(…, callbacks=[EvaldLightningCallback("http://localhost:8000", model="hf", tasks=["mmlu"])])`

    All as of `evald_client.transformers.EvaldCallback`. A checkpoint is one file, or a folder where the strategy writes
    one. It is pinned at the next event of the training, before ModelCheckpoint may delete it. `last.ckpt` beside
    another one of the same step is that one. What the training saves itself (`trainer.save_checkpoint`) is left to
    `evaluate`. The scores go to all loggers of the trainer, with the step of the checkpoint.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        run: str | None = None,
        prefix: str = "evald/",
        pin: Pin = "link",
        pin_folder: str | os.PathLike[str] | None = None,
        checkpoint_argument: str = "pretrained",
        wait_at_end: bool | float = False,
        patience: float = 300.0,
        interval: float = 5.0,
        http: httpx.Client | None = None,
        **submission: Unpack[EvaluateRequest],
    ) -> None:
        self._connect = functools.partial(Client, server_of(url), token_of(token), http=http)
        # A wrong address is an error of the line that has it.
        self._connect().close()
        self._submission = submission
        self._run, self._prefix = run, prefix
        self._pin, self._pin_folder, self._argument = pin, pin_folder, checkpoint_argument
        self._wait_at_end, self._patience, self._interval = wait_at_end, patience, interval
        self._evaluations: Evaluations | None = None
        self._saved_step: int | None = None
        self._seen: set[tuple[str, int]] = set()

    def evaluate(self, checkpoint: str | os.PathLike[str], step: int) -> None:
        """Has a checkpoint evaluated that no ModelCheckpoint has saved. For the main process, while it trains."""
        if self._evaluations is not None:
            self._evaluations.add(checkpoint, step)

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begins to evaluate, with what an earlier training of this folder has left."""
        if not trainer.is_global_zero or self._evaluations is not None:
            return
        root = Path(trainer.log_dir or trainer.default_root_dir)
        self._evaluations = Evaluations(
            self._connect(),
            self._submission,
            run=self._run or root.resolve().name,
            folder=Path(self._pin_folder or Path(trainer.default_root_dir) / "evald-pinned"),
            pin=self._pin,
            checkpoint_argument=self._argument,
            interval=self._interval,
        )
        # What was there before is not of this training.
        self._seen = {(path, _time_of(path)) for path in _checkpoints_of(trainer)}

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Notes the step that is about to be saved: the file has no name yet."""
        self._saved_step = int(checkpoint["global_step"])

    # ModelCheckpoint comes after every other callback: what it has saved is seen at the event after it.

    def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:
        """Looks for what was saved, and logs what has arrived."""
        self._look(trainer)

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        """Looks for what was saved."""
        self._look(trainer)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Looks for what was saved."""
        self._look(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Looks for what was saved."""
        self._look(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Looks for what was saved."""
        self._look(trainer)

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Waits for what is still to come, if it is to. ModelCheckpoint has saved its last by now."""
        self._look(trainer)
        evaluations, self._evaluations = self._evaluations, None
        if evaluations is None:
            return
        self._log(trainer, evaluations.finish(self._wait_at_end, self._patience))

    def _look(self, trainer: Trainer) -> None:
        if self._evaluations is None:
            return
        if self._saved_step is not None:
            for path in _checkpoints_of(trainer):
                named = (path, _time_of(path))
                if named not in self._seen:
                    self._seen.add(named)
                    self._evaluations.add(path, self._saved_step)
            self._saved_step = None
        self._log(trainer, self._evaluations.scores())

    def _log(self, trainer: Trainer, arrived: Iterable[Scores]) -> None:
        for scores in arrived:
            for logger in trainer.loggers:
                try:
                    logger.log_metrics(scores.numbers(self._prefix), step=scores.step)
                except Exception as error:
                    name = type(logger).__name__
                    log.warning("evald: %s does not take scores: %s: %s", name, type(error).__name__, error)


def _checkpoints_of(trainer: Trainer) -> list[str]:
    """The files that the trainer's ModelCheckpoints have now, each step once."""
    paths: dict[str, None] = {}
    for callback in trainer.checkpoint_callbacks:
        if isinstance(callback, ModelCheckpoint):
            best = [*callback.best_k_models, callback.best_model_path]
            paths.update(dict.fromkeys(path for path in best if path))
            if callback.last_model_path and not any(best):
                paths[callback.last_model_path] = None
    return [path for path in paths if Path(path).exists()]


def _time_of(path: str) -> int:
    return Path(path).stat().st_mtime_ns
