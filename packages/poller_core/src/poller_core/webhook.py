"""What stands on a delivery besides its body: who it is from, which message it is, and a signature over the very bytes.

The signature is that of Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md):
HMAC-SHA256 over ``id.timestamp.body``, base64, ``v1,`` in front, one for each secret that is valid at the moment.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

import msgspec
from standardwebhooks import Webhook, WebhookVerificationError

from poller_core.i18n import Phrase

if TYPE_CHECKING:
    from odoo_rpc.secret import Secret

Headers: TypeAlias = dict[str, str]

_BASE64_PREFIX = "whsec_"
_LONGEST_SECRET = 1024
# Drawn once at random. Another value would give every order a new id, and receivers would take each for a new order.
_NAMESPACE = uuid.UUID("0b9e3ad1-2c5f-4f0e-9f4d-8f6a3d1f7c2e").bytes
_DEFAULT_PORTS = {"http": 80, "https": 443}


def signed_headers(
    webhook_id: str, timestamp: int, body: bytes, secrets: Sequence[Secret], connection_id: str
) -> Headers:
    """The headers of one attempt at ``timestamp`` (seconds since 1970), in the order in which they are sent.

    ``secrets`` are those valid now, the newest first: it goes into X-Webhook-Secret, and each signs. All of them must
    have passed `valid_secret`, the connection's id must be ASCII, and the body UTF-8.
    """
    texts = [secret.reveal() for secret in secrets]
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return {
        "Content-Type": "application/json",
        "X-Webhook-Secret": texts[0],
        "X-Odoo-Connection-Id": connection_id,
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join([_signature(signed, secret) for secret in texts]),
    }


def verify(
    headers: Mapping[str, str], body: bytes, secret: Secret, now: float, *, tolerance_seconds: float = 300
) -> str:
    """For receivers: the message's id if ``secret`` signed these bytes near ``now`` (seconds since 1970).

    Header names in any case. Raise `standardwebhooks.WebhookVerificationError` otherwise. The library's own ``verify``
    reads the clock itself and fails in other ways on malformed signatures.
    """
    found = {name.lower(): value for name, value in headers.items()}
    try:
        webhook_id, sent_at = found["webhook-id"], found["webhook-timestamp"]
        given = found["webhook-signature"].split(" ")
    except KeyError as error:
        raise WebhookVerificationError(f"the header {error.args[0]} is missing") from None
    if not (sent_at.isascii() and sent_at.isdecimal()) or abs(int(sent_at) - now) > tolerance_seconds:
        raise WebhookVerificationError("the timestamp is malformed, too old or too new")
    try:
        expected = Webhook(_key(secret.reveal())).sign(
            webhook_id, datetime.fromtimestamp(int(sent_at), UTC), body.decode()
        )
    except UnicodeDecodeError:
        raise WebhookVerificationError("the body is not UTF-8") from None
    if not any(hmac.compare_digest(expected.encode(), signature.encode()) for signature in given):
        raise WebhookVerificationError("no signature matches")
    return webhook_id


def webhook_id(
    odoo_url: str, db: str, order_id: int, event: str = "order.confirmed", revision: int = 1
) -> str:
    """The message's id, a UUIDv5: the same order has the same id for ever, in every installation."""
    name = "\n".join((normal_url(odoo_url), db, str(order_id), event, str(revision)))
    # What str(uuid.uuid5(…)) gives, at half its price.
    digest = bytearray(sha1(_NAMESPACE + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(maxsize=4096)
def normal_url(url: str) -> str:
    """One spelling for one Odoo: lower-case scheme and host, no default port, no slash at the end, no query."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return url.strip()
    host = (parts.hostname or "").rstrip(".")
    shown = f"[{host}]" if ":" in host else host
    suffix = "" if port is None or port == _DEFAULT_PORTS.get(parts.scheme) else f":{port}"
    return f"{parts.scheme}://{shown}{suffix}{parts.path.rstrip('/')}"


def ping_body(connection_id: str, store_id: str, client_id: str, sent_at: datetime) -> bytes:
    """The body of ``connections test``: the source as in an order, and no order. ``sent_at`` is aware."""
    return msgspec.json.encode(
        {
            "event": "test.ping",
            "source": {
                "platform": "ODOO",
                "connection_id": connection_id,
                "store_id": store_id,
                "client_id": client_id,
            },
            "sent_at": f"{sent_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
    )


def new_secret() -> str:
    """A webhook secret for those who gave none: a UUID4."""
    return str(uuid.uuid4())


def valid_secret(text: str) -> Phrase | None:
    """Why ``text`` can't be a webhook secret, None where it can: it goes into a header and must sign everywhere alike."""
    if not text:
        return Phrase("must not be empty")
    if not (text.isascii() and text.isprintable()):
        return Phrase("must be printable ASCII: letters, digits and signs, no accents and no line ends")
    if text != text.strip(" "):
        return Phrase("must not begin or end with a space: receivers drop it from the header")
    if len(text) > _LONGEST_SECRET:
        return Phrase("must have at most {limit} characters", limit=_LONGEST_SECRET)
    if text.startswith(_BASE64_PREFIX) and not _decoded(text):
        return Phrase("what follows {prefix} must be base64", prefix=_BASE64_PREFIX)
    return None


def _signature(signed: bytes, secret: str) -> str:
    """What the library's ``sign`` gives, without its detours: every attempt pays for it."""
    mac = _keyed(secret).copy()
    mac.update(signed)
    return "v1," + binascii.b2a_base64(mac.digest(), newline=False).decode("ascii")


@lru_cache(maxsize=8192)
def _keyed(secret: str) -> hmac.HMAC:
    """A signature of nothing yet. Copying it is cheaper than `hmac.digest`, which also lets go of the interpreter's lock."""
    return hmac.new(_key(secret), digestmod="sha256")


def _key(secret: str) -> bytes:
    """The key of a secret. The library decodes any text from base64; here only what says so by its prefix is."""
    return _decoded(secret) if secret.startswith(_BASE64_PREFIX) else secret.encode("ascii")


def _decoded(secret: str) -> bytes:
    """The bytes behind ``whsec_``, empty where it isn't base64 (padding may be left out)."""
    digits = secret.removeprefix(_BASE64_PREFIX)
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except binascii.Error:
        return b""


__all__ = [
    "Headers",
    "new_secret",
    "normal_url",
    "ping_body",
    "signed_headers",
    "valid_secret",
    "verify",
    "webhook_id",
]
