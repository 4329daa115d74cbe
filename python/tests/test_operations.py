"""The client has what the server's description has."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from conftest import QUICK, slow
from evald_client import AsyncClient, Client, ClientError
from evald_client.calls import OPERATIONS
from evald_client.types import EvaluateRequest, JobInfo

# What is made of operations, and is none.
MADE_OF_THEM = {"all_jobs", "all_samples", "all_scores", "save_artifact", "follow_log", "wait", "wait_all", "close"}


def described(client: Client) -> dict[str, tuple[str, re.Pattern[str]]]:
    """Each operation of the description, with its method and its path."""
    operations = {}
    for path, methods in client.openapi()["paths"].items():
        # The path of a file in a run has slashes.
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
        for method, operation in methods.items():
            operations[operation["operationId"]] = (method.upper(), re.compile(f"{pattern}$"))
    return operations


def test_every_operation_of_the_description_has_a_method_in_both_clients_and_there_are_no_others(
    client: Client,
) -> None:
    assert {name for names in OPERATIONS.values() for name in names} == set(described(client))
    for kind in (Client, AsyncClient):
        assert {name for name in dir(kind) if not name.startswith("_")} == set(OPERATIONS) | MADE_OF_THEM


def test_a_method_has_the_arguments_and_the_docstring_of_its_operation_in_both_clients() -> None:
    for name in set(OPERATIONS) | MADE_OF_THEM - {"close"}:
        here, there = getattr(Client, name), getattr(AsyncClient, name)
        assert here.__doc__, name
        assert here.__doc__ == there.__doc__, name
        assert [*inspect.signature(here).parameters] == [*inspect.signature(there).parameters], name


def asked(done: JobInfo, held: str) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """A call of every method, with what a server has for it."""
    job, task = done.job_id, "demo_digits"
    policy = {"tasks": {task: {"max_drop": 0.5}}}
    return [
        ("submit", (), {**QUICK}),
        ("dry_run", (), {**QUICK}),
        ("job", (job,), {"wait": 0}),
        ("jobs", (), {"limit": 1}),
        ("reprioritise", (held, 5), {}),
        ("cancel", (held,), {}),
        ("stop", (job,), {}),
        ("retry", (held,), {}),
        ("act", (), {"action": "cancel", "ids": [job], "dry_run": True}),
        ("queue", (), {"limit": 0}),
        ("log", (job,), {"tail": 3}),
        ("results", (job,), {}),
        ("samples", (job, task), {"limit": 1}),
        ("artifacts", (job,), {}),
        ("artifact", (job, "no such file"), {"start": 0, "end": 1}),
        ("save_artifact", (job, "no such file", io.BytesIO()), {}),
        ("scores", (), {"job": job}),
        ("export_scores", (), {"format": "md"}),
        ("compare", (done, done), {"allow_unpaired": True}),
        ("gate", (), {"baseline": done, "candidate": done, "policy": policy}),
        ("import_runs", ("/no/such/folder",), {"labels": {"run": "r1"}}),
        ("health", (), {}),
        ("caller", (), {}),
        ("harnesses", (), {}),
        ("tasks", (), {"harness": "demo"}),
        ("models", (), {}),
        ("merge", (), {"checkpoint_path": "/no/such/folder"}),
        ("hook_checkpoint", (), {"event": "save", "step": 1, "checkpoint_dir": "/x", "output_dir": "/y"}),
        ("poll_hook", (job,), {}),
        ("machines", (), {}),
        ("machine", ("job.mmd",), {}),
        ("live", (), {}),
        ("openapi", (), {}),
        ("metrics", (), {}),
        ("docs", (), {}),
        ("page", (), {}),
        ("page_part", ("none.js",), {}),
        ("events", (), {"after": 0, "follow": False}),
        ("events", (), {"job": done}),
        ("follow_log", (done,), {"tail": 1}),
        ("live_transitions", (), {}),
        ("all_jobs", (), {"limit": 2}),
        ("all_samples", (job, task), {}),
        ("all_scores", (), {"limit": 1}),
        ("wait", (done,), {"timeout": 20.0}),
        ("wait_all", ([done],), {"mode": "any"}),
        ("pause", (), {}),
        ("resume", (), {}),
    ]


# What is asked for above and is not there, and so is refused in words.
REFUSED = {
    "stop": "refused",
    "artifact": "notFound",
    "save_artifact": "notFound",
    "import_runs": "forbidden",
    "merge": "forbidden",
    "page_part": "notFound",
    # The server was started without a template.
    "hook_checkpoint": "notFound",
}


def hold(client: Client) -> str:
    """A job that waits for another one."""
    running = client.submit(**slow(60))
    after: EvaluateRequest = {**QUICK, "after": [running.job_id], "after_any": True}
    return client.submit(**after).job_id


def release(client: Client) -> None:
    for job in client.all_jobs():
        if job.completed_at is None:
            stop = client.cancel if job.status == "queued" else client.stop
            stop(job)


def test_every_method_sends_its_operation_and_reads_what_the_server_answers(
    connect: Callable[..., Client], client: Client, done: JobInfo
) -> None:
    sent: list[httpx.Request] = []
    refused = set()
    own = connect(asked=sent)
    try:
        for name, words, named in asked(done, hold(client)):
            try:
                answer = getattr(own, name)(*words, **named)
                if isinstance(answer, Iterator):
                    next(answer)
            except ClientError as error:
                refused.add((name, error.code))
    finally:
        client.resume()
        release(client)
    assert dict(refused) == REFUSED
    operations = described(client)
    found = {
        name
        for name, (method, path) in operations.items()
        if any(request.method == method and path.match(request.url.path) for request in sent)
    }
    assert found == set(operations)
