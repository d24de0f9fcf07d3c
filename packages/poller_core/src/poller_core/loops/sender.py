"""One attempt: sign, POST the stored bytes, and say what came back. Decides nothing."""

from __future__ import annotations

from odoo_rpc.dates import http_date, retry_after_seconds
from odoo_rpc.net import (
    WEBHOOK_CAPS,
    BlockedAddress,
    ConnectFailed,
    NameNotFound,
    NetError,
    Reply,
    TimedOut,
    TlsFailed,
    Unsendable,
)
from odoo_rpc.net.reply import Exchange
from odoo_rpc.secret import Secret
from poller_core.decide.answers import Answer, NoReply, Replied
from poller_core.webhook import signed_headers

_REASONS: tuple[tuple[type[NetError], str], ...] = (
    (TimedOut, "timeout"),
    (NameNotFound, "dns"),
    (TlsFailed, "tls"),
    (BlockedAddress, "blocked"),
    (Unsendable, "blocked"),
    (ConnectFailed, "connect"),
)


async def post(
    exchange: Exchange,
    url: str,
    body: bytes,
    *,
    webhook_id: str,
    timestamp: int,
    secrets: list[Secret],
    connection_id: str,
    deadline_seconds: float,
) -> Answer:
    """POST one body with its headers; ``timestamp`` in seconds since 1970. Never raises for what the peer does."""
    headers = signed_headers(webhook_id, timestamp, body, secrets, connection_id)
    try:
        reply = await exchange.post(
            url, headers, body, caps=WEBHOOK_CAPS, deadline_seconds=deadline_seconds, truncate=True
        )
    except NetError as error:
        return no_reply(error)
    return replied(reply)


def replied(reply: Reply) -> Replied:
    """The answer of a reply."""
    text = reply.headers.get("retry-after")
    if text is None:
        return Replied(reply.status)
    wait = retry_after_seconds(text, http_date(reply.headers.get("date")))
    return Replied(reply.status, None if wait is None else int(-(-wait // 1)))


def no_reply(error: NetError) -> NoReply:
    """The reason of an exchange without a reply."""
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return NoReply(reason, str(error))
    return NoReply("protocol", str(error))


__all__ = ["no_reply", "post", "replied"]
