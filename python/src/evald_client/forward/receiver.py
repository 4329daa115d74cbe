"""Forwards the scores of jobs that evald has completed to W&B, MLflow or TensorBoard.

It receives evald's webhooks: `evald --webhook http://127.0.0.1:8124/ --webhook-allow-host 127.0.0.1`. It answers 2xx
only when the scores of a job are written, so that evald sends again what is not, and writes no job twice.

Needs the package of what it forwards to. Unix only.
"""

from __future__ import annotations

import argparse
import base64
import fcntl
import hashlib
import hmac
import os
import queue
import re
import signal
import socket
import sys
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn

from .job import Job, read_job
from .sinks import SINKS, Sink

SECRET_VARIABLE = "EVALD_WEBHOOK_SECRET"  # noqa: S105  # its name
MAX_BODY = 16 * 1024 * 1024  # bytes
MAX_AGE = 300  # seconds, as libraries of Standard Webhooks have it
MAX_OPEN = 100  # jobs that are being written, or wait for that
PATIENCE = 8.0  # seconds that an answer waits for its job: evald itself waits 10


def log(text: str) -> None:
    # What comes from a job must not look like another line, or move the cursor.
    shown = "".join(char if char.isprintable() else "?" for char in text)
    print(f"evald-forward: {shown}", file=sys.stderr, flush=True)


def fail(text: str) -> NoReturn:
    log(text)
    sys.exit(2)


class State:
    """The jobs that were begun and done, in a file: a line each, on disk before what follows from it happens."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a+b")  # it stays open, and locked
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            fail(f"another receiver writes to {path}; give this one a --dir of its own")
        self.begun: set[str] = set()
        self.done: set[str] = set()
        self._file.seek(0)
        text = self._file.read()
        for line in text.decode("utf-8", "replace").splitlines():
            event, _, job = line.partition(" ")
            if event in ("begun", "done"):
                getattr(self, event).add(job)
        # A crash may have cut the last line: what follows must not become part of it.
        if text and not text.endswith(b"\n"):
            self._file.write(b"\n")

    def note(self, event: str, job: str) -> None:
        self._file.write(f"{event} {job}\n".encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        getattr(self, event).add(job)


class Forwarder:
    """Writes one job at a time, however many are posted."""

    def __init__(self, sink: Sink, state: State) -> None:
        self._sink, self._state = sink, state
        self._open: dict[str, Future[None]] = {}
        self._waiting: queue.Queue[tuple[Job, Future[None]]] = queue.Queue()
        self._lock = threading.Lock()

    def forward(self, job: Job) -> Future[None]:
        """Ends when the job is written. A job that is posted again while that is under way is not begun again."""
        with self._lock:
            future = self._open.get(job.id)
            if future is None:
                if len(self._open) >= MAX_OPEN:
                    raise OverflowError(f"{MAX_OPEN} jobs wait to be written")
                future = self._open[job.id] = Future()
                self._waiting.put((job, future))
            return future

    def work(self) -> NoReturn:
        while True:
            job, future = self._waiting.get()
            try:
                self._write(job)
                future.set_result(None)
            except Exception as error:  # whatever the package raises: evald sends the job again
                log(f"job {job.id} could not be written: {type(error).__name__}: {error}")
                future.set_exception(error)
            with self._lock:
                del self._open[job.id]

    def _write(self, job: Job) -> None:
        if job.id in self._state.done:
            return log(f"job {job.id} was written before")
        if job.status != "completed":
            return log(f"job {job.id} has no scores: it is {job.status}")
        if job.skipped:
            log(f"job {job.id}: without {', '.join(job.skipped)}: not finite, or of the name of another one")
        if not job.numbers:
            return log(f"job {job.id} has no scores")
        refusal = self._sink.refusal(job)
        if refusal is not None:
            return log(f"job {job.id} is not forwarded: {refusal}")
        in_doubt = job.id in self._state.begun
        if not in_doubt:
            self._state.note("begun", job.id)
        self._sink.write(job, in_doubt, len(self._state.done))
        self._state.note("done", job.id)
        at = "without a step" if job.step is None else f"at step {job.step:g}"
        log(f"job {job.id}: {len(job.numbers)} numbers to {job.run}, {at}")


def key_of(secret: str) -> bytes:
    """The key of a secret: what follows `whsec_` in base64, else its text."""
    if re.fullmatch(r"whsec_[A-Za-z0-9+/]{2,}={0,2}", secret):
        return base64.b64decode(secret[len("whsec_") :] + "==")
    return secret.encode()


class Receiver(BaseHTTPRequestHandler):
    forwarder: Forwarder
    key: bytes | None
    timeout = 10  # seconds of silence of a client

    def do_POST(self) -> None:
        try:
            code, reason = self._receive()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            code, reason = 400, f"this is no job of evald ({type(error).__name__})"
        if code >= 400:
            log(f"{code}: {reason}")
        self.send_response(code)
        self.end_headers()
        if code != 204:
            self.wfile.write(f"{reason}\n".encode())

    def _receive(self) -> tuple[int, str]:
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"\d{1,12}", length):
            return 411, "the length of the body is missing"
        if int(length) > MAX_BODY:
            return 413, f"the body has more than {MAX_BODY} bytes"
        # Pages of browsers may post to loopback, but not this type.
        if self.headers.get_content_type() != "application/json":
            return 415, "the body is no application/json"
        body = self.rfile.read(int(length))
        if self.key is not None and not self._is_signed(self.key, body):
            return 403, f"not signed with the secret of {SECRET_VARIABLE} within the last {MAX_AGE} seconds"
        job = read_job(body)
        try:
            self.forwarder.forward(job).result(PATIENCE)
        except FutureTimeout:
            return 503, f"job {job.id} is not written yet"
        except Exception as error:
            return 503, f"job {job.id} could not be written ({type(error).__name__})"
        return 204, ""

    def _is_signed(self, key: bytes, body: bytes) -> bool:
        identifier, at = self.headers.get("Webhook-Id", ""), self.headers.get("Webhook-Timestamp", "")
        if not re.fullmatch(r"\d{1,12}", at) or abs(time.time() - int(at)) > MAX_AGE:
            return False
        mac = hmac.new(key, f"{identifier}.{at}.".encode() + body, hashlib.sha256).digest()
        expected = b"v1," + base64.b64encode(mac)
        given = self.headers.get("Webhook-Signature", "").encode().split(b" ")
        return any(hmac.compare_digest(expected, one) for one in given)

    def log_message(self, *_: Any) -> None:
        """Each job has a line of its own."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        log(f"a connection ended with {sys.exc_info()[1]!r}")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="evald-forward",
        description="Receives evald's webhooks and forwards the scores of completed jobs.",
        epilog=f"{SECRET_VARIABLE}: the secret that evald signs with; when it is set, nothing unsigned is taken.",
    )
    add = parser.add_argument
    add("--forward", required=True, choices=sorted(SINKS), help="where scores go")
    add("--port", type=int, default=8124, help="port to listen on; 0: any that is free (default: 8124)")
    add("--host", default="127.0.0.1", help=f"address to listen on; other than loopback needs {SECRET_VARIABLE}")
    add("--server", metavar="URL", help="tracking URI of MLflow, server of W&B; without it as their own variables say")
    add("--project", help="project of W&B, or experiment of MLflow (default: evald)")
    what = "for what was forwarded, the logs of TensorBoard and offline runs of W&B"
    add("--dir", default="evald-forward", help=f"folder {what} (default: evald-forward)")
    options = parser.parse_args()
    if options.forward == "tensorboard" and (options.server or options.project):
        parser.error("--server and --project are of wandb and mlflow; tensorboard writes to --dir")
    options.project = options.project or "evald"
    return options


def read_key(host: str) -> bytes | None:
    secret = os.environ.get(SECRET_VARIABLE)
    if secret is not None:
        return key_of(secret.strip()) if secret.strip() else fail(f"the secret in {SECRET_VARIABLE} is empty")
    if host not in ("127.0.0.1", "::1", "localhost"):
        fail(f"--host {host} needs {SECRET_VARIABLE}: without a secret all that can reach it could write scores")
    log(f"{SECRET_VARIABLE} is not set: every program of this machine may write scores")
    return None


def main() -> None:
    options = read_options()
    key = read_key(options.host)
    folder = Path(options.dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        state = State(folder / f"{options.forward}.log")
        sink = SINKS[options.forward](options)
        Server.address_family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
        server = Server((options.host, options.port), Receiver)
    except ImportError as error:
        fail(f"the package {options.forward} is missing or incomplete ({error}); pip install {options.forward}")
    except Exception as error:
        fail(f"{type(error).__name__}: {error}")
    Receiver.key = key
    Receiver.forwarder = Forwarder(sink, state)
    # At once: what is being written is taken up again by the next one, as after kill -9.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"[{options.host}]" if ":" in options.host else options.host
    log(f"listens on http://{host}:{server.server_address[1]}/ and forwards to {options.forward}")
    # W&B wants to be used from the main thread.
    Receiver.forwarder.work()


if __name__ == "__main__":
    main()
