"""What an answer to a webhook means: the table of the design, as one function."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

import msgspec


class Verdict(StrEnum):
    """What an attempt's end says, and about whom."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """The receiver refuses this order."""
    ENDPOINT = "endpoint"
    """The URL is in trouble, whoever uses it."""
    CONNECTION = "connection"
    """This connection is set up wrongly."""
    GONE = "gone"
    """The receiver says that nobody is to come back (410)."""


class Replied(msgspec.Struct, frozen=True):
    """The receiver answered. ``retry_after`` in whole seconds where it asked for a wait."""

    status_code: int
    retry_after: int | None = None


class NoReply(msgspec.Struct, frozen=True):
    """No answer came. ``reason``: timeout, connect, dns, tls, protocol or blocked."""

    reason: str
    message: str


Answer: TypeAlias = Replied | NoReply

_ENDPOINT_CODES = frozenset({408, 425, 429})
_CONNECTION_CODES = frozenset({401, 403, 404, 405})


def judge(answer: Answer) -> Verdict:
    """The verdict on one attempt's end."""
    if isinstance(answer, NoReply):
        # A forbidden address is this connection's own setting; everything else is the way to the URL.
        return Verdict.CONNECTION if answer.reason == "blocked" else Verdict.ENDPOINT
    code = answer.status_code
    if 200 <= code < 300:
        return Verdict.DELIVERED
    if code == 410:
        return Verdict.GONE
    if code in _CONNECTION_CODES or 300 <= code < 400:
        return Verdict.CONNECTION
    if code in _ENDPOINT_CODES or code >= 500 or code < 200:
        return Verdict.ENDPOINT
    return Verdict.REFUSED


def error_text(answer: Answer) -> str:
    """One short line for people: never a body, a header or an address's secret part."""
    if isinstance(answer, NoReply):
        return f"{answer.reason}: {answer.message}"[:200]
    return "" if 200 <= answer.status_code < 300 else f"HTTP {answer.status_code}"


__all__ = ["Answer", "NoReply", "Replied", "Verdict", "error_text", "judge"]
