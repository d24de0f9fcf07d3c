"""What can go wrong with a call: one root, one class per different reaction of the caller.

    OdooError
    ├── AuthenticationFailed    key or user refused: ask a person, try seldom (Odoo locks out who guesses)
    ├── AccessForbidden         the user lacks rights to a record, field or model: leave it out or ask for rights
    ├── RecordMissing           a record is gone: go on without it
    ├── UserRejected            Odoo's own business rule said no (and, over JSON-RPC, an unknown model)
    ├── UnknownModelOrField     this Odoo has no such model, method, field or argument: negotiate
    ├── UnknownDatabase         no such database on that server, or its database server is down: see the class
    ├── RateLimited             too many calls: wait `retry_after`
    ├── Unavailable             nobody answered properly; `reason` says how: try again later
    ├── NotOdoo                 something answered that isn't Odoo, or isn't what Odoo says: check the address
    └── Unsupported             this Odoo's version or protocol can't do that: another way is needed

`summary` (also `str(error)`) is one printable line of at most 200 characters. It never holds the key, a traceback or
Odoo's `debug`. Odoo's sentences in it are in the language of the Odoo user: show them, never compare them.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Reason = Literal["timeout", "connect", "dns", "tls", "blocked", "http_5xx", "server_error"]


class OdooError(Exception):
    """Root of everything that a call raises on purpose.

    `advice` says in a line what a person can do about it; empty where waiting is all there is to do.
    """

    advice: ClassVar[str] = ""

    def __init__(self, summary: str) -> None:
        super().__init__(summary)
        self.summary = summary


class AuthenticationFailed(OdooError):
    """Odoo refused the user or the key, also after logging in once more."""

    advice = "Check user name and API key; keys expire, and a new one is made in the Odoo user's preferences."


class AccessForbidden(OdooError):
    """The user may not read that record, field or model (`odoo.exceptions.AccessError`).

    One unreadable record or field fails the whole call. :meth:`OdooClient.available_fields` tells a forbidden
    field (left out there) from a forbidden record or model (every field still listed).
    """

    advice = "Give the Odoo user the rights that the message names, or leave that field or record out."


class RecordMissing(OdooError):
    """A record of the call doesn't exist any more (`odoo.exceptions.MissingError`)."""


class UserRejected(OdooError):
    """Odoo's business logic refused (`UserError`, `ValidationError` and the like).

    Over JSON-RPC an unknown *model* arrives as a `UserError` too, and only its message, in the user's language,
    would tell the two apart.
    """


class UnknownModelOrField(OdooError):
    """This Odoo knows no such model, method, field or argument (`ValueError`, `TypeError`, 404 with JSON-2).

    A value that Odoo can't make sense of, as a domain datetime with a zone, arrives as the same `ValueError`.
    """

    advice = "Ask for what this Odoo has: versions and installed apps differ in their fields."


class UnknownDatabase(OdooError):
    """The server doesn't open that database.

    Over JSON-RPC this is a `psycopg2.OperationalError` from a login or a call, over JSON-2 a 404 page. Odoo says
    the very same while its own database server is down or restarting, and only an untranslated message would tell.
    So: try again with growing pauses as for :class:`Unavailable`, and show it as a setting to check.
    """

    advice = "Check the database name; if it is right, Odoo's own database server is down."


class RateLimited(OdooError):
    """Too many calls (HTTP 429). The lane already holds back whoever shares it.

    `retry_after`: seconds that the server asked for, at most 3600; None where it said nothing usable.
    """

    def __init__(self, summary: str, retry_after: float | None = None) -> None:
        super().__init__(summary)
        self.retry_after = retry_after


class Unavailable(OdooError):
    """No proper answer: the network, the server, or an error inside Odoo that says nothing about the request.

    `reason`: `timeout`, `connect`, `dns`, `tls`, `blocked` (address not permitted), `http_5xx` (a page
    from a proxy or a starting server), `server_error` (an exception inside Odoo, a serialisation failure for one).
    `retry_after` as in :class:`RateLimited`.
    """

    def __init__(self, summary: str, reason: Reason, retry_after: float | None = None) -> None:
        super().__init__(summary)
        self.reason = reason
        self.retry_after = retry_after


class NotOdoo(OdooError):
    """What answered is no Odoo, or not in Odoo's words: a page, a redirect, broken JSON, another shape, too much.

    `status`: the HTTP status, None where there was none.
    """

    advice = "Check the URL: scheme, host and port of the Odoo server itself, without a path."

    def __init__(self, summary: str, status: int | None = None) -> None:
        super().__init__(summary)
        self.status = status


class Unsupported(OdooError):
    """This Odoo's version, or the protocol in use, can't do what was asked. No call was made."""
