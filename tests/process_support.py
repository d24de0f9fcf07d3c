"""The program as its user runs it: a process of its own, and a receiver on loopback that remembers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).parent / "odoo-poller"
SECONDS = 60


@dataclass
class Sink:
    """What arrived: (webhook-id, body). ``answer`` decides the status of each request by its number, from 0."""

    url: str = ""
    got: list[tuple[str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[int], int] = lambda _number: 204
    takes: float = 0.0
    """Seconds from a request's arrival to its answer."""
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, seconds: float = SECONDS) -> None:
        """Return once ``count`` requests have arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.got) >= count, seconds), (
                f"{len(self.got)} of {count}"
            )

    @property
    def numbers(self) -> list[str]:
        """Order numbers, sorted."""
        return sorted(json.loads(body)["order"]["platform_order_number"] for _, body in self.got)


@contextmanager
def receiver() -> Iterator[Sink]:
    """A webhook endpoint on 127.0.0.1."""
    sink = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with sink.arrived:
                status = sink.answer(len(sink.got))
                sink.got.append((self.headers["webhook-id"], body))
                sink.headers.append(dict(self.headers.items()))
                sink.arrived.notify_all()
            time.sleep(sink.takes)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sink.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Program:
    """``odoo-poller`` on a database of its own."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """A clean environment: loopback allowed, nothing paced, English."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("POLLER_")}
        return inherited | {
            "POLLER_DB_PATH": str(self.folder / "poller.db"),
            "POLLER_ALLOWED_NETWORKS": "127.0.0.0/8",
            "POLLER_ODOO_MIN_INTERVAL_MS": "0",
            "POLLER_BACKOFF_BASE_SECONDS": "0.2",
            "POLLER_LANG": "en",
            **self.environment,
        }

    def __call__(
        self, *words: str, stdin: str = "", code: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; it must end with ``code`` (None: with any)."""
        done = subprocess.run(
            [PROGRAM, *words],
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert code is None or done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done

    def json(self, *words: str, code: int | None = 0, stdin: str = "") -> Any:
        """The same with ``--json``."""
        return json.loads(self(*words, "--json", code=code, stdin=stdin).stdout)

    def add(
        self, name: str, *, url: str, db: str, username: str, api_key: str, hook: str, **more: str
    ) -> str:
        """Add a connection; its id."""
        options = {
            "--name": name,
            "--odoo-url": url,
            "--odoo-db": db,
            "--odoo-username": username,
            "--store-id": "store_1",
            "--client-id": "client_1",
            "--webhook-url": hook,
            "--sync-from": "now",
        } | {f"--{key.replace('_', '-')}": value for key, value in more.items()}
        self.environment["POLLER_ODOO_API_KEY"] = api_key
        words = [word for pair in options.items() for word in pair]
        return str(self.json("connections", "add", *words)["id"])

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        """The daemon; stopped by SIGTERM at the end, which must take at most 8 s and give 0."""
        process = subprocess.Popen(
            [PROGRAM, "run"], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        assert "poller started" in first, (first, process.communicate(timeout=5))
        drain = threading.Thread(target=process.stdout.read, daemon=True)
        drain.start()
        try:
            yield process
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                assert process.wait(8) == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(5)
            drain.join(5)
            process.stdout.close()
            if process.stderr is not None:
                process.stderr.close()
