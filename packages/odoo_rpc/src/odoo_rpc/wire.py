"""What both protocols have in common: who calls, what a request is, and how bytes become a typed result or NotOdoo."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Protocol

import msgspec

from odoo_rpc.calls import Call
from odoo_rpc.errors import NotOdoo
from odoo_rpc.net.headers import prepare_headers
from odoo_rpc.net.reply import Reply
from odoo_rpc.secret import Secret
from odoo_rpc.wording import one_line, page_title

CONTENT_TYPE = {"Content-Type": "application/json"}
JSON_HEADERS: Mapping[str, str] = prepare_headers(CONTENT_TYPE)

_UNREADABLE = object()
_LONGEST_WHOLE = 19  # digits of a 64-bit number; Python's own limit would make a longer one an error
# All that msgspec raises about bytes: the last two are no errors of its own (broken UTF-8, a depth beyond Python's).
_BAD_BYTES = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Account:
    """Who calls which database where. `url` has no slash at its end."""

    url: str
    database: str
    username: str
    key: Secret

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must not appear in any message: the key, also as a JSON string writes it."""
        key = self.key.reveal()
        return (key, msgspec.json.encode(key)[1:-1].decode())


class Request(NamedTuple):
    """One HTTP request; `path` goes behind the account's URL, and without a body it is a GET."""

    path: str
    headers: Mapping[str, str]
    body: bytes | None = None


class Wire(Protocol):
    """One protocol, without I/O: requests out of calls, results or raised OdooErrors out of replies."""

    needs_uid: ClassVar[bool]

    def call(self, call: Call, uid: int | None) -> Request:
        """The request for `call`."""
        ...

    def result(self, reply: Reply, call: Call, type: Any) -> Any:  # noqa: A002 - msgspec's own word for it
        """What `call` returned, as `type`. Raises an OdooError for anything else."""
        ...

    def login(self) -> Request:
        """The request that asks Odoo who we are."""
        ...

    def uid(self, reply: Reply) -> int:
        """The user's id from the answer to `login`. Raises AuthenticationFailed where Odoo refuses the key."""
        ...


@lru_cache(maxsize=256)
def _decoder(type: Any) -> msgspec.json.Decoder[Any]:  # noqa: A002
    return msgspec.json.Decoder(type)


def decode(reply: Reply, type: Any, what: Any, hide: tuple[str, ...]) -> Any:  # noqa: A002
    """The reply's body as `type`; NotOdoo where it isn't that. `what` names the call in the message."""
    try:
        return _decoder(type).decode(reply.body)
    except _BAD_BYTES as error:
        lenient = _lenient(reply.body, type)
        if lenient is not _UNREADABLE:
            return lenient
        title = page_title(reply.body)
        said = (
            f"a page titled “{title}” instead of JSON" if title else f"an answer that can't be read: {error}"
        )
        raise NotOdoo(one_line(f"{what}: {said}", hide=hide), reply.status) from None


def _lenient(body: bytes, type: Any) -> Any:  # noqa: A002
    """The body as `type`, read as Python's own `json` wrote it: with `NaN`, `Infinity` and numbers of any length.

    Odoo answers so where a float in its database is no number. One such record must not hide the rest of its page:
    whoever reads the value judges it. `_UNREADABLE` where this fails as well.
    """
    if body[:1] not in (b"{", b"["):
        return _UNREADABLE
    try:
        found = json.loads(body, parse_int=_whole)
        msgspec.json.encode(
            found
        )  # refuses what is no text: half a surrogate pair could be neither stored nor sent
        return msgspec.convert(found, type)
    except (ValueError, RecursionError):
        return _UNREADABLE


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_WHOLE else float(digits)


def attempt(body: bytes, type: Any) -> Any:  # noqa: A002
    """The body as `type`, None where it isn't that."""
    try:
        return _decoder(type).decode(body)
    except _BAD_BYTES:
        return None


def as_uid(value: Any) -> int | None:
    """`value` where it is a record's id (1 to 2³¹ − 1), else None; `true` is no id."""
    is_id = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
    return value if is_id else None
