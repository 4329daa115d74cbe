"""Every operation of the server, as what is asked and how its answer is read. Nothing is sent here."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .requests import Call, read_bytes, read_object, read_text
from .types import (
    Artifacts,
    Caller,
    CancelAnswer,
    CheckpointHookAnswer,
    CheckpointHookRequest,
    Comparison,
    DryRunAnswer,
    EvaluateRequest,
    ExportScoresQuery,
    GateAnswer,
    GatePolicy,
    Harnesses,
    Health,
    ImportAnswer,
    JobActionsAnswer,
    JobActionsRequest,
    JobInfo,
    JobList,
    JobResults,
    ListJobsQuery,
    ListSamplesQuery,
    ListScoresQuery,
    LiveAnswer,
    Machines,
    MergeAnswer,
    MergeRequest,
    Models,
    PauseAnswer,
    Queue,
    RetryAnswer,
    SamplesPage,
    ScoreList,
    StopAnswer,
    SubmitAnswer,
    Tasks,
)
from .waiting import JobRef, id_of

if TYPE_CHECKING:
    from typing_extensions import TypeVar, Unpack

    F = TypeVar("F", bound=Callable[..., Any])

OPERATIONS: dict[str, tuple[str, ...]] = {}
"""The methods of a client, each with the operations of the server's description that it asks for."""

OPERATIONS["events"] = ("followEvents", "followJobEvents")
OPERATIONS["live_transitions"] = ("followTransitions",)

PATIENCE = 15.0
"""Seconds for which a submission is sent again when its answer was lost."""
UNHURRIED = 290.0
"""Seconds for what may take long: a harness that is started to be asked, samples by the million."""


def operation(*ids: str) -> Callable[[F], F]:
    def note(make: F) -> F:
        OPERATIONS[make.__name__] = ids
        return make

    return note


@operation("submitJob")
def submit(
    *, idempotency_key: str | None = None, patience: float = PATIENCE, **submission: Unpack[EvaluateRequest]
) -> Call[SubmitAnswer]:
    """Queues an evaluation.

    When the connection is lost on the way it is sent again for `patience` seconds, with the same key: there is one job,
    however often it is sent. idempotency_key: names the submission; repeated with the same, it answers the same job.
    """
    headers = {"idempotency-key": idempotency_key or secrets.token_hex(16)}
    return Call("POST", ("evaluate",), read_object, headers=headers, body=submission, patience=patience)


@operation("submitJob")
def dry_run(*, idempotency_key: str | None = None, **submission: Unpack[EvaluateRequest]) -> Call[DryRunAnswer]:
    """Says what would come of a submission: nothing is queued and nothing written."""
    headers = {"idempotency-key": idempotency_key}
    return Call("POST", ("evaluate",), read_object, {"dry_run": True}, headers, submission)


@operation("showJob")
def job(job: JobRef, *, wait: float | None = None) -> Call[JobInfo]:
    """A job as it is. wait: seconds to wait for its end, at most 280; then it is shown as it is."""
    seconds = None if wait is None else min(wait, 280.0)
    query = {"wait": seconds}
    path = ("jobs", id_of(job))
    return Call("GET", path, read_object, query, timeout=seconds + 30 if seconds is not None else 60.0)


@operation("listJobs")
def jobs(**query: Unpack[ListJobsQuery]) -> Call[JobList]:
    """One page of the jobs that are kept. cursor: the `next_cursor` of the page before."""
    return Call("GET", ("jobs",), read_object, query)


@operation("cancelJob")
def cancel(job: JobRef) -> Call[CancelAnswer]:
    """Takes back a job that waits."""
    return Call("DELETE", ("jobs", id_of(job)), read_object)


@operation("stopJob")
def stop(job: JobRef) -> Call[StopAnswer]:
    """Ends a job that runs: it fails as `stopped` when no process of it is left."""
    return Call("POST", ("jobs", id_of(job), "stop"), read_object)


@operation("retryJob")
def retry(
    job: JobRef, *, missing: bool | None = None, idempotency_key: str | None = None, patience: float = PATIENCE
) -> Call[RetryAnswer]:
    """Queues the request of an ended job again, as `submit` does. missing: only the tasks without results."""
    headers = {"idempotency-key": idempotency_key or secrets.token_hex(16)}
    path = ("jobs", id_of(job), "retry")
    return Call("POST", path, read_object, {"missing": missing}, headers, patience=patience)


@operation("reprioritiseJob")
def reprioritise(job: JobRef, priority: int) -> Call[JobInfo]:
    """Changes the priority of a job that waits: -100 to 100; higher ones start first."""
    return Call("PATCH", ("jobs", id_of(job)), read_object, body={"priority": priority})


@operation("actOnJobs")
def act(*, idempotency_key: str | None = None, **request: Unpack[JobActionsRequest]) -> Call[JobActionsAnswer]:
    """Does the same to many jobs. The answer says of each what became of it: one that is refused fails no other."""
    headers = {"idempotency-key": idempotency_key}
    return Call("POST", ("jobs", "actions"), read_object, headers=headers, body=request)


@operation("showQueue")
def queue(*, limit: int | None = None) -> Call[Queue]:
    """What waits and runs. limit: ids of waiting jobs at most; all if left out."""
    return Call("GET", ("queue",), read_object, {"limit": limit})


@operation("pauseQueue")
def pause() -> Call[PauseAnswer]:
    """Starts nothing more until `resume`, also after a restart."""
    return Call("POST", ("queue", "pause"), read_object)


@operation("resumeQueue")
def resume() -> Call[PauseAnswer]:
    """Starts what waits again."""
    return Call("POST", ("queue", "resume"), read_object)


@operation("showLog")
def log(
    job: JobRef,
    *,
    tail: int | None = None,
    raw: bool | None = None,
    task: str | None = None,
    attempt: int | None = None,
) -> Call[str]:
    """What is there of a log, as one text.

    tail: only the last lines, so many. raw: as it is on disk; else colours and overwritten progress bars are left out.
    task: of a split job the task whose log is meant. attempt: which one, of a job that was tried again, from 1.
    """
    query = {"tail": tail, "raw": raw, "task": task, "attempt": attempt}
    return Call("GET", ("jobs", id_of(job), "log"), read_text, query)


@operation("showResults")
def results(job: JobRef) -> Call[JobResults]:
    """The numbers of a job, and what made them."""
    return Call("GET", ("jobs", id_of(job), "results"), read_object)


@operation("listSamples")
def samples(job: JobRef, task: str, **query: Unpack[ListSamplesQuery]) -> Call[SamplesPage]:
    """One page of the samples of a task."""
    return Call("GET", ("jobs", id_of(job), "samples", task), read_object, query)


@operation("listArtifacts")
def artifacts(job: JobRef) -> Call[Artifacts]:
    """The files of a run."""
    return Call("GET", ("jobs", id_of(job), "artifacts"), read_object)


@operation("downloadArtifact")
def artifact(job: JobRef, path: str, *, start: int | None = None, end: int | None = None) -> Call[bytes]:
    """A file of a run, as `artifacts` names it, or some of its bytes.

    They go from `start` up to and with `end`; a negative `start` counts from the end of the file.
    """
    asked = None
    if start is not None or end is not None:
        asked = (
            f"bytes={start}" if start is not None and start < 0 else f"bytes={start or 0}-{'' if end is None else end}"
        )
    return Call("GET", ("jobs", id_of(job), "artifacts", path), read_bytes, headers={"range": asked})


@operation("listScores")
def scores(**query: Unpack[ListScoresQuery]) -> Call[ScoreList]:
    """One page of scores, in the order in which their jobs ended; with `missing` what was asked for and has none."""
    return Call("GET", ("scores",), read_object, query)


@operation("exportScores")
def export_scores(**query: Unpack[ExportScoresQuery]) -> Call[bytes]:
    """All scores as one long table. format: csv (unless said), json, md or parquet."""
    return Call("GET", ("scores", "export"), read_bytes, query, timeout=UNHURRIED)


@operation("compareJobs")
def compare(
    a: JobRef,
    b: JobRef,
    *,
    task: str | None = None,
    metric: str | None = None,
    filter: str | None = None,
    allow_unpaired: bool | None = None,
) -> Call[Comparison]:
    """Compares two completed jobs sample by sample. a: the baseline. b: the candidate."""
    query: dict[str, Any] = {"a": id_of(a), "b": id_of(b), "task": task, "metric": metric, "filter": filter}
    return Call("GET", ("compare",), read_object, {**query, "allow_unpaired": allow_unpaired}, timeout=UNHURRIED)


@operation("gateJob")
def gate(
    *, baseline: JobRef, candidate: JobRef, policy: GatePolicy, allow_unpaired: bool | None = None
) -> Call[GateAnswer]:
    """Judges by a policy whether a candidate may take the place of a baseline."""
    body: dict[str, Any] = {"baseline": id_of(baseline), "candidate": id_of(candidate), "policy": policy}
    if allow_unpaired is not None:
        body["allow_unpaired"] = allow_unpaired
    return Call("POST", ("gate",), read_object, body=body, timeout=UNHURRIED)


@operation("importRuns")
def import_runs(dir: str, *, labels: Mapping[str, str | float] | None = None) -> Call[ImportAnswer]:
    """Takes the results of lmms-eval and lm-eval in and below a folder of the server into the record."""
    body = {"dir": dir} if labels is None else {"dir": dir, "labels": labels}
    return Call("POST", ("imports",), read_object, body=body, timeout=None)


@operation("showHealth")
def health() -> Call[Health]:
    """Whether the server can do its work, and what it is; also one that takes no jobs answers."""
    return Call("GET", ("health",), read_object, answers=(503,))


@operation("describeCaller")
def caller() -> Call[Caller]:
    """As which caller the server knows this client, and what it may do."""
    return Call("GET", ("caller",), read_object)


@operation("listHarnesses")
def harnesses() -> Call[Harnesses]:
    """The harnesses that evaluate, and whether they can start."""
    return Call("GET", ("harnesses",), read_object, timeout=UNHURRIED)


@operation("listTasks")
def tasks(*, harness: str | None = None) -> Call[Tasks]:
    """The tasks that a harness knows; of the default one unless said."""
    return Call("GET", ("tasks",), read_object, {"harness": harness}, timeout=UNHURRIED)


@operation("listModels")
def models(*, harness: str | None = None) -> Call[Models]:
    """The models that a harness knows; of the default one unless said."""
    return Call("GET", ("models",), read_object, {"harness": harness}, timeout=UNHURRIED)


@operation("mergeCheckpoint")
def merge(**request: Unpack[MergeRequest]) -> Call[MergeAnswer]:
    """Merges a sharded checkpoint, and answers when it is merged."""
    return Call("POST", ("merge",), read_object, body=request, timeout=None)


@operation("hookCheckpoint")
def hook_checkpoint(*, wait: float | None = None, **hook: Unpack[CheckpointHookRequest]) -> Call[CheckpointHookAnswer]:
    """Has a checkpoint evaluated as the server's template says, once. wait: seconds for its end, at most 280."""
    seconds = None if wait is None else min(wait, 280.0)
    timeout = seconds + 30 if seconds is not None else 60.0
    return Call("POST", ("hooks", "checkpoint"), read_object, {"wait": seconds}, body=hook, timeout=timeout)


@operation("pollHook")
def poll_hook(job: JobRef, *, wait: float | None = None) -> Call[CheckpointHookAnswer]:
    """What became of the evaluation of a checkpoint. wait: seconds to wait for its end, at most 280."""
    seconds = None if wait is None else min(wait, 280.0)
    path = ("hooks", "checkpoint", id_of(job))
    return Call("GET", path, read_object, {"wait": seconds}, timeout=seconds + 30 if seconds is not None else 60.0)


@operation("listMachines")
def machines(*, job: JobRef | None = None) -> Call[Machines]:
    """The charts that evald is made of."""
    query = {"job": None if job is None else id_of(job)}
    return Call("GET", ("machines",), read_object, query, {"accept": "application/json"})


@operation("showMachine")
def machine(file: str) -> Call[str]:
    """A chart as drawing, Mermaid or JSON: `job.svg`, `scheduler.mmd`, `runner.json`; all of them: `system.svg`."""
    return Call("GET", ("machines", file), read_text)


@operation("showLiveStates")
def live() -> Call[LiveAnswer]:
    """What the machines are doing now."""
    return Call("GET", ("machines", "live"), read_object)


@operation("showMetrics")
def metrics() -> Call[str]:
    """What Prometheus reads of the server: counters and gauges, a line each."""
    return Call("GET", ("metrics",), read_text)


@operation("describeInterface")
def openapi() -> Call[dict[str, Any]]:
    """The description of the interface, OpenAPI 3.1."""
    return Call("GET", ("openapi.json",), read_object)


@operation("showInterface")
def docs() -> Call[str]:
    """Where a browser finds the description of the interface, as an address relative to the server's."""
    return Call("GET", ("docs",), lambda answer: answer.headers["location"], answers=(307,))


@operation("showDashboard")
def page() -> Call[str]:
    """The page of the server, as a browser gets it."""
    return Call("GET", (), read_text)


@operation("showDashboardPart")
def page_part(file: str) -> Call[bytes]:
    """A file that the page is made of."""
    return Call("GET", ("assets", file), read_bytes)


def artifact_stream(job: JobRef, path: str) -> Call[Any]:
    return Call("GET", ("jobs", id_of(job), "artifacts", path), read_bytes, timeout=UNHURRIED)
