"""One reason per field why a value can't be accepted, for forms that ask at every keystroke and commands that ask once.

Whatever passes here can be stored, put into a header and sent: nothing about a connection is left to fail at the
first delivery.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from poller_core.errors import BadInput, NotFound
from poller_core.i18n import Phrase

PROTOCOLS = ("auto", "jsonrpc", "json2")
_WHOLE = re.compile(r"[0-9]{1,9}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CA_FILE_LIMIT = 1024 * 1024
_FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)


class Guard(Protocol):
    """What is needed of `odoo_rpc.AddressGuard`."""

    def check_url(self, url: str) -> None:
        """Raise a ValueError or `odoo_rpc.BlockedAddress` with a one-line reason."""


def reason(field: str, value: object, guard: Guard) -> Phrase | None:
    """Why ``value`` can't be the ``field`` of a connection, None where it can.

    Fields are those of ConnectionDraft, and ``id`` and ``overlap_seconds``. Values are what a form or a command has:
    text, or a number, a bool or a Secret. The reason reads on from the field's name ("must not be empty"). An empty
    webhook secret stands for one that is still to be made.
    """
    if hasattr(value, "reveal"):
        value = value.reveal()
    if value is None or value == "":
        return None if field in _MAY_BE_EMPTY else _EMPTY
    if field in ("odoo_url", "webhook_url"):
        return _url(str(value), guard)
    check = _CHECKS.get(field)
    if check is None:
        return Phrase("is no field of a connection")
    return check(str(value))


def parse_sync_from(text: str, now: datetime) -> str:
    """Where a connection begins, as Odoo compares it: naive UTC ``YYYY-MM-DD HH:MM:SS``, or ``""`` for everything.

    ``text`` is ``now``, ``all``, a date (its first moment, UTC) or an ISO 8601 date and time (UTC unless it says
    otherwise); ``now`` is aware. Raise `BadInput` for anything else.
    """
    match text.strip().lower():
        case "now":
            moment = now.astimezone(UTC)
        case "all":
            return ""
        case _:
            moment = _moment(text.strip())
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def suggest(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """Up to three names that may have been meant: the nearest first, then those that hold what was written.

    Upper and lower case count as the same.
    """
    import difflib

    by_folded = {known.casefold(): known for known in names}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=3, cutoff=0.6)
    if len(name) > 1:
        near += [folded for folded in by_folded if name.casefold() in folded and folded not in near]
    return tuple(by_folded[folded] for folded in near[:3])


def unknown_connection(name: str, names: Iterable[str]) -> NotFound:
    """The error for a name that none of the connections ``names`` has; it carries those that may have been meant."""
    near = suggest(name, names)
    hint = (
        Phrase("did you mean {near}?", near=repr(near[0]))
        if near
        else Phrase("see: odoo-poller connections list")
    )
    return NotFound(
        Phrase("no connection named {name}; {hint}", name=repr(name), hint=hint), suggestions=near
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = _FIRST_DAY.replace(year=1)
    if moment < _FIRST_DAY:
        raise BadInput(
            Phrase("must be now, all, or a date such as 2025-01-31 or 2025-01-31T08:00:00-03:00"),
            field="sync_from",
        )
    return moment


def _url(text: str, guard: Guard) -> Phrase | None:
    from odoo_rpc.net.errors import BlockedAddress

    if len(text) > 2000:
        return Phrase("must have at most {limit} characters", limit=2000)
    try:
        guard.check_url(text)
    except (ValueError, BlockedAddress) as error:
        return Phrase(str(error))
    return None


def _text(limit: int) -> Callable[[str], Phrase | None]:
    def check(text: str) -> Phrase | None:
        if not text.strip():
            return _EMPTY
        if text != text.strip():
            return Phrase("must not begin or end with a space")
        if len(text) > limit:
            return Phrase("must have at most {limit} characters", limit=limit)
        return None if text.isprintable() else Phrase("must be one line of printable characters")

    return check


def _ascii(limit: int) -> Callable[[str], Phrase | None]:
    """For what goes into a header: the database's name and the key with JSON-2."""
    check_text = _text(limit)

    def check(text: str) -> Phrase | None:
        if found := check_text(text):
            return found
        return None if text.isascii() else Phrase("must be ASCII: letters, digits and signs, no accents")

    return check


def _whole(low: int, high: int) -> Callable[[str], Phrase | None]:
    def check(text: str) -> Phrase | None:
        if _WHOLE.fullmatch(text.strip()) and low <= int(text) <= high:
            return None
        return Phrase("must be a whole number from {low} to {high}", low=low, high=high)

    return check


def _whole_or_default(high: int) -> Callable[[str], Phrase | None]:
    check_whole = _whole(0, high)
    return lambda text: None if text.strip() == "-1" else check_whole(text)


def _identifier(text: str) -> Phrase | None:
    if len(text) <= 64 and _ID.fullmatch(text):
        return None
    return Phrase("must be up to 64 letters, digits, dots, dashes and underscores")


def _webhook_secret(text: str) -> Phrase | None:
    from poller_core.webhook import valid_secret

    return valid_secret(text)


def _sync_from(text: str) -> Phrase | None:
    try:
        parse_sync_from(text, _FIRST_DAY)
    except BadInput as error:
        return error.args[0] if isinstance(error.args[0], Phrase) else Phrase(str(error))
    return None


def _protocol(text: str) -> Phrase | None:
    return None if text in PROTOCOLS else Phrase("must be one of {choices}", choices=", ".join(PROTOCOLS))


def _active(text: str) -> Phrase | None:
    return None if text.lower() in ("true", "false") else Phrase("must be true or false")


def _ca_file(text: str) -> Phrase | None:
    path = Path(text)
    if not path.is_absolute():
        return Phrase("must be a full path: the poller may be started elsewhere")
    try:
        if not path.is_file():
            return Phrase("is no file")
        with path.open("rb") as file:
            data = file.read(_CA_FILE_LIMIT)
    except (OSError, ValueError):
        return Phrase("can't be read")
    return None if _has_certificate(data) else Phrase("holds no PEM certificate that can be read")


def _has_certificate(data: bytes) -> bool:
    import ssl

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=data.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError):
        return False
    return True


_EMPTY = Phrase("must not be empty")
_MAY_BE_EMPTY = frozenset({"ca_file", "webhook_secret"})
_CHECKS: Mapping[str, Callable[[str], Phrase | None]] = {
    "id": _identifier,
    "name": _text(100),
    "odoo_db": _ascii(100),
    "odoo_username": _text(200),
    "api_key": _ascii(1000),
    "store_id": _text(200),
    "client_id": _text(200),
    "webhook_secret": _webhook_secret,
    "polling_interval_seconds": _whole(1, 86_400),
    "sync_from": _sync_from,
    "protocol": _protocol,
    "min_interval_ms": _whole_or_default(3_600_000),
    "overlap_seconds": _whole_or_default(86_400),
    "max_attempts": _whole(0, 50),
    "ca_file": _ca_file,
    "active": _active,
}

__all__ = ["PROTOCOLS", "Guard", "parse_sync_from", "reason", "suggest"]
