"""What evald is sent and what it answers.

Written by tools/pythonTypes.ts ("npm run docs") from the description of the interface. Edit the schemas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from .record import Record


class _RetryPolicyInput(TypedDict):
    max: int
    """Attempts beside the first; of a split job each of its tasks has as many"""


class RetryPolicyInput(_RetryPolicyInput, total=False):
    on: Sequence[Literal["lost", "preempted", "nodeFailed", "outOfMemory", "launch"]]
    """Kinds of failure (`failure_kind`) after which there is another attempt"""


class _EvaluateRequest(TypedDict):
    model: str
    """Name of the model, as the harness knows it"""
    tasks: Sequence[str]
    """Names of the tasks, groups or tags to evaluate"""


class EvaluateRequest(_EvaluateRequest, total=False):
    model_args: Mapping[str, Any] | None
    """Arguments of the model. The harness gets them as text, `a=1,b=x`: no key may have "=" or ",", and a value that the installed harness would not read back as it was sent is refused; null values are left out"""
    num_fewshot: int | None
    """Examples shown before each question; null: as the task says"""
    batch_size: int | str | None
    """Samples at a time: an integer from 1, "auto", or "auto:4" """
    device: str | None
    """Where the model runs: cuda, cuda:0, cpu"""
    limit: Literal[-1] | float | None
    """Samples a task: a count; below 1 a fraction; -1 or null: all of them"""
    gen_kwargs: str | None
    """Arguments of generation, as text: temperature=0,top_p=1"""
    log_samples: bool
    """Whether to write every sample to a file"""
    predict_only: bool
    """Only generate, compute no scores"""
    num_gpus: int
    """Processes, one a GPU"""
    output_dir: str | None
    """Folder for the results, on the server; null: one of the run's own, deleted with the job"""
    harness: str | None
    """Which harness evaluates, of those that GET /harnesses names; null: the default of the server. A job keeps it"""
    split: bool
    """Whether each task has a run of its own, one after the other, in one slot: the numbers of a task are there as soon as its run has ended, and one that fails keeps no other from running"""
    pool: str | None
    """The pool of devices that it waits for and runs on, of those of the server (--pool); null: its first one"""
    labels: Mapping[str, str | float]
    """Names to texts or numbers, to find the job by: {"run": "r7", "step": 12000}"""
    priority: int
    """Higher ones start first; first in, first out within one"""
    cpus: int | None
    """CPUs of the run: what Slurm and Ray reserve for it. On this machine what runs has at most --cpus together, and this many threads where a library asks how many; null: as the server is set"""
    memory: str | None
    """Memory of the run, "16G": what Slurm and Ray reserve for it. On this machine what runs has at most --memory together, by what each says: no run is ended for taking more; null: as the server is set"""
    timeout: float | None
    """Seconds the run may take; null: as the server is set"""
    stall_timeout: float | None
    """Seconds the run may go without output; null: as the server is set"""
    retry: RetryPolicyInput | None
    """How often it is tried again when its engine or its machine fails it, and after which failures: 2, or {"max": 2, "on": ["lost", "preempted", "nodeFailed"]}, which is the same; null: as the server is set"""
    callback_url: str | None
    """Where the job is posted to when it has ended. Shown with *** for the values of its query"""
    engine_args: Sequence[str]
    """Words for the engine that runs it, those that the operator allows: ["--partition=long"]"""
    ready_file: str | None
    """A file below `model_args.pretrained` that is written last: the job keeps its position and is not started before it is there, and those behind it go on"""
    ready_timeout: float | None
    """Seconds from its submission after which a job whose `ready_file` is not there fails; null: it waits on"""
    after: Sequence[str]
    """Jobs that have to complete before it is started. When one of them fails or is cancelled, so is this one, unless `after_any`"""
    after_any: bool
    """Whether the jobs in `after` only have to end, however they do"""


class CheckpointHookRequest(TypedDict):
    event: str
    """What happened in training: save, eval, train_end"""
    step: int
    """The step of training that was reached"""
    checkpoint_dir: str
    """Folder of the checkpoint, as evald and its runs see it"""
    output_dir: str
    """Folder of the training run"""


class ReprioritiseRequest(TypedDict):
    priority: int
    """Higher ones start first; within one, jobs start in the order in which they came"""


class JobsFilter(TypedDict, total=False):
    """Or which jobs, as GET /jobs has them: at most 1000 are acted on, the newest of them, and next_cursor goes on"""

    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    """Only jobs in this state"""
    model: str
    """Only jobs of this model"""
    task: str
    """Only jobs whose request names this task"""
    label: str
    """Only jobs with this label, name and value: run:r7"""
    submitted_by: str
    """Only jobs that were submitted with the token of this name"""
    since: str
    """Only jobs that were submitted then or later: ISO 8601, or seconds since 1970"""
    id_prefix: str
    """Only jobs whose id begins so: hexadecimal digits and dashes"""
    q: str
    """Only jobs in which each of these texts occurs, whatever its case: in the model, a task, a label (run:r7), an argument of the model as it is shown (pretrained=/ckpt), the id, the name of the token, or the error. A page may have fewer jobs than there are, even none, while next_cursor goes on"""


class _JobActionsRequest(TypedDict):
    action: Literal["cancel", "stop", "retry", "reprioritise"]
    """What is done to each job: as DELETE /jobs/{id}, its /stop, its /retry, or PATCH /jobs/{id}"""


class JobActionsRequest(_JobActionsRequest, total=False):
    ids: Sequence[str]
    """Ids of the jobs, at most 1000; one that is said twice counts once"""
    filter: JobsFilter
    """Or which jobs, as GET /jobs has them: at most 1000 are acted on, the newest of them, and next_cursor goes on"""
    cursor: str
    """The next_cursor of the answer before, with the same filter: goes on with the jobs before those"""
    priority: int
    """The new priority; for reprioritise, which needs it"""
    missing: bool
    """Only the tasks that have no results; for retry"""
    dry_run: bool
    """Only say what would become of each job: nothing is changed"""


class _ImportRequest(TypedDict):
    dir: str
    """Folder on the server that has results of lmms-eval or lm-eval, in it or below"""


class ImportRequest(_ImportRequest, total=False):
    labels: Mapping[str, str | float]
    """Labels for all of them"""


class _MergeRequest(TypedDict):
    checkpoint_path: str
    """Folder of the sharded checkpoint, on the server"""


class MergeRequest(_MergeRequest, total=False):
    output_path: str | None
    """Folder for the merged checkpoint; null: where the merger puts it"""
    checkpoint_type: Literal["regular", "ema"]
    """Which weights: the main ones or their EMA"""


class _TaskInput(TypedDict):
    max_drop: float
    """How much worse the candidate may be, in the unit of the score, in the direction that is bad for it"""


class TaskInput(_TaskInput, total=False):
    tier: Literal["critical", "supporting", "advisory"]
    """critical: a failure fails the gate, and without a verdict it is inconclusive; supporting: a failure fails it; advisory: shown alone"""
    metric: str
    """Must be given where the task has several"""
    filter: str
    """Must be given where the metric has several"""


class GatePolicy(TypedDict):
    """What it may lose"""

    tasks: Mapping[str, TaskInput]
    """task → what it may lose"""


class _GateRequest(TypedDict):
    baseline: str
    """The job that is compared with"""
    candidate: str
    """The job that is to take its place"""
    policy: GatePolicy
    """What it may lose"""


class GateRequest(_GateRequest, total=False):
    allow_unpaired: bool
    """Whether there may be a verdict though fewer than 95 % of the samples of either run have a pair in the other"""


class SubmitAnswer(Record):
    job_id: str
    """Names the job from now on"""
    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    """queued; the current state when the Idempotency-Key was known"""
    position_in_queue: int | None
    """Jobs ahead of it in the queue, from 0; running ones are not counted. Null when it no longer waits"""
    message: str
    """The same for people"""
    warnings: list[str]
    """What was ignored or changed in the request"""


class JobRequest(Record):
    """The request as it was understood; `***` stands for credentials"""

    model: str
    """Name of the model, as the harness knows it"""
    tasks: list[str]
    """Names of the tasks, groups or tags to evaluate"""
    model_args: dict[str, Any] | None
    """Arguments of the model. The harness gets them as text, `a=1,b=x`: no key may have "=" or ",", and a value that the installed harness would not read back as it was sent is refused; null values are left out"""
    num_fewshot: int | None
    """Examples shown before each question; null: as the task says"""
    batch_size: int | str | None
    """Samples at a time: an integer from 1, "auto", or "auto:4" """
    device: str | None
    """Where the model runs: cuda, cuda:0, cpu"""
    limit: Literal[-1] | float | None
    """Samples a task: a count; below 1 a fraction; -1 or null: all of them"""
    gen_kwargs: str | None
    """Arguments of generation, as text: temperature=0,top_p=1"""
    log_samples: bool
    """Whether to write every sample to a file"""
    predict_only: bool
    """Only generate, compute no scores"""
    num_gpus: int
    """Processes, one a GPU"""
    output_dir: str | None
    """Folder for the results, on the server; null: one of the run's own, deleted with the job"""


class RetryPolicy(Record):
    max: int
    """Attempts beside the first; of a split job each of its tasks has as many"""
    on: list[Literal["lost", "preempted", "nodeFailed", "outOfMemory", "launch"]]
    """Kinds of failure (`failure_kind`) after which there is another attempt"""


class Devices(Record):
    """What it would take"""

    needed: int
    """Devices it asks for (num_gpus)"""
    total: int | None
    """Devices that the server hands out (--gpus); null: it hands out none, and does not know how many there are"""
    free: int | None
    """Those of them that are free now; null as above"""
    are_free: bool | None
    """Whether as many are free now as it asks for; null as above"""


class WaitingForJobs(Record):
    kind: Literal["jobs"]
    """Those before it in the queue"""
    ahead: int
    """How many of them are not passed over"""


class WaitingForSlot(Record):
    kind: Literal["slot"]
    """It is next, and as many run as may (--slots)"""


class WaitingForEngine(Record):
    kind: Literal["engine"]
    """It is next, and as many as may wait on the engine (--max-pending)"""
    pending: int
    """Jobs that were started and have not begun"""


class WaitingForDevices(Record):
    kind: Literal["devices"]
    """It is next, and too few devices of this machine are free (--gpus)"""
    needed: int
    """Devices it asks for (num_gpus)"""
    free: int
    """Devices that are free"""


class WaitingForCapacity(Record):
    kind: Literal["capacity"]
    """It is next, and what runs leaves too little of this machine, by what each says (--cpus, --memory)"""
    what: Literal["cpus", "memory"]
    """What there is too little of"""
    needed: float
    """What it asks for; memory in bytes"""
    free: float
    """What is not taken; memory in bytes"""


class WaitingForFolder(Record):
    kind: Literal["folder"]
    """It is next, and a run writes to its folder (output_dir), or to one in or above it"""
    job_id: str
    """The job that runs there"""


class WaitingForCheckpoint(Record):
    kind: Literal["checkpoint"]
    """Its checkpoint is not whole yet; those behind it are started meanwhile"""
    file: str
    """The file that shows that it is (ready_file)"""


class WaitingForAfter(Record):
    kind: Literal["after"]
    """Jobs that have to end before it; those behind it are started meanwhile"""
    job_ids: list[str]
    """Those of them that have not ended"""


class WaitingForPause(Record):
    kind: Literal["pause"]
    """The queue is paused: nothing is started until POST /queue/resume"""


class WaitingForJournal(Record):
    kind: Literal["journal"]
    """Its start is being written to the journal, or that cannot be written (/health says why)"""


class WaitingForShutdown(Record):
    kind: Literal["shutdown"]
    """The server is about to end; it starts after the next start"""


class WaitingForBlocked(Record):
    kind: Literal["blocked"]
    """Nothing is started because of a fault that is not of any job"""
    reason: str
    """What the fault is"""


class DryRunAnswer(Record):
    dry_run: Literal[True]
    """Nothing was queued"""
    request: JobRequest
    """The request as it was understood; `***` stands for credentials"""
    harness: str | None
    """Which harness evaluates, of those that GET /harnesses names; null: the default of the server. A job keeps it"""
    split: bool
    """Whether each task has a run of its own, one after the other, in one slot: the numbers of a task are there as soon as its run has ended, and one that fails keeps no other from running"""
    pool: str | None
    """The pool of devices that it waits for and runs on, of those of the server (--pool); null: its first one"""
    labels: dict[str, str | float]
    """Names to texts or numbers, to find the job by: {"run": "r7", "step": 12000}"""
    priority: int
    """Higher ones start first; first in, first out within one"""
    cpus: int | None
    """CPUs of the run: what Slurm and Ray reserve for it. On this machine what runs has at most --cpus together, and this many threads where a library asks how many; null: as the server is set"""
    memory: str | None
    """Memory of the run, "16G": what Slurm and Ray reserve for it. On this machine what runs has at most --memory together, by what each says: no run is ended for taking more; null: as the server is set"""
    timeout: float | None
    """Seconds the run may take; null: as the server is set"""
    stall_timeout: float | None
    """Seconds the run may go without output; null: as the server is set"""
    retry: RetryPolicy | None
    """How often it is tried again when its engine or its machine fails it, and after which failures: 2, or {"max": 2, "on": ["lost", "preempted", "nodeFailed"]}, which is the same; null: as the server is set"""
    callback_url: str | None
    """Where the job is posted to when it has ended. Shown with *** for the values of its query"""
    engine_args: list[str]
    """Words for the engine that runs it, those that the operator allows: ["--partition=long"]"""
    ready_file: str | None
    """A file below `model_args.pretrained` that is written last: the job keeps its position and is not started before it is there, and those behind it go on"""
    ready_timeout: float | None
    """Seconds from its submission after which a job whose `ready_file` is not there fails; null: it waits on"""
    after: list[str]
    """Jobs that have to complete before it is started. When one of them fails or is cancelled, so is this one, unless `after_any`"""
    after_any: bool
    """Whether the jobs in `after` only have to end, however they do"""
    devices: Devices
    """What it would take"""
    position_in_queue: int
    """Jobs that would be ahead of it in the queue, from 0; running ones are not counted"""
    waiting_for: WaitingForJobs | WaitingForSlot | WaitingForEngine | WaitingForDevices | WaitingForCapacity | WaitingForFolder | WaitingForCheckpoint | WaitingForAfter | WaitingForPause | WaitingForJournal | WaitingForShutdown | WaitingForBlocked | None
    """What it would wait for; null: it would start at once"""
    expected_start_at: str | None
    """When it might start, by what is expected of the jobs ahead; null when that is not known"""
    expected_end_at: str | None
    """When it might end, by what the last jobs took that asked for the same; null when that is not known"""
    command: list[str] | None
    """The program that would run, and its arguments; JOB_ID stands for the id that it would get, `***` for credentials. What only its run may see would stand in the file of --config. Null: it cannot be found out now, and `warnings` says why"""
    repeats: str | None
    """The job that was submitted with this Idempotency-Key and would be answered instead of a new one; null: none"""
    warnings: list[str]
    """What would be ignored or changed, or could not be found out"""


class Result(Record):
    results: str
    """Path of the results file"""
    samples: list[str]
    """Paths of the samples files"""


class Metric(Record):
    value: float | None
    """The score as the harness wrote it, of any size; null when it wrote NaN or infinity"""
    stderr: float | None
    """Standard error of the score, in the same unit; null when unknown"""
    higher_is_better: bool | None
    """Direction of the metric; null when the harness does not say"""
    n: int | None
    """Samples that carry the metric, of which it was computed; null when that cannot be known"""
    stderr_clt: float | None
    """Standard error of the mean over samples (by the central limit theorem), in units of a sample, which may not be those of the score; null when unknown"""
    stderr_clustered: float | None
    """The same where samples come in clusters, such as questions about one video; null when unknown"""
    n_failed: int | None
    """Those of them whose answer, or its judgement, failed and was scored all the same; null when that cannot be known"""
    n_empty: int | None
    """Those of them whose answer was empty; null when that cannot be known"""
    n_unscored: int | None
    """Samples of the task that do not carry the metric: it is not of them; null when that cannot be known"""
    filter: str
    """How answers were read before they were scored; `none` where they were not"""


class AnswerCounts(Record):
    answered: int | None
    """Samples with an answer of the model; null when unknown"""
    empty: int | None
    """Samples with an empty answer; null when unknown"""
    failed: int | None
    """Samples whose answer, or its judgement, failed; null when unknown"""
    cached: int | None
    """Samples whose answer is from the harness's cache of an earlier run; null when unknown"""


class Task(Record):
    version: str | None
    """Version of the definition of the task"""
    num_fewshot: int | None
    """Examples that were shown before each question"""
    hash: str
    """Hash of its questions, prompts and targets (lm-eval, with log_samples); absent: not known (not always there)"""


class Arguments(Record):
    """What the harness was asked, beside the tasks; `***` stands for credentials, as in the request"""

    model: str
    """Name of the model, as the harness knows it"""
    model_args: dict[str, Any] | None
    """Arguments of the model. The harness gets them as text, `a=1,b=x`: no key may have "=" or ",", and a value that the installed harness would not read back as it was sent is refused; null values are left out"""
    num_fewshot: int | None
    """Examples shown before each question; null: as the task says"""
    batch_size: int | str | None
    """Samples at a time: an integer from 1, "auto", or "auto:4" """
    device: str | None
    """Where the model runs: cuda, cuda:0, cpu"""
    limit: Literal[-1] | float | None
    """Samples a task: a count; below 1 a fraction; -1 or null: all of them"""
    gen_kwargs: str | None
    """Arguments of generation, as text: temperature=0,top_p=1"""
    predict_only: bool
    """Only generate, compute no scores"""


class Provenance(Record):
    harness: str | None
    """What evaluated"""
    harness_version: str | None
    """Its version"""
    started_warm: bool
    """Whether it was forked from a Python that had imported its modules (--warm-starts); absent: it was not, as far as is known (not always there)"""
    git_hash: str | None
    """Commit of the harness's checkout"""
    seed: str | None
    """The seed; where there are several that differ, all with commas"""
    tasks: dict[str, Task]
    """Of each task and group that has numbers"""
    num_gpus: int | None
    """GPUs it was run on; null when unknown, as of an imported job"""
    arguments: Arguments
    """What the harness was asked, beside the tasks; `***` stands for credentials, as in the request"""
    operator_options: list[str] | None
    """Options that the operator sets for every run of the harness (--extra-args); null when unknown"""


class Progress(Record):
    phase: str
    """The harness's name of what it does now"""
    done: int
    """Steps done; of several ranks, the average"""
    total: int
    """Steps in all; of several ranks, the average"""
    percent: float
    """0 to 100"""
    rate: float | None
    """Steps a second; null when not known yet"""
    eta_seconds: float | None
    """Seconds until this phase is done; null when not known yet"""


class StopRequested(Record):
    at: str
    """ISO 8601 with offset and milliseconds: 2026-11-24T02:06:04.123+00:00"""
    by: str | None
    """Name of the token by which it was asked for; null where none is needed"""


class Part(Record):
    number: int
    """Its place among the tasks of the request, from 1: they run in this order"""
    task: str
    """The task"""
    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    """As of a job; cancelled: the job ended before its run began"""
    started_at: str | None
    """When it was begun: after the end of the task before it"""
    completed_at: str | None
    """When its run had ended"""
    log: str | None
    """Path of the log of its run; GET /jobs/{job_id}/log?task= shows it"""
    error: str | None
    """Why it failed, in one line"""
    failure_kind: Literal["exited", "signalled", "launch", "harness", "noResults", "incompleteResults", "failedAnswers", "timedOut", "stalled", "stopped", "interrupted", "lost", "preempted", "nodeFailed", "outOfMemory"] | None
    """The kind of failure, for programs"""


class Attempt(Record):
    number: int
    """Its place among the attempts of the job, or of the task, from 1"""
    part: int | None
    """Of a split job the number of the task; null of any other"""
    failure_kind: Literal["exited", "signalled", "launch", "harness", "noResults", "incompleteResults", "failedAnswers", "timedOut", "stalled", "stopped", "interrupted", "lost", "preempted", "nodeFailed", "outOfMemory"]
    """The kind of failure, for programs"""
    error: str
    """Why it failed, in one line"""
    started_at: str | None
    """When it was begun"""
    completed_at: str
    """When its run had ended"""
    node: str | None
    """The machine on which it ran; null: it had none yet, or that is not known"""
    log: str | None
    """Path of its log; GET /jobs/{job_id}/log?attempt= shows it"""
    next_at: str
    """When the next one was to begin, or is"""


class Backend(Record):
    name: str
    """Which backend runs it: local, slurm, ray"""
    id: str
    """The engine's name of the run: a pid, the id of a job of Slurm or Ray"""
    node: str | None
    """The machine it runs on; null while the engine has given it none"""
    state: str | None
    """How it is in the engine's words, as last reported: PENDING, RUNNING; null when that is not known or it ended"""


class JobInfo(Record):
    job_id: str
    """Names the job in every request about it"""
    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    """The five states of the job chart"""
    created_at: str
    """ISO 8601 with offset and milliseconds: 2026-11-24T02:06:04.123+00:00"""
    started_at: str | None
    """When its run began: on an engine when it was handed over, which may let it wait; null until then"""
    completed_at: str | None
    """When it reached a final state, cancelled included"""
    duration_seconds: float | None
    """Seconds from its start to its end, measured whatever the clock did meanwhile; null unless it ran and ended"""
    request: JobRequest
    """The request as it was understood; `***` stands for credentials in model_args"""
    result: dict[str, Result] | None
    """Files of a completed job"""
    error: str | None
    """Why it failed, or was cancelled by the server"""
    position_in_queue: int | None
    """Jobs ahead of it, from 0; null unless queued"""
    waiting_for: WaitingForJobs | WaitingForSlot | WaitingForEngine | WaitingForDevices | WaitingForCapacity | WaitingForFolder | WaitingForCheckpoint | WaitingForAfter | WaitingForPause | WaitingForJournal | WaitingForShutdown | WaitingForBlocked | None
    """What it waits for; null unless it is queued, or was started and could not be launched"""
    metrics: dict[str, dict[str, Metric]] | None
    """Numbers of a completed job"""
    partial_metrics: dict[str, dict[str, Metric]] | None
    """Numbers that a failed job had measured before it failed, or that a split one has so far: not the whole of what was asked"""
    partial_result: dict[str, Result] | None
    """Files that those numbers are from"""
    answers: dict[str, AnswerCounts] | None
    """What became of the answers to each task of an ended job; null when that is not known"""
    provenance: Provenance | None
    """What made its numbers; null when it has none"""
    failure_kind: Literal["exited", "signalled", "launch", "harness", "noResults", "incompleteResults", "failedAnswers", "timedOut", "stalled", "stopped", "interrupted", "lost", "preempted", "nodeFailed", "outOfMemory"] | None
    """The kind of failure, for programs"""
    progress: Progress | None
    """How far it is or was, as the harness reports it; null until it does"""
    stop_requested: StopRequested | None
    """When its run was asked to end; null: it was not"""
    log: str | None
    """Path of the run's log, once it runs; of a split job that of the last run that was launched"""
    parts: list[Part] | None
    """Of a split job its tasks, each with how its run is, in the order in which they run; null of any other"""
    attempts: list[Attempt]
    """Attempts that failed for its engine or its machine and were followed by another one (`retry`), in order; while the next one is waited for it runs, without a backend"""
    backend: Backend | None
    """Where its run is or was; null until it was launched"""
    warnings: list[str]
    """What was ignored or could not be decided"""
    harness: str | None
    """Which harness evaluates, of those that GET /harnesses names; null: the default of the server. A job keeps it"""
    split: bool
    """Whether each task has a run of its own, one after the other, in one slot: the numbers of a task are there as soon as its run has ended, and one that fails keeps no other from running"""
    pool: str | None
    """The pool of devices that it waits for and runs on, of those of the server (--pool); null: its first one"""
    labels: dict[str, str | float]
    """Names to texts or numbers, to find the job by: {"run": "r7", "step": 12000}"""
    priority: int
    """Higher ones start first; first in, first out within one"""
    cpus: int | None
    """CPUs of the run: what Slurm and Ray reserve for it. On this machine what runs has at most --cpus together, and this many threads where a library asks how many; null: as the server is set"""
    memory: str | None
    """Memory of the run, "16G": what Slurm and Ray reserve for it. On this machine what runs has at most --memory together, by what each says: no run is ended for taking more; null: as the server is set"""
    timeout: float | None
    """Seconds the run may take; null: as the server is set"""
    stall_timeout: float | None
    """Seconds the run may go without output; null: as the server is set"""
    retry: RetryPolicy | None
    """How often it is tried again when its engine or its machine fails it, and after which failures: 2, or {"max": 2, "on": ["lost", "preempted", "nodeFailed"]}, which is the same; null: as the server is set"""
    callback_url: str | None
    """Where the job is posted to when it has ended. Shown with *** for the values of its query"""
    engine_args: list[str]
    """Words for the engine that runs it, those that the operator allows: ["--partition=long"]"""
    ready_file: str | None
    """A file below `model_args.pretrained` that is written last: the job keeps its position and is not started before it is there, and those behind it go on"""
    ready_timeout: float | None
    """Seconds from its submission after which a job whose `ready_file` is not there fails; null: it waits on"""
    after: list[str]
    """Jobs that have to complete before it is started. When one of them fails or is cancelled, so is this one, unless `after_any`"""
    after_any: bool
    """Whether the jobs in `after` only have to end, however they do"""
    expected_start_at: str | None
    """When it may start, by what is expected of the jobs ahead; null when that is not known"""
    expected_end_at: str | None
    """When it may end: by its own progress once it shows any, else by what the last jobs took that asked for the same tasks, model, samples, GPUs and generation; null when that is not known"""
    retry_of: str | None
    """The job whose request this one repeats"""
    retries: list[str]
    """Jobs that repeat the request of this one, in order"""
    submitted_by: str | None
    """Name of the token it was submitted with; null where none is needed"""
    imported: str | None
    """Of a job that evald did not run but read from the files of an earlier run: its results file, and its times are those of that run; null of any other"""


class CheckpointHookAnswer(Record):
    job_id: str
    """The job: GET /hooks/checkpoint/{job_id} asks for it again"""
    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    """queued and running: ask again; completed: `metrics` are whole"""
    metrics: dict[str, float]
    """eval/TASK/METRIC to its value, of a completed job; empty until then, and of what is no finite number"""
    error: str | None
    """Why it failed; null: it has not"""


class CancelAnswer(Record):
    message: str
    """Job ID cancelled"""


class JobList(Record):
    jobs: list[JobInfo]
    """The jobs"""
    next_cursor: str | None
    """Asks for the next page; null: this is the last one"""
    warnings: list[str]
    """What was ignored in the query"""


class JobEvent(Record):
    number: int
    """Its number: events are counted from 1, in the order in which they happened"""
    job_id: str
    """The job that changed"""
    at: str
    """ISO 8601 with offset and milliseconds: 2026-11-24T02:06:04.123+00:00"""
    type: Literal["submitted", "started", "launched", "placed", "withdrawn", "taskCompleted", "attemptFailed", "stopRequested", "reprioritised", "completed", "failed", "cancelled"]
    """What happened; launched: its program runs, or waits in an engine; placed: the engine has given it a node; withdrawn: it had not begun when the server was stopped, and is launched again at the next start; taskCompleted: the run of a task of a split job has ended, well or badly, as its status says, and the next one begins; attemptFailed: its run, or that of the task under way, has failed for its engine, and another attempt begins later; stopRequested: its run is to end, and is ended by this server or the next; reprioritised: it waits with another priority"""
    data: dict[str, Any]
    """What there is to say of it: model and tasks, the path of the log, the new priority, a task and its status, the number of an attempt and when the next one begins, the kind of failure"""
    who: str | None
    """Name of the token by which it was asked for; null when it was not, or none was needed"""


class EventGap(Record):
    # "from": int. Number of the first one that is missing (a word of Python: answer["from"])
    to: int
    """Number of the last one"""


class EventsEnd(Record):
    """Nothing: these are all there are"""

    pass


class Merged(Record):
    metrics: dict[str, dict[str, Metric]]
    """Scores of all of these jobs together, of each task the newest"""
    jobs: dict[str, str]
    """task or group → id of the job that its scores are of"""


class SampleAmounts(Record):
    original: int | None
    """Samples the task has; null when unknown"""
    effective: int | None
    """Samples that were evaluated; null when unknown"""
    answered: int | None
    """Samples with an answer of the model; null when unknown"""
    empty: int | None
    """Samples with an empty answer; null when unknown"""
    failed: int | None
    """Samples whose answer, or its judgement, failed; null when unknown"""
    cached: int | None
    """Samples whose answer is from the harness's cache of an earlier run; null when unknown"""


class HarnessUsed(Record):
    """What evaluated"""

    name: str | None
    """lmms-eval, demo; null when unknown"""
    version: str | None
    """Its version at the start of the run; null when unknown"""
    started_warm: bool
    """Whether the run was forked from a Python that had imported it (--warm-starts); absent: it was not, as far as is known (not always there)"""


class JobResults(Record):
    job_id: str
    """Id of the job"""
    model: str
    """The model as it was asked for"""
    model_name: str | None
    """The model's name as the harness has it, from `model_args`; null when those name none"""
    partial: bool
    """True of a job that failed: what it had measured until then, and not the whole of what was asked"""
    failure_kind: Literal["exited", "signalled", "launch", "harness", "noResults", "incompleteResults", "failedAnswers", "timedOut", "stalled", "stopped", "interrupted", "lost", "preempted", "nodeFailed", "outOfMemory"] | None
    """The kind of its failure; null of a completed job"""
    metrics: dict[str, dict[str, Metric]]
    """Scores: task or group, then metric"""
    merged: Merged | None
    """Of a retry: its scores together with those of the jobs that it repeats, which were asked the same but for the tasks; null of a job that is no retry"""
    samples: dict[str, SampleAmounts]
    """Samples of each task"""
    provenance: Provenance | None
    """What made these numbers; null: nothing is known of that"""
    harness: HarnessUsed
    """What evaluated"""
    git_hash: str | None
    """Commit of the harness's checkout, as it noted it; null when it has none"""
    evaluation_seconds: float | None
    """Seconds that the harness says the evaluation took"""
    duration_seconds: float | None
    """Seconds from the start of the job to its end, loading included, measured whatever the clock did meanwhile"""
    files: dict[str, Result]
    """Paths of the files on the server"""
    warnings: list[str]
    """Scores that are not finite numbers"""


class SampleCut(Record):
    reason: str
    """Why it is not given: too long, no JSON"""
    bytes: int
    """Length of its line"""
    text: str
    """How its line begins"""


class SamplesPageSampleAmounts(Record):
    """Stands for a sample that is too long or no JSON"""

    evald_cut: SampleCut


class SampleCounts(Record):
    right: int
    """Samples whose score says that they are right"""
    wrong: int
    """Samples whose score says that they are wrong"""
    undecided: int
    """Samples of which no score says whether they are right"""
    empty: int
    """Samples whose answer is empty, whatever their score"""
    failed: int
    """Samples whose answer, or its judgement, failed, whatever their score"""


class Mark(Record):
    index: int
    """Where it stands in the file of its task, from 0"""
    verdict: Literal["right", "wrong", "undecided"]
    """What its score says"""
    answer: Literal["answered", "empty", "failed"]
    """What became of its answer"""


class SamplesPage(Record):
    task: str
    """Name of the task"""
    partial: bool
    """True of a job that failed: samples that it had saved until then"""
    total: int
    """Samples there are, after the filter"""
    offset: int
    """Where the page begins"""
    samples: list[dict[str, Any] | SamplesPageSampleAmounts]
    """Samples as the harness wrote them, in its order, numbers of any size too; one that is too long or no JSON is `evald_cut`"""
    next_offset: int | None
    """Where the next page begins; null at the end. A page of long samples may have fewer than `limit`"""
    undecided: int | None
    """Samples of which no score tells whether they are wrong, all of them; null without the filter"""
    counts: SampleCounts | None
    """Of all samples of the task; null without the filter"""
    marks: list[Mark] | None
    """Of each sample of the page, in its order; null without the filter"""


class RunFile(Record):
    path: str
    """Relative to the run's folder"""
    size: int
    """Bytes"""
    modified: str
    """ISO 8601 with offset and milliseconds: 2026-11-24T02:06:04.123+00:00"""


class Artifacts(Record):
    files: list[RunFile]
    """Sorted by path; links are left out"""
    truncated: bool
    """Whether there are more files than are listed: too many, too deep, in a folder that cannot be read, or with a name that is no text"""


class ComparedJob(Record):
    """The baseline"""

    job_id: str
    """The job that measured it; it may be forgotten meanwhile"""
    imported: bool
    """True of results that evald did not run, but read from the files of an earlier run"""
    model: str
    """The model as it was asked for, of an imported one as its results name it"""
    checkpoint: str | None
    """`pretrained` of the model arguments; null when they have none"""
    run: str | None
    """The label `run`; null without"""
    step: float | None
    """The label `step`, where it is a number; null without"""
    completed_at: str
    """When the job ended"""


class Configuration(Record):
    task: str | None
    """The task that it is of; null: of all"""
    field: str
    """model, harness, harness_version, git_hash, chat_template, system_instruction, gen_kwargs, seed, num_gpus, batch_size, limit, `model_args.` and a name in it; of a task task_version, num_fewshot, gen_kwargs"""
    a: str | None
    """The baseline's, as text; null: none"""
    b: str | None
    """The candidate's"""


class TaskComparisonComparedJob(Record):
    """The baseline's score"""

    value: float | None
    """The score as the harness wrote it; null: it was not finite"""
    stderr: float | None
    """Its standard error, in the same unit; null when unknown"""
    n: int | None
    """Samples it is of; null when unknown"""


class Missing(Record):
    a: int
    """Samples of the baseline without a value: not scored, or failed. They count as missing, not as wrong"""
    b: int
    """The same of the candidate"""
    bounds: list[float] | None
    """Difference if all that is missing had been as bad, and as good, as it could; null: nothing is missing, or no range is known"""


class FlipsSampleAmounts(Record):
    doc_id: float | str
    """The sample's name in the harness"""
    index_a: int
    """Where it stands among the baseline's samples of the task, from 0: `offset` of /samples"""
    index_b: int
    """Where it stands among the candidate's"""
    value_a: float
    """What it scored in the baseline"""
    value_b: float
    """What it scored in the candidate"""


class Flips(Record):
    better: int
    """Pairs in which the candidate scored better"""
    worse: int
    """Pairs in which it scored worse"""
    equal: int
    """Pairs in which both scored the same"""
    samples: list[FlipsSampleAmounts]
    """The pairs that differ, the largest difference first, at most 200"""


class TaskComparison(Record):
    task: str
    """The task"""
    metric: str
    """The metric"""
    filter: str
    """How answers were read before they were scored"""
    higher_is_better: bool | None
    """Direction; null when the harness does not say"""
    a: TaskComparisonComparedJob
    """The baseline's score"""
    b: TaskComparisonComparedJob
    """The candidate's score"""
    difference: float | None
    """Difference of the two scores as they were reported; null when one of them is not finite, or they are in two units"""
    n_a: int | None
    """Samples of the baseline that have a value; null when its samples were not read"""
    n_b: int | None
    """Samples of the candidate that have a value"""
    n_paired: int | None
    """Samples that have a value in both and are the same document"""
    missing: Missing | None
    delta: float | None
    """Mean difference over the pairs; null without a test"""
    stderr: float | None
    """Its standard error, clustered where samples carry a cluster; null without"""
    interval: list[float] | None
    """95 % interval of the mean difference"""
    bootstrap: list[float] | None
    """The same by bootstrap over documents or clusters; null unless `test` is permutation"""
    clusters: int | None
    """Clusters of the pairs; null where samples carry none"""
    test: Literal["mcnemar", "permutation"] | None
    """How `p_value` was computed; null: there is no test"""
    p_value: float | None
    """How likely a difference at least as large is if there is none"""
    p_adjusted: float | None
    """The same when all tests of this answer are taken together (Holm): what the verdict goes by; null: there is no test, or too few samples are paired for a verdict"""
    permutations: int | None
    """Permutations drawn; null unless `test` is permutation"""
    detectable: float | None
    """The smallest true difference that such a comparison finds four times of five (80 % power, 5 % level); null without a standard error, or with one of 0"""
    flips: Flips | None
    """Null when samples cannot be paired"""
    verdict: Literal["better", "worse", "same", "inconclusive"] | None
    """Whether the candidate is better; `same`: no pair differs; null: it cannot be judged, `reason` says why"""
    reason: str | None
    """Why there is no verdict, or why it is inconclusive; null when there is one"""
    warnings: list[str]
    """What weakens it: other prompts, few clusters, failed answers"""


class Group(Record):
    group: str
    """The group"""
    members: list[str]
    """Its tasks"""


class Comparison(Record):
    a: ComparedJob
    """The baseline"""
    b: ComparedJob
    """The candidate"""
    configuration: list[Configuration]
    """What differs in how they were made; what is the same is left out"""
    comparisons: list[TaskComparison]
    """One for each score that both have"""
    groups: list[Group]
    """Groups that both have: their members are compared, not they"""
    only_a: list[str]
    """Scores that the baseline alone has: task, metric and filter, with commas"""
    only_b: list[str]
    """Scores that the candidate alone has"""
    warnings: list[str]
    """What holds for all of them"""


class GatedTask(Record):
    task: str
    """The task, as the policy names it"""
    metric: str | None
    """The metric; null: the task is missing"""
    filter: str | None
    """The filter; null: the task is missing"""
    tier: Literal["critical", "supporting", "advisory"]
    """critical: a failure fails the gate, and without a verdict it is inconclusive; supporting: a failure fails it; advisory: shown alone"""
    max_drop: float
    """How much worse the candidate may be, in the unit of the score, in the direction that is bad for it"""
    verdict: Literal["pass", "fail", "inconclusive"]
    """pass: it lost less than `max_drop`, for sure; fail: it lost more, for sure; inconclusive: neither is sure"""
    reason: str
    """Why, in one sentence with the numbers"""
    comparison: TaskComparison | None
    """The comparison it goes by; null: the task is missing"""


class GateAnswer(Record):
    verdict: Literal["pass", "fail", "inconclusive"]
    """pass: exit 0; fail: exit 1; inconclusive: exit 3"""
    baseline: str
    """Id of the job that was compared with"""
    candidate: str
    """Id of the job that was judged"""
    tasks: list[GatedTask]
    """In the order of the policy"""


class Imported(Record):
    job_id: str
    """The job that it is now: completed, and marked as imported"""
    file: str
    """Its results file"""
    harness: str
    """What wrote it: lmms-eval, lm-eval"""
    model: str
    """The model as the file names it"""
    tasks: list[str]
    """The tasks it has scores of"""


class Skipped(Record):
    file: str
    """A results file"""
    reason: str
    """Why it was not imported: imported before, or what is wrong with it"""


class ImportAnswer(Record):
    imported: list[Imported]
    """What was imported, the oldest first"""
    skipped: list[Skipped]
    """What was not"""


class Score(Record):
    job_id: str
    """The job that measured it; it may be forgotten meanwhile"""
    imported: bool
    """True of results that evald did not run, but read from the files of an earlier run"""
    model: str
    """The model as it was asked for, of an imported one as its results name it"""
    checkpoint: str | None
    """`pretrained` of the model arguments; null when they have none"""
    run: str | None
    """The label `run`; null without"""
    step: float | None
    """The label `step`, where it is a number; null without"""
    labels: dict[str, str | float]
    """The labels of the job"""
    x: float | None
    """Where it stands on the axis that was asked for with `x`; null: nowhere on it"""
    submitted_by: str | None
    """Name of the token by which the job was submitted; null without"""
    completed_at: str
    """When the job ended"""
    task: str
    """The task, or a group"""
    metric: str
    """The metric, without its filter"""
    filter: str
    """How answers were read before they were scored; `none` where they were not"""
    value: float | None
    """The score as the harness wrote it; null: it was not finite"""
    stderr: float | None
    """Its standard error, in the same unit; null when unknown"""
    interval: list[float] | None
    """95 % interval around it: by Wilson where it is a mean of zeros and ones, else 1.96 standard errors each way; null without a standard error"""
    n: int | None
    """Samples it is of; null when unknown"""
    higher_is_better: bool | None
    """Direction; null when the harness does not say"""
    is_group: bool
    """True of a score that is made of those of other tasks"""
    harness: str | None
    """What evaluated; null when unknown"""
    harness_version: str | None
    """Its version; null when unknown"""
    task_version: str | None
    """Version of the definition of the task; null when unknown"""
    num_fewshot: int | None
    """Examples before each question; null when unknown"""
    git_hash: str | None
    """Commit of the harness's checkout; null when it has none"""
    num_gpus: int | None
    """GPUs it was run on; null when unknown"""
    seed: str | None
    """The seed, or seeds with commas; null when unknown"""


class MissingScore(Record):
    job_id: str
    """The job that measured it; it may be forgotten meanwhile"""
    imported: bool
    """True of results that evald did not run, but read from the files of an earlier run"""
    model: str
    """The model as it was asked for, of an imported one as its results name it"""
    checkpoint: str | None
    """`pretrained` of the model arguments; null when they have none"""
    run: str | None
    """The label `run`; null without"""
    step: float | None
    """The label `step`, where it is a number; null without"""
    labels: dict[str, str | float]
    """The labels of the job"""
    x: float | None
    """Where it stands on the axis that was asked for with `x`; null: nowhere on it"""
    task: str
    """The task that was asked for"""
    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    """The five states of the job chart"""
    failure_kind: Literal["exited", "signalled", "launch", "harness", "noResults", "incompleteResults", "failedAnswers", "timedOut", "stalled", "stopped", "interrupted", "lost", "preempted", "nodeFailed", "outOfMemory"] | None
    """The kind of its failure; null unless it failed"""
    reason: str
    """Why there is none, in few words: queued, running, cancelled, failed (timedOut)"""
    ended_at: str | None
    """When its job ended: a score from before is older than this failure; null while it waits or runs"""


class ScoreList(Record):
    scores: list[Score]
    """The scores, in the order in which their jobs ended, or backwards"""
    missing: list[MissingScore]
    """Tasks that a job asked for and has no score of, the newest jobs first, at most 10,000; empty unless asked for"""
    next_cursor: str | None
    """Asks for the next page; null: this is the last one"""


class StopAnswer(Record):
    message: str
    """Job ID is being stopped"""


class RetryAnswer(Record):
    job_id: str
    """Names the job from now on"""
    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    """queued; the current state when the Idempotency-Key was known"""
    position_in_queue: int | None
    """Jobs ahead of it in the queue, from 0; running ones are not counted. Null when it no longer waits"""
    message: str
    """The same for people"""
    warnings: list[str]
    """What was ignored or changed in the request"""
    retry_of: str
    """The job whose request is repeated"""


class ActedJob(Record):
    job_id: str
    """The job"""
    outcome: Literal["done", "already", "refused"]
    """done: it is on disk, or with dry_run would be done; already: nothing was left to do, for the job is as it should be, or a retry of it waits or runs; refused: nothing was changed"""
    code: Literal["notAllowed", "forbidden", "jobNotFound", "jobQueued", "jobNotQueued", "jobRunning", "jobFinished", "jobNotEnded", "jobNotCompleted", "nothingMissing", "jobImported", "secretsGone", "tooOften", "queueFull", "intakeClosed", "keyReused", "unfit", "tooManyStreams", "outputMissing", "outputUnreadable", "comparisonUnavailable", "catalogUnavailable", "mergeFileMissing", "mergeInvalid", "mergeFailed"] | None
    """Why it was refused, for programs; null unless it was"""
    error: str | None
    """The same for people"""
    new_job_id: str | None
    """The job that repeats its request; null unless the action is retry and there is one"""


class JobActionsAnswerSampleCounts(Record):
    """How many of them have which outcome"""

    done: int
    """Jobs to which it was done"""
    already: int
    """Jobs to which nothing was left to do"""
    refused: int
    """Jobs that were refused"""


class JobActionsAnswer(Record):
    action: Literal["cancel", "stop", "retry", "reprioritise"]
    """What is done to each job: as DELETE /jobs/{id}, its /stop, its /retry, or PATCH /jobs/{id}"""
    dry_run: bool
    """true: nothing was changed"""
    jobs: list[ActedJob]
    """Each job once"""
    counts: JobActionsAnswerSampleCounts
    """How many of them have which outcome"""
    next_cursor: str | None
    """Goes on with the jobs that the filter has beyond these; null: these were all"""


class Queue(Record):
    queue_size: int
    """Jobs waiting"""
    running_job: str | None
    """Id of the job that runs, the first if there are several; null: none"""
    running_jobs: list[str]
    """Ids of all jobs that run"""
    pending_jobs: int
    """How many of those that run have not begun: their engine lets them wait, or their launch is under way. POST /jobs/{id}/stop takes one back"""
    queued_jobs: list[str]
    """Ids of the jobs waiting, the next one first"""
    paused: bool
    """Whether nothing is started until POST /queue/resume"""
    blocked: str | None
    """Why no run can be launched, by a fault of the server or of its engine: what waits is kept, and it is tried again; null: nothing hinders it"""
    completed_jobs: int
    """Completed jobs that are kept"""
    failed_jobs: int
    """Failed jobs that are kept"""
    cancelled_jobs: int
    """Cancelled jobs that are kept"""


class PauseAnswer(Record):
    paused: bool
    """true: nothing is started until the queue is resumed; what runs goes on"""


class Node(Record):
    name: str
    state: str
    """In the engine's words: idle, down"""


class WarmParent(Record):
    module: str
    """What its runs are: `python -m MODULE`"""
    python: str
    """Path of the Python"""
    state: Literal["none", "loading", "ready", "failed"]
    """none: the next run makes it; loading: runs start cold until it is ready; failed: they all do"""
    reason: str | None
    """Why all runs start cold; null unless failed"""
    last_cold: str | None
    """Why a run was last started cold though there was one; null when none was"""
    memory_bytes: int | None
    """What it takes of memory; null when there is none"""
    warm: int
    """Runs that were started warm by this server"""
    cold: int
    """Runs of the same kind that were started cold"""


class WarmStarts(Record):
    """How runs are started warm; absent until one could be: with another backend, the demo, or --warm-starts false"""

    state: Literal["none", "loading", "ready", "failed"]
    """none: the next run makes it; loading: runs start cold until it is ready; failed: they all do"""
    reason: str | None
    """Why all runs start cold; null unless failed"""
    last_cold: str | None
    """Why a run was last started cold though there was one; null when none was"""
    memory_bytes: int | None
    """What all of them take of memory; null when there is none"""
    warm: int
    """Runs that were started warm by this server"""
    cold: int
    """Runs of the same kinds that were started cold"""
    parents: list[WarmParent]
    """Each of them, that which was asked last is the last"""


class Device(Record):
    name: str
    """As in --gpus: an index or a UUID"""
    job_id: str | None
    """The job whose own it is now, of several that share it the first; null: free"""
    job_ids: list[str]
    """All jobs that have it (--gpu-sharing)"""
    pool: str
    """The pool that it is of (--pool); absent where there are none (not always there)"""


class Engine(Record):
    """What runs run on"""

    name: str
    """Which backend starts runs: local, slurm, ray"""
    reachable: bool
    """Whether it answers"""
    reason: str | None
    """Why it does not answer, or answers and takes no more runs now; null otherwise"""
    queued: int | None
    """Work that waits there, others' too; null when that is not known"""
    running: int | None
    """Work that runs there, others' too; null when that is not known"""
    nodes: list[Node]
    """Its machines; empty when they are not known"""
    down: str
    """Why nothing can begin there: each of its machines is down, drained or dead; absent while one takes work (not always there)"""
    warm_starts: WarmStarts
    """How runs are started warm; absent until one could be: with another backend, the demo, or --warm-starts false (not always there)"""
    devices: list[Device]
    """The devices of --gpus and whose they are; absent without --gpus (not always there)"""


class Health(Record):
    status: Literal["healthy", "degraded"]
    """degraded: it takes no jobs (503); or takes them and cannot start them, not reach their engine, not read files, or was held up by one piece of work in the last half minute (200)"""
    takes_jobs: bool
    """Whether it takes jobs; while it does not, the answer is 503"""
    timestamp: str
    """ISO 8601 with offset and milliseconds: 2026-11-24T02:06:04.123+00:00"""
    queue_size: int
    """Jobs waiting"""
    running_jobs: int
    """Jobs that run"""
    paused: bool
    """Whether nothing is started until POST /queue/resume"""
    blocked: str | None
    """Why no run can be launched, by a fault of the server or of its engine: what waits is kept, and it is tried again; null: nothing hinders it"""
    harness: str
    """Which harness evaluates: lmms-eval, demo"""
    backend: str
    """Where runs are started: local, slurm, ray"""
    slots: int
    """Runs at a time, at most"""
    version: str
    """Version of evald"""
    engine: Engine
    """What runs run on"""
    reasons: list[str]
    """Why it is degraded; empty when healthy"""


class Caller(Record):
    name: str | None
    """Name of the token that was sent; null where none is needed"""
    role: Literal["read", "submit", "admin"]
    """What it may do: read looks, submit also starts, admin rules; admin where no token is needed"""
    needs_token: bool
    """Whether this server asks for tokens"""


class HarnessState(Record):
    name: str
    """As a submission names it (`harness`)"""
    is_default: bool
    """Whether a submission that names none gets it"""
    offered: bool
    """Whether submissions may name it (--enable-harness)"""
    version: str | None
    """Its version; null when it cannot start, or does not say"""
    can_start: bool
    """Whether its runs could start now, as far as can be known without one"""
    reason: str | None
    """Why they could not; null when they could"""
    python: str | None
    """The Python that has it, as the operator named it; null: it needs none"""
    warm_starts: bool
    """Whether its runs may be forked from a Python that has imported it (--warm-starts)"""


class Harnesses(Record):
    harnesses: list[HarnessState]
    """Every harness that this server knows, the default first"""


class Tasks(Record):
    tasks: list[str]
    """Tasks, groups and tags the harness knows"""


class Models(Record):
    models: list[str]
    """Models the harness knows"""


class MergeAnswer(Record):
    success: Literal[True]
    """A failure is answered with another status"""
    message: str
    """Checkpoint merged successfully"""
    merged_path: str
    """Folder of the merged checkpoint, on the server"""
    warnings: list[str]
    """What was ignored in the request"""


class Machine(Record):
    name: Literal["job", "scheduler", "runner", "runTracker", "delivery"]
    """One of the charts"""
    description: str
    """What it is, in a line"""
    svg: str
    """Where its drawing is"""
    mermaid: str
    """Where it is as Mermaid"""
    json: str
    """Where the machine is, alone"""
    machine: Any
    """The chart as XState's createMachine takes it: states and events; code by its name"""


class Machines(Record):
    machines: list[Machine]
    """The charts that evald is made of"""


class LiveRunner(Record):
    job_id: str
    """Id of the job it runs"""
    states: list[str]
    """Paths of the innermost states it is in: intake.open, dispatch.busy"""


class LiveDelivery(Record):
    number: int
    """The number that its receiver gets as X-Evald-Delivery"""
    job_id: str
    """Id of the job that is posted"""
    states: list[str]
    """Paths of the innermost states it is in: intake.open, dispatch.busy"""


class LiveTracker(Record):
    job_id: str
    """Id of the job whose run it is"""
    states: list[str]
    """Paths of the innermost states it is in: intake.open, dispatch.busy"""


class JobCounts(Record):
    """How many jobs are in each state"""

    queued: int
    """Live jobs that are queued"""
    running: int
    """Live jobs that are running"""
    completed: int
    """Live jobs that are completed"""
    failed: int
    """Live jobs that are failed"""
    cancelled: int
    """Live jobs that are cancelled"""


class LiveAnswer(Record):
    scheduler: list[str]
    """Paths of the innermost states it is in: intake.open, dispatch.busy"""
    runners: list[LiveRunner]
    """A runner for each running job, the oldest first"""
    deliveries: list[LiveDelivery]
    """The webhooks that are being posted, and the next ones; more may wait"""
    trackers: list[LiveTracker]
    """What the engine shows of each run that is watched"""
    jobs: JobCounts
    """How many jobs are in each state"""
    engine: Engine
    """What runs run on"""


class LiveStates(Record):
    scheduler: list[str]
    """Paths of the innermost states it is in: intake.open, dispatch.busy"""
    runners: list[LiveRunner]
    """A runner for each running job, the oldest first"""
    deliveries: list[LiveDelivery]
    """The webhooks that are being posted, and the next ones; more may wait"""
    trackers: list[LiveTracker]
    """What the engine shows of each run that is watched"""
    jobs: JobCounts
    """How many jobs are in each state"""


class TransitionReport(Record):
    at: str
    """ISO 8601 with offset and milliseconds: 2026-11-24T02:06:04.123+00:00"""
    machine: Literal["job", "scheduler", "runner", "runTracker", "delivery"]
    """One of the charts"""
    actor: str
    """The actor's id: scheduler, a job's id, runner: or tracker: and its job's id, or delivery: and its number"""
    job_id: str | None
    """The job it is about; null for the scheduler"""
    event: str
    """Type of the event that caused it"""
    # "from": str | None. Path of the state it began in; null when the job came to be (a word of Python: answer["from"])
    to: str
    """Path of the state it led to"""
    transition: str | None
    """The arrow: its element in the drawings is transition-<this>"""
    states: list[str]
    """Paths of the innermost states it is in: intake.open, dispatch.busy"""


class InvalidField(Record):
    type: str
    """What kind of error, in pydantic's terms: missing, int_parsing, value_error, …"""
    loc: list[str | int]
    """Where: "body", "query", "header" or "path", then the field, then what is inside it"""
    msg: str
    """What is wrong and what is allowed"""
    input: str | float | bool | None
    """What was sent there; long text is cut or only named, lists and objects are only named"""


class InvalidRequest(Record):
    detail: list[InvalidField]
    """Everything found wrong, at most 100 entries"""


class SubmitJobQuery(TypedDict, total=False):
    """The query of submitJob."""

    dry_run: bool
    """Only say what would come of it: it is checked as any other is, nothing is queued and nothing written"""


class HookCheckpointQuery(TypedDict, total=False):
    """The query of hookCheckpoint."""

    wait: float
    """Seconds to wait for its end, before it is shown as it is then"""


class PollHookQuery(TypedDict, total=False):
    """The query of pollHook."""

    wait: float
    """Seconds to wait for its end, before it is shown as it is then"""


class ListJobsQuery(TypedDict, total=False):
    """The query of listJobs."""

    status: Literal["queued", "running", "completed", "failed", "cancelled"]
    """Only jobs in this state"""
    model: str
    """Only jobs of this model"""
    task: str
    """Only jobs whose request names this task"""
    label: str
    """Only jobs with this label, name and value: run:r7"""
    submitted_by: str
    """Only jobs that were submitted with the token of this name"""
    since: str
    """Only jobs that were submitted then or later: ISO 8601, or seconds since 1970"""
    id_prefix: str
    """Only jobs whose id begins so: hexadecimal digits and dashes"""
    q: str
    """Only jobs in which each of these texts occurs, whatever its case: in the model, a task, a label (run:r7), an argument of the model as it is shown (pretrained=/ckpt), the id, the name of the token, or the error. A page may have fewer jobs than there are, even none, while next_cursor goes on"""
    order: Literal["newest", "oldest"]
    """Which come first, by arrival"""
    limit: int
    """Jobs a page; there are fewer when they are large, or when a search for `q` takes long"""
    cursor: str
    """The next_cursor of the page before, asked with the same query"""


class ShowJobQuery(TypedDict, total=False):
    """The query of showJob."""

    wait: float
    """Seconds to wait for its end, before it is shown as it is then"""


class RetryJobQuery(TypedDict, total=False):
    """The query of retryJob."""

    missing: bool
    """Only the tasks that have no results"""


class FollowEventsQuery(TypedDict, total=False):
    """The query of followEvents."""

    after: int
    """Number of the last event that is known: those after it are sent; 0: all that are kept"""
    follow: bool
    """Whether it goes on with what comes; false: it ends with the last event that is there, and says so"""


class FollowJobEventsQuery(TypedDict, total=False):
    """The query of followJobEvents."""

    after: int
    """Number of the last event that is known: those after it are sent; 0: all that are kept"""
    follow: bool
    """Whether it goes on with what comes; false: it ends with the last event that is there, and says so"""


class ShowLogQuery(TypedDict, total=False):
    """The query of showLog."""

    tail: int
    """Only the last lines, so many, within the last 64 MiB. A line is what ends in a line feed: a progress bar is one"""
    task: str
    """Of a split job the task whose log is meant, as the request names it; else it is the last one that was begun. Of several of this name the last that was begun"""
    attempt: int
    """Of a job that was tried again (`attempts`) the attempt whose log is meant, from 1; of a split job with `task`. Else it is the last one that was launched"""
    follow: bool
    """Send what is there, then what comes, until the job has ended; of a job that waits, as soon as it runs. Of a split job the logs of the tasks that follow come behind it, each from its beginning, unless `task` names the one that is meant: that ends with its task. The log of another attempt comes behind that of the one before it, unless `attempt` names one. Of a progress bar that is being drawn the newest frame comes every two seconds, in a line of its own"""
    raw: bool
    """The bytes as they are; else colours and overwritten progress bars are left out"""


class ListSamplesQuery(TypedDict, total=False):
    """The query of listSamples."""

    offset: int
    """Samples to pass over, of those that the filter lets through"""
    limit: int
    """Samples wanted at most"""
    filter: Literal["all", "right", "wrong", "undecided", "empty", "failed"]
    """all: every sample, with `counts` and `marks`. empty, failed: those whose answer is empty; whose answer, or its judgement, failed. right, wrong: those whose score is another number than 0, or true; is 0 or false. undecided: those of which no score says so. The score is `exact_match`, `acc`, `accuracy`, `is_correct`, `correct`, `score`, or else the first metric whose name ends in one of these; of an object the same is looked for in it (and `true_false`, `match_success`), or the answer that was read from the response (`parsed_pred`) is compared with the right one (`answer`), as MMMU does"""


class ListScoresQuery(TypedDict, total=False):
    """The query of listScores."""

    job: str
    """Only scores of this job"""
    model: str
    """Only scores of this model"""
    task: str
    """Only scores of this task or group"""
    metric: str
    """Only this metric"""
    filter: str
    """Only this filter"""
    label: str
    """Only scores of jobs with this label, name and value: run:r7"""
    since: str
    """Only scores of jobs that ended then or later: ISO 8601, or seconds since 1970"""
    x: str
    """What `x` of each row is: "label:step" the number that the label has, "time" seconds since 1970 at which the job ended. Without it null"""
    missing: bool
    """Whether `missing` lists what was asked for and has no score"""
    order: Literal["oldest", "newest"]
    """Which come first: the scores of jobs that ended first, or last"""
    limit: int
    """Scores a page"""
    cursor: str
    """The next_cursor of the page before, asked with the same query"""


class ExportScoresQuery(TypedDict, total=False):
    """The query of exportScores."""

    job: str
    """Only scores of this job"""
    model: str
    """Only scores of this model"""
    task: str
    """Only scores of this task or group"""
    metric: str
    """Only this metric"""
    filter: str
    """Only this filter"""
    label: str
    """Only scores of jobs with this label, name and value: run:r7"""
    since: str
    """Only scores of jobs that ended then or later: ISO 8601, or seconds since 1970"""
    x: str
    """What `x` of each row is: "label:step" the number that the label has, "time" seconds since 1970 at which the job ended. Without it null"""
    format: Literal["csv", "json", "md", "parquet"]
    """How the long table is written"""


class CompareJobsQuery(TypedDict, total=False):
    """The query of compareJobs."""

    a: str
    """The job that is compared with: the baseline"""
    b: str
    """The job that is compared: the candidate"""
    task: str
    """Only this task"""
    metric: str
    """Only this metric"""
    filter: str
    """Only this filter"""
    allow_unpaired: bool
    """Whether there may be a verdict though fewer than 95 % of the samples of either run have a pair in the other"""


class ShowQueueQuery(TypedDict, total=False):
    """The query of showQueue."""

    limit: int
    """Ids in queued_jobs at most, the next ones; all of them if left out. queue_size counts all in either case"""


class ListTasksQuery(TypedDict, total=False):
    """The query of listTasks."""

    harness: str
    """The harness that is asked, as a submission names it; without it the default one"""


class ListModelsQuery(TypedDict, total=False):
    """The query of listModels."""

    harness: str
    """The harness that is asked, as a submission names it; without it the default one"""


class ListMachinesQuery(TypedDict, total=False):
    """The query of listMachines."""

    job: str
    """Where the answer leads a browser to: the path of this job"""
