"""What needs a person, in words: one line each, with what is wrong and which key helps."""

from __future__ import annotations

from odoo_poller_tui.cells import Cell, Piece, Tone
from odoo_poller_tui.i18n import _, plural
from odoo_poller_tui.overview import Concern
from odoo_poller_tui.when import ago
from odoo_poller_tui.words import STATES

_CONNECTION = {
    "auth_failed": "Odoo refuses its API key",
    "failing": "its Odoo can't be read",
    "suspended": "its deliveries are suspended",
    "gone": "its webhook says it is gone (410)",
}


def concern(what: Concern, now: int) -> Cell:
    """One line for one concern."""
    match what.topic:
        case "poller" if what.kind == "stopped":
            waiting = plural(what.count, "{n} order waits", "{n} orders wait") if what.count else ""
            return _line("■", "bad", _("The poller is stopped"), _("nothing is polled or delivered"), waiting)
        case "poller":
            said = _("last sign of life {ago}", ago=ago(what.since, now))
            return _line("▲", "warn", _("The poller does not answer"), said)
        case "endpoint":
            said = _("suspended") if what.kind == "suspended" else _("in trouble")
            since = ago(what.since, now) if what.since else ""
            waiting = plural(what.count, "{n} order waits", "{n} orders wait") if what.count else ""
            return _line(
                "■" if what.kind == "suspended" else "▲",
                "bad",
                what.subject,
                said,
                since,
                waiting,
                what.detail,
            )
        case "connection":
            sign, _word, tone = STATES[what.kind]
            since = ago(what.since, now) if what.since else ""
            return _line(sign, tone, what.subject, _(_CONNECTION[what.kind]), since, what.detail)
        case "late":
            last = ago(what.since, now) if what.since else _("never")
            return _line(
                "◷", "warn", what.subject, _("has not synced in time"), _("last sync {ago}", ago=last)
            )
        case "failed":
            said = plural(what.count, "{n} order FAILED", "{n} orders FAILED")
            return _line("✗", "bad", said, _("waiting for a person in the retries"))
        case "rejected":
            said = plural(what.count, "{n} order can't be mapped", "{n} orders can't be mapped")
            return _line("!", "bad", said, _("see what is wrong with them in the orders"))


def _line(sign: str, tone: Tone, subject: str, *facts: str) -> Cell:
    pieces: list[Piece] = [(f"{sign} ", tone), (subject, "strong")]
    for place, fact in enumerate(filter(None, facts)):
        pieces.append((f" · {fact}" if place else f"  {fact}", "dim" if place else ""))
    return tuple(pieces)
