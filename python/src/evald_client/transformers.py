"""Checkpoints of transformers' Trainer, evaluated while it trains."""

from __future__ import annotations

import copy
import functools
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import httpx
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from .checkpoints import Evaluations, Pin, Scores, log
from .client import Client
from .servers import server_of, token_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .types import EvaluateRequest


class EvaldCallback(TrainerCallback):
    """Has each checkpoint evaluated when it is saved, and logs its scores when they arrive, under its own step.

    `Trainer(…, callbacks=[EvaldCallback("http://localhost:8000", model="hf", tasks=["mmlu"])])`

    The training neither waits for the server nor fails because of it: a thread asks it, and what goes wrong is logged
    once. Only the main process (rank 0) submits. A training that goes on takes up what was not evaluated yet.

    url, token: the server; without, EVALD_SERVER and EVALD_TOKEN.
    run: the label of the run; `run_name` of the training, or the name of its folder, unless said.
    prefix: of the names of scores.
    pin: how a checkpoint is kept from `save_total_limit` until it has been evaluated: "link" (hard links, without room
        of their own while the checkpoint is there), "copy" (where there are no links; it takes room, and the training
        waits for it), "none".
    pin_folder: where; `evald-pinned` in `output_dir` unless said.
    checkpoint_argument: which of the `model_args` is the path of the checkpoint.
    wait_at_end: whether the end of the training waits for all scores, or for how many seconds.
    patience: seconds for which it waits there for a server that is away.
    interval: seconds between two looks at what runs.
    http: an httpx client of your own, with its proxies and certificates.
    Everything else is part of the submission, as of `Client.submit`.
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
        self._trainer: Trainer | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Begins to evaluate, with what an earlier training of this folder has left."""
        if not state.is_world_process_zero or self._evaluations is not None:
            return
        output = Path(args.output_dir or ".")
        self._trainer = _calling_trainer(sys._getframe())
        if self._trainer is None:
            log.warning("evald: no Trainer calls this callback; scores are in its log_history alone")
        else:
            # First: at the end scores are logged before the callbacks of W&B, MLflow or TensorBoard close their runs.
            callbacks = self._trainer.callback_handler.callbacks
            callbacks.remove(self)
            callbacks.insert(0, self)
        self._evaluations = Evaluations(
            self._connect(),
            self._submission,
            run=self._run or getattr(args, "run_name", None) or output.resolve().name,
            folder=Path(self._pin_folder or output / "evald-pinned"),
            pin=self._pin,
            checkpoint_argument=self._argument,
            interval=self._interval,
        )

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Has the checkpoint that was saved evaluated."""
        if self._evaluations is not None and state.is_world_process_zero:
            folder = Path(args.output_dir or ".") / f"checkpoint-{state.global_step}"
            self._evaluations.add(folder, state.global_step)

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Logs what has arrived."""
        if self._evaluations is not None:
            self._log(args, state, control, self._evaluations.scores())

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        """Waits for what is still to come, if it is to."""
        evaluations, self._evaluations = self._evaluations, None
        if evaluations is None:
            return
        self._log(args, state, control, evaluations.finish(self._wait_at_end, self._patience))

    def _log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, arrived: Iterable[Scores]
    ) -> None:
        try:
            for scores in arrived:
                logs = scores.numbers(self._prefix)
                state.log_history.append({**logs, "step": scores.step})
                if self._trainer is None:
                    continue
                # To all that log this training the scores are of the checkpoint's step, not of the one it is at now.
                # Not on_log of the handler: it would take back that the training wants to log at this step.
                then = copy.copy(state)
                then.global_step = scores.step
                handler = self._trainer.callback_handler
                handler.call_event("on_log", args, then, control, logs=logs)
        except Exception as error:
            log.warning("evald: scores could not be logged: %s: %s", type(error).__name__, error)


def _calling_trainer(frame: FrameType | None) -> Trainer | None:
    """The Trainer on the stack: it does not hand itself to its callbacks, and only it knows the others."""
    for one in _frames(frame):
        caller = one.f_locals.get("self")
        if isinstance(caller, Trainer):
            return caller
    return None


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
