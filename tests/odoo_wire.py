"""Recordings of real Odoos as requests and replies, and an Exchange that plays whatever a test writes down."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from odoo_rpc.net.caps import Caps
from odoo_rpc.net.errors import NetError
from odoo_rpc.net.reply import Reply

FOLDER = Path(__file__).parent / "fixtures" / "odoo-wire"
NAMES = sorted(f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("*/*.json"))


def reply(body: Any = b"", status: int = 200, **headers: str) -> Reply:
    """A reply; a body that isn't bytes is written as JSON, header names with _ for -."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw, 1.0)


def result(value: Any, **headers: str) -> Reply:
    """A JSON-RPC answer with a result."""
    return reply({"jsonrpc": "2.0", "id": 1, "result": value}, **headers)


def fault(name: str, message: str = "Oh no") -> dict[str, Any]:
    """An exception as Odoo writes it."""
    return {
        "name": name,
        "message": message,
        "arguments": [message],
        "context": {},
        "debug": "Traceback: the key",
    }


def error(name: str, message: str = "Oh no") -> Reply:
    """A JSON-RPC answer with an error."""
    return reply(
        {
            "jsonrpc": "2.0",
            "id": 1,
            "error": {"code": 0, "message": "Odoo Server Error", "data": fault(name, message)},
        }
    )


@dataclass(frozen=True)
class Recording:
    """One request of ours and what a real Odoo answered."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    reply: Reply

    @property
    def kwargs(self) -> dict[str, Any]:
        """The named arguments that were sent."""
        return self.body["params"]["args"][-1] if self.path == "/jsonrpc" else self.body


def recording(name: str) -> Recording:
    """The recording `19/07-orders` and so on."""
    raw = json.loads((FOLDER / f"{name}.json").read_text())
    request, response = raw["request"], raw["response"]
    body = response["body"]
    content = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
    answer = Reply(response["status"], {"content-type": response["content_type"]}, content, 1.0)
    return Recording(name, request["method"], request["path"], request["headers"], request["body"], answer)


@dataclass(frozen=True)
class Sent:
    """A request as the Exchange got it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: Any
    caps: Caps
    deadline_seconds: float
    ca_file: str | None

    @property
    def path(self) -> str:
        """The URL without scheme and host."""
        return "/" + self.url.split("/", 3)[3]

    @property
    def rpc(self) -> list[Any]:
        """The `args` of a JSON-RPC request."""
        return list(self.body["params"]["args"])


Answer = Reply | NetError | Callable[[Sent], Reply | Awaitable[Reply]]


@dataclass
class Script:
    """An Exchange that gives the answers written down, one a request, and keeps what it was asked."""

    answers: Iterable[Answer]
    sent: list[Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._answers = iter(self.answers)

    @property
    def paths(self) -> list[str]:
        """Where the requests went."""
        return [sent.path for sent in self.sent]

    async def post(
        self,
        target: Any,
        headers: Mapping[str, str],
        body: bytes,
        *,
        caps: Caps,
        deadline_seconds: float,
        ca_file: str | None = None,
        truncate: bool = False,
    ) -> Reply:
        return await self._play(
            Sent("POST", target, headers, json.loads(body), caps, deadline_seconds, ca_file)
        )

    async def get(
        self,
        target: Any,
        headers: Mapping[str, str],
        *,
        caps: Caps,
        deadline_seconds: float,
        ca_file: str | None = None,
        truncate: bool = False,
    ) -> Reply:
        return await self._play(Sent("GET", target, headers, None, caps, deadline_seconds, ca_file))

    async def _play(self, sent: Sent) -> Reply:
        self.sent.append(sent)
        answer = next(self._answers, None)
        assert answer is not None, f"an unexpected request: {sent.method} {sent.path} {sent.body}"
        if isinstance(answer, NetError):
            raise answer
        if isinstance(answer, Reply):
            return answer
        played = answer(sent)
        return await played if inspect.isawaitable(played) else played
