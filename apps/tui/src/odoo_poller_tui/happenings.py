"""Events and activity in words: one sentence each, from the event's own fields. Pure; what came from outside stays data."""

from __future__ import annotations

from odoo_poller_tui.cells import Cell, Piece, Tone
from odoo_poller_tui.i18n import _, plural
from odoo_poller_tui.when import took
from poller_core.model import Activity, LoggedEvent

ACTIVITY: dict[str, tuple[str, Tone, str, str]] = {
    "captured": ("↓", "info", "{n} order captured", "{n} orders captured"),
    "delivered": ("✓", "good", "{n} order sent", "{n} orders sent"),
    "failed": ("▲", "warn", "{n} delivery failed", "{n} deliveries failed"),
    "OrderRejected": ("!", "bad", "{n} order can't be mapped", "{n} orders can't be mapped"),
    "DeliveryRequeued": ("↻", "info", "{n} order queued again", "{n} orders queued again"),
    "DeliveryDiscarded": ("–", "dim", "{n} order discarded", "{n} orders discarded"),
    "PollFailed": ("✗", "bad", "Odoo can't be read", "Odoo can't be read"),
    "recovered": ("✓", "good", "Odoo can be read again", "Odoo can be read again"),
    "EndpointSuspended": ("■", "bad", "deliveries suspended", "deliveries suspended"),
    "EndpointResumed": ("●", "good", "deliveries go out again", "deliveries go out again"),
    "ConnectionAdded": ("+", "info", "connection added", "connection added"),
    "ConnectionChanged": ("~", "info", "connection changed", "connection changed"),
    "ConnectionPaused": ("‖", "dim", "connection paused", "connection paused"),
    "ConnectionResumed": ("●", "info", "connection resumed", "connection resumed"),
    "ConnectionRemoved": ("–", "dim", "connection deleted", "connection deleted"),
    "PayloadsErased": ("–", "dim", "{n} old payload erased", "{n} old payloads erased"),
}
"""Sign, tone, and the sentence for one and for many, by kind of activity."""

OUTCOMES: dict[str, tuple[str, Tone, str]] = {
    "delivered": ("✓", "good", "delivered"),
    "refused": ("✗", "bad", "the receiver refused this order"),
    "endpoint": ("▲", "warn", "the endpoint is in trouble"),
    "connection": ("■", "bad", "the connection is set up wrongly"),
    "gone": ("■", "bad", "the endpoint is gone (410)"),
}


def activity(row: Activity) -> Cell:
    """A line of recent activity: what happened, to which order, and why."""
    if row.kind in ACTIVITY:
        sign, tone, one, many = ACTIVITY[row.kind]
        pieces: list[Piece] = [(f"{sign} ", tone), (plural(max(1, row.count), one, many), tone)]
    else:
        pieces = [(f"· {row.kind}", "")]
    if row.order_number:
        pieces.append((f" {row.order_number}", "strong"))
    if row.detail:
        pieces.append((f" · {row.detail}", "dim"))
    return tuple(pieces)


def event(logged: LoggedEvent) -> Cell:
    """An event of an order's life: a sign, what happened, and what followed."""
    data = logged.data
    match logged.type:
        case "OrderFetched":
            return _said("↓", "info", _("captured from Odoo"), _fields(data, "state", "write_date"))
        case "PayloadBuilt":
            return _said(
                "◌", "info", _("webhook built, waits in the outbox"), _fields(data, "size", "webhook_id")
            )
        case "OrderRejected":
            issues = data.get("issues")
            count = len(issues) if isinstance(issues, (list, tuple)) else 0
            return _said(
                "!", "bad", plural(count, "can't be mapped: {n} issue", "can't be mapped: {n} issues"), ""
            )
        case "DeliveryAttempted":
            return _attempt(data)
        case "DeliveryRequeued":
            return _said("↻", "info", _("queued again"), _by(data))
        case "DeliveryDiscarded":
            return _said("–", "dim", _("discarded"), _by(data))
        case "PayloadsErased":
            return _said("–", "dim", _("payload erased"), "")
        case other:
            return _said("·", "", other, "")


def _attempt(data: dict[str, object]) -> Cell:
    sign, tone, words = OUTCOMES.get(str(data.get("outcome")), ("·", "", str(data.get("outcome"))))
    attempt, code, duration = data.get("attempt", 0), data.get("status_code", 0), data.get("duration_ms", 0)
    facts = [
        f"HTTP {code}" if code else "",
        took(duration) if isinstance(duration, (int, float)) and duration else "",
    ]
    facts.append(str(data.get("error") or ""))
    if data.get("probe"):
        facts.append(_("probe"))
    if data.get("counted") is False:
        facts.append(_("cost no attempt"))
    said = _("attempt {n}: {outcome}", n=attempt, outcome=_(words))
    return _said(sign, tone, said, " · ".join(filter(None, facts)))


def _said(sign: str, tone: Tone, words: str, detail: str) -> Cell:
    pieces: list[Piece] = [(f"{sign} ", tone), (words, tone)]
    if detail:
        pieces.append((f"  {detail}", "dim"))
    return tuple(pieces)


def _fields(data: dict[str, object], *names: str) -> str:
    return " · ".join(f"{name} {data[name]}" for name in names if data.get(name) not in (None, ""))


def _by(data: dict[str, object]) -> str:
    by, reason = str(data.get("by") or ""), str(data.get("reason") or "")
    return " · ".join(filter(None, (reason, _("by {who}", who=by) if by else "")))
