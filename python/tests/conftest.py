"""Tests of the package, on a real server: `test/python/` of the repository starts it and says where it is."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, cast

import httpx
import pytest

from evald_client import AsyncClient, Client
from evald_client.types import EvaluateRequest, JobInfo

SERVER, TOKEN = os.environ.get("TEST_EVALD", ""), os.environ.get("TEST_EVALD_TOKEN", "")
QUICK: EvaluateRequest = {"model": "nearest-template", "tasks": ["demo_digits"], "limit": 3}


def slow(seconds: float) -> EvaluateRequest:
    """The same, so many seconds a sample."""
    return {**QUICK, "model_args": {"delay": seconds}}


def pytest_configure() -> None:
    if not SERVER:
        pytest.exit(
            "set TEST_EVALD and TEST_EVALD_TOKEN: an evald with --harness demo, or run npx vitest run test/python", 3
        )


class Awaited:
    """The client for asyncio, used as the other one is: each test has both."""

    def __init__(self, client: AsyncClient, loop: asyncio.AbstractEventLoop) -> None:
        self._client, self._loop = client, loop

    def __getattr__(self, name: str) -> Any:
        def call(*words: Any, **named: Any) -> Any:
            answer = getattr(self._client, name)(*words, **named)
            return self._items(answer) if isinstance(answer, AsyncGenerator) else self._loop.run_until_complete(answer)

        return call

    def _items(self, items: AsyncGenerator[Any, None]) -> Iterator[Any]:
        try:
            while True:
                try:
                    yield self._loop.run_until_complete(items.__anext__())
                except StopAsyncIteration:
                    return
        finally:
            self._loop.run_until_complete(items.aclose())


class Proxy:
    """A way to the server that can be cut: what is open is lost, and nothing new comes about until it is mended."""

    def __init__(self) -> None:
        host, _, port = SERVER.rpartition("//")[2].partition(":")
        self._server = (host, int(port))
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._clients: list[socket.socket] = []
        self._port = 0
        self.lose_next_answer = False
        """Whether the next bytes of the server end the connection instead of reaching the client."""
        self.is_mute = False
        """Whether they are then kept back, and the connection stays."""
        self.mend()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def open(self) -> int:
        """How many connections of clients are open."""
        return sum(one.fileno() != -1 for one in self._clients)

    def mend(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self, *, for_good: bool = True) -> None:
        """for_good: nothing listens any more; else only what is open is lost."""
        if for_good and self._listener is not None:
            # Wakes the thread that accepts, which alone keeps the port.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._open = []

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                here, _ = listener.accept()
            except OSError:
                return
            there = socket.create_connection(self._server)
            self._open += [here, there]
            self._clients.append(here)
            for source, sink in ((here, there), (there, here)):
                threading.Thread(target=self._pass_on, args=(source, sink, sink is here), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with closing(source), suppress(OSError):
            while piece := source.recv(65536):
                if is_answer and self.lose_next_answer:
                    self.lose_next_answer = False
                    if not self.is_mute:
                        break
                    continue
                sink.sendall(piece)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    proxy = Proxy()
    yield proxy
    proxy.cut()


@pytest.fixture
def other_server() -> Iterator[Callable[[int, str], str]]:
    """Makes a server that is no evald: it gives every request this status and this body."""
    servers: list[HTTPServer] = []

    def start(status: int, body: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        servers.append(HTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(params=[Client, AsyncClient], ids=["sync", "async"])
def connect(request: pytest.FixtureRequest) -> Iterator[Callable[..., Client]]:
    """Makes a client of the server, of either kind; `asked` gets what it sends."""
    kind = request.param
    loop = asyncio.new_event_loop()
    made: list[Any] = []

    def connect(
        url: str = SERVER, token: str | None = TOKEN, *, asked: list[httpx.Request] | None = None, **more: Any
    ) -> Client:
        async def note(sent: httpx.Request) -> None:
            if asked is not None:
                asked.append(sent)

        if kind is Client:
            http: Any = httpx.Client(event_hooks={"request": [] if asked is None else [asked.append]})
            made.append(Client(url, token, http=http, **more))
        else:
            http = httpx.AsyncClient(event_hooks={"request": [note]})
            made.append(Awaited(AsyncClient(url, token, http=http, **more), loop))
        return cast("Client", made[-1])

    yield connect
    for one in made:
        one.close()
    loop.close()


@pytest.fixture(scope="session")
def client() -> Iterator[Client]:
    with Client(SERVER, TOKEN) as client:
        yield client


@pytest.fixture
def paused(client: Client) -> Iterator[None]:
    """What is submitted waits, and is cancelled in the end: these tests are not about runs."""
    client.pause()
    yield
    for job in client.all_jobs(status="queued"):
        client.cancel(job)
    client.resume()


@pytest.fixture(scope="session")
def done(client: Client) -> JobInfo:
    """A job that has completed, of run r1 at step 10."""
    job = client.submit(
        model="nearest-template", tasks=["demo_digits", "demo_shapes"], limit=3, labels={"run": "r1", "step": 10}
    )
    return client.wait(job, timeout=120)
