"""Submissions, waits, streams and refusals, on the real server, over connections that are lost."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from conftest import QUICK, TOKEN, Proxy, slow
from evald_client import Client, ClientError
from evald_client.types import JobInfo

Connect = Callable[..., Client]


def paths(sent: list[httpx.Request], end: str) -> list[httpx.Request]:
    return [request for request in sent if request.url.path.endswith(end)]


def test_a_job_is_submitted_and_waited_for_in_three_lines(connect: Connect) -> None:
    client = connect()
    job = client.submit(model="nearest-template", tasks=["demo_digits"], limit=3, labels={"run": "r2", "step": 1})
    ended = client.wait(job)
    assert (ended.job_id, ended.status) == (job.job_id, "completed")
    assert ended.metrics is not None
    assert ended.metrics["demo_digits"]["acc"].value == ended["metrics"]["demo_digits"]["acc"]["value"] == 1


@pytest.mark.usefixtures("paused")
def test_a_submission_whose_answer_is_lost_is_sent_again_with_the_same_key_and_is_one_job(
    connect: Connect, client: Client, proxy: Proxy
) -> None:
    sent: list[httpx.Request] = []
    own = connect(proxy.url, asked=sent)
    own.health()
    before = client.jobs(limit=1).jobs[0].job_id
    # The request arrives, and its answer does not.
    proxy.lose_next_answer = True
    job = own.submit(**QUICK)
    keys = [request.headers["idempotency-key"] for request in paths(sent, "/evaluate")]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    newest = [one.job_id for one in client.jobs(limit=2).jobs]
    assert newest == [job.job_id, before]


@pytest.mark.usefixtures("paused")
def test_two_submissions_have_keys_of_their_own_and_one_that_is_given_is_sent(connect: Connect) -> None:
    sent: list[httpx.Request] = []
    client = connect(asked=sent)
    first, second = client.submit(**QUICK), client.submit(**QUICK)
    key = f"key-of-{first.job_id}"
    again = [client.submit(**QUICK, idempotency_key=key).job_id for _ in range(2)]
    assert first.job_id != second.job_id
    assert again[0] == again[1]
    keys = [request.headers["idempotency-key"] for request in paths(sent, "/evaluate")]
    assert len(set(keys)) == 3
    assert keys[2:] == [key, key]


def test_a_server_that_was_not_reached_is_not_tried_again(connect: Connect, proxy: Proxy) -> None:
    sent: list[httpx.Request] = []
    proxy.cut()
    with pytest.raises(ClientError) as caught:
        connect(proxy.url, asked=sent).submit(**QUICK)
    assert (caught.value.code, caught.value.is_lost, len(sent)) == ("unreachable", False, 1)


def test_a_wait_goes_on_after_the_server_was_away(connect: Connect, client: Client, proxy: Proxy) -> None:
    own = connect(proxy.url)
    job = client.submit(**slow(1))
    states: list[str] = []

    def see(connection: Any) -> None:
        states.append(connection.state)
        if states == ["open"]:
            proxy.cut()
        elif states == ["open", "lost", "lost"]:
            proxy.mend()

    waited = own.wait_all([job], on_connection=see, timeout=60)
    assert waited.met
    assert waited.jobs[0].status == "completed"
    assert states[:3] == ["open", "lost", "lost"]


def test_a_feed_goes_on_after_the_last_event_without_a_gap_when_its_connection_is_lost(
    connect: Connect, client: Client, proxy: Proxy
) -> None:
    sent: list[httpx.Request] = []
    own = connect(proxy.url, asked=sent)
    job = client.submit(**slow(0.5))
    types, opened = [], []

    def see(connection: Any) -> None:
        opened.append(connection.state)
        if opened.count("open") == 2:
            proxy.cut(for_good=False)

    for event in own.events(job=job, on_connection=see):
        types.append(event["type"])
        if len(types) == 1:
            proxy.cut(for_good=False)
    kept = [event["type"] for event in client.events(job=job, after=0, follow=False)]
    assert types == kept
    assert types[-1] == "completed"
    numbers = [request.headers.get("last-event-id") for request in paths(sent, "/events")]
    assert numbers[0] is None
    assert len(numbers) >= 3
    assert all(number is not None and number.isdigit() for number in numbers[1:])


def test_a_log_is_followed_to_its_end_across_lost_connections_and_nothing_is_missing(
    connect: Connect, client: Client, proxy: Proxy
) -> None:
    own = connect(proxy.url)
    job = client.submit(**slow(0.3))
    text = ""
    cuts = 0
    for piece in own.follow_log(job):
        text += piece
        if cuts < 2:
            cuts += 1
            proxy.cut(for_good=False)
    whole = client.log(job)
    assert cuts > 0
    assert [line for line in whole.splitlines() if line not in text] == []
    assert text.rstrip().endswith(whole.rstrip().splitlines()[-1])


def test_the_first_connection_of_a_stream_has_to_come_about(connect: Connect, proxy: Proxy) -> None:
    proxy.cut()
    with pytest.raises(ClientError, match="cannot be reached") as caught:
        next(iter(connect(proxy.url).events()))
    assert caught.value.code == "unreachable"


def test_a_server_that_is_away_for_longer_than_the_patience_ends_the_wait(
    connect: Connect, client: Client, proxy: Proxy
) -> None:
    job = client.submit(**slow(60))
    own = connect(proxy.url)
    with pytest.raises(ClientError) as caught:
        own.wait_all([job], patience=0.5, on_connection=lambda at: proxy.cut() if at.state == "open" else None)
    client.stop(job)
    assert caught.value.code == "unreachable"


def test_a_wait_of_a_job_that_goes_on_ends_when_its_time_is_over(connect: Connect, client: Client) -> None:
    job = client.submit(**slow(60))
    with pytest.raises(ClientError, match=r"within 0\.5 s") as caught:
        connect().wait(job, timeout=0.5)
    client.stop(job)
    assert caught.value.code == "timedOut"


def test_a_wait_for_several_jobs_is_over_as_soon_as_it_is_decided(connect: Connect, client: Client) -> None:
    own = connect()
    quick, failing = client.submit(**QUICK), client.submit(model="absent", tasks=["demo_digits"])
    seen: list[str] = []
    ended = own.wait_all([quick, failing], on_job=lambda job: seen.append(job.status), timeout=60)
    assert (ended.met, [job.status for job in ended.jobs]) == (True, ["completed", "failed"])
    assert seen[-1] in ("completed", "failed")
    assert own.wait_all([quick, failing], wanted="completed", timeout=60).met is False
    assert own.wait_all([failing, quick], wanted="completed", mode="any", timeout=60).met is True
    assert own.wait_all([], timeout=60).met is True


def test_a_refusal_says_its_code_and_the_field(connect: Connect) -> None:
    client = connect()
    with pytest.raises(ClientError) as caught:
        client.submit(model="nearest-template", tasks=["demo_digits"], num_gpus=0)
    error = caught.value
    assert (error.code, error.status, error.field) == ("refused", 422, "num_gpus")
    assert error.fields[0].msg in str(error)
    with pytest.raises(ClientError) as caught:
        client.job("no-such-job")
    assert (caught.value.code, caught.value.field) == ("notFound", None)
    with pytest.raises(ClientError) as caught:
        client.results("..")
    assert caught.value.code == "notFound"


def test_a_wrong_token_is_unauthorized_and_stands_in_no_text(connect: Connect, proxy: Proxy) -> None:
    for token in (None, "of-another-server-altogether"):
        with pytest.raises(ClientError) as caught:
            connect(token=token).queue()
        assert caught.value.code == "unauthorized"
    proxy.cut()
    url = f"http://anyone:{TOKEN}@127.0.0.1:{proxy.url.rpartition(':')[2]}"
    with pytest.raises(ClientError) as caught:
        connect(url, token=None).queue()
    assert TOKEN not in str(caught.value)


def test_an_address_with_a_password_brings_the_token(connect: Connect, proxy: Proxy) -> None:
    assert connect(proxy.url.replace("//", f"//anyone:{TOKEN}@"), token=None).caller().role == "admin"


@pytest.mark.parametrize("url", ["ftp://localhost", "localhost:8000", "http://", ""])
def test_an_address_that_is_none_is_refused_where_it_is_given(connect: Connect, url: str) -> None:
    with pytest.raises(ValueError, match="http or https URL"):
        connect(url)


def test_what_is_no_evald_is_said_to_be_none(connect: Connect, other_server: Callable[[int, str], str]) -> None:
    for status, body, code in [
        (200, "<html>", "notEvald"),
        (200, "[1]", "notEvald"),
        (404, "<html>", "notEvald"),
        (502, "<html>", "unreachable"),
        (429, json.dumps({"detail": "later"}), "unavailable"),
        (302, "", "notEvald"),
    ]:
        with pytest.raises(ClientError) as caught:
            connect(other_server(status, body)).health()
        assert caught.value.code == code, (status, body)
    assert caught.value.retry_after is None


def test_a_server_that_does_not_answer_is_given_up_in_time(connect: Connect, proxy: Proxy) -> None:
    proxy.lose_next_answer = True
    proxy.is_mute = True
    began = time.monotonic()
    with pytest.raises(ClientError) as caught:
        connect(proxy.url, timeout=0.3).health()
    assert caught.value.code == "timedOut"
    assert time.monotonic() - began < 30


def test_all_pages_of_a_list_are_gone_through(connect: Connect, client: Client, done: JobInfo) -> None:
    own = connect()
    assert len(list(own.all_samples(done, "demo_digits", limit=2))) == 3
    one_by_one = [job.job_id for job in own.all_jobs(limit=1, label="run:r1")]
    assert one_by_one == [job.job_id for job in client.jobs(label="run:r1").jobs]
    assert len(list(own.all_scores(job=done.job_id, limit=1))) == len(client.scores(job=done.job_id).scores) == 2


def test_a_file_of_a_run_is_saved_whole_or_read_in_part(connect: Connect, done: JobInfo, tmp_path: Any) -> None:
    own = connect()
    path = next(file.path for file in own.artifacts(done).files if file.size > 10)
    with (tmp_path / "file").open("wb") as file:
        own.save_artifact(done, path, file)
    whole = (tmp_path / "file").read_bytes()
    assert own.artifact(done, path) == whole
    assert own.artifact(done, path, start=2, end=5) == whole[2:6]
    assert own.artifact(done, path, start=-4) == whole[-4:]


def test_a_field_that_an_answer_does_not_have_is_named_with_those_it_has(connect: Connect) -> None:
    with pytest.raises(AttributeError, match="no field 'stat'; there are status, takes_jobs"):
        connect().health().stat  # type: ignore[attr-defined]  # noqa: B018


def test_one_client_is_used_from_several_threads(client: Client) -> None:
    seen: list[str] = []
    threads = [threading.Thread(target=lambda: seen.append(client.health().status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8


def test_what_is_not_read_to_its_end_leaves_no_connection_open(connect: Connect, done: JobInfo, proxy: Proxy) -> None:
    own = connect(proxy.url)
    own.wait(done)
    next(iter(own.events(after=0)))
    own.health()
    # Only what the next request may use again is left.
    assert eventually(lambda: proxy.open == 1), proxy.open


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold: connections end in threads of their own."""
    end = time.monotonic() + 30
    while not holds() and time.monotonic() < end:
        time.sleep(0.01)
    return holds()
