"""What a refusal means: from the exception's name and the HTTP status to one of our errors.

Odoo's error codes differ between versions (200 on 14, 0 on 19) and its messages are in the user's language, so neither
decides anything here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from odoo_rpc.dates import http_date, retry_after_seconds
from odoo_rpc.errors import (
    AccessForbidden,
    AuthenticationFailed,
    NotOdoo,
    OdooError,
    RateLimited,
    Reason,
    RecordMissing,
    Unavailable,
    UnknownDatabase,
    UnknownModelOrField,
    UserRejected,
)
from odoo_rpc.net.errors import (
    BlockedAddress,
    ConnectFailed,
    NameNotFound,
    NetError,
    TimedOut,
    TlsFailed,
)
from odoo_rpc.net.reply import Reply
from odoo_rpc.wording import model_named, one_line, page_title

_Simple = type[
    AuthenticationFailed
    | AccessForbidden
    | RecordMissing
    | UserRejected
    | UnknownModelOrField
    | UnknownDatabase
]

_BY_NAME: Mapping[str, _Simple] = {
    "builtins.AssertionError": UnknownModelOrField,  # a malformed domain, until 18
    "builtins.AttributeError": UnknownModelOrField,
    "builtins.KeyError": UnknownModelOrField,
    "builtins.TypeError": UnknownModelOrField,
    "builtins.ValueError": UnknownModelOrField,
    "odoo.exceptions.AccessDenied": AuthenticationFailed,
    "odoo.exceptions.AccessError": AccessForbidden,
    "odoo.exceptions.MissingError": RecordMissing,
    "odoo.exceptions.RedirectWarning": UserRejected,
    "odoo.exceptions.UserError": UserRejected,
    "odoo.exceptions.ValidationError": UserRejected,
    "odoo.http.SessionExpiredException": AuthenticationFailed,
    "psycopg2.OperationalError": UnknownDatabase,
    "werkzeug.exceptions.Forbidden": AccessForbidden,
    "werkzeug.exceptions.NotFound": UnknownModelOrField,
    "werkzeug.exceptions.Unauthorized": AuthenticationFailed,
    # JSON-2 checks the arguments against the method's signature before it calls it.
    "werkzeug.exceptions.UnprocessableEntity": UnknownModelOrField,
}
# An app's own subclass of UserError has a name of its own, but still the status of what it derives from.
_BY_STATUS: Mapping[int, _Simple] = {
    401: AuthenticationFailed,
    403: AccessForbidden,
    404: UnknownModelOrField,
    422: UserRejected,
}
_REASONS: tuple[tuple[type[NetError], Reason], ...] = (
    (BlockedAddress, "blocked"),
    (NameNotFound, "dns"),
    (TlsFailed, "tls"),
    (TimedOut, "timeout"),
    (ConnectFailed, "connect"),
)


class Fault(msgspec.Struct):
    """An exception inside Odoo as both protocols write it. `debug`, a traceback, is not even read."""

    name: str = ""
    message: str = ""


def refused(fault: Fault, what: Any, reply: Reply, hide: tuple[str, ...]) -> OdooError:
    """The error for an exception that Odoo reports about `what`."""
    name = fault.name.rpartition(".")[2] or "error"
    said = one_line(fault.message, hide=hide)
    model = model_named(fault.message)
    about = f" ({model})" if model and model not in said else ""
    summary = one_line(f"{what}: {name}{about}: {said}", hide=hide)
    kind = _BY_NAME.get(fault.name) or _BY_STATUS.get(reply.status)
    return kind(summary) if kind else Unavailable(summary, "server_error", asked_to_wait(reply))


def misanswered(what: Any, reply: Reply, hide: tuple[str, ...]) -> OdooError:
    """The error for an answer in nobody's words: a page of a proxy, of another server, of Odoo itself."""
    status = reply.status
    title = one_line(page_title(reply.body), hide=hide)
    saying = f", titled “{title}”" if title else ""
    if status == 429:
        return RateLimited(f"{what}: HTTP 429, too many calls", asked_to_wait(reply))
    if status >= 500 or status == 408:
        return Unavailable(one_line(f"{what}: HTTP {status}{saying}"), "http_5xx", asked_to_wait(reply))
    if 300 <= status < 400:
        return NotOdoo(
            f"{what}: HTTP {status}, a redirect, which is never followed: give the final URL", status
        )
    return NotOdoo(one_line(f"{what}: HTTP {status} and no answer of an Odoo{saying}"), status)


def undelivered(error: NetError, what: Any, hide: tuple[str, ...]) -> OdooError:
    """The error for a request that brought no answer, or none that could be taken."""
    summary = one_line(f"{what}: {error}", hide=hide)
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return Unavailable(summary, reason)
    return NotOdoo(summary)


def asked_to_wait(reply: Reply) -> float | None:
    """Seconds of the answer's `Retry-After`, None where it has no usable one.

    A date is measured against the server's own `Date`, never against this machine's clock: without that it is
    not usable.
    """
    return retry_after_seconds(reply.headers.get("retry-after"), http_date(reply.headers.get("date")))
