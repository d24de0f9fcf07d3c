"""An event told in words: what happened, for people; the event's own fields are for ``--json``."""

from __future__ import annotations

from typing import Any

from odoo_poller.i18n import _, number, plural
from odoo_poller.tables import Piece
from odoo_poller.times import exact, local_clock, span, took
from poller_core.model import LoggedEvent

Data = dict[str, Any]


def tell(event: LoggedEvent) -> list[Piece]:
    """Return the pieces of a line that says what the event means, led by a sign."""
    teller = _TELLERS.get(event.type)
    return teller(event.data, event) if teller else [("· ", "dim"), event.type]


def _fetched(data: Data, event: LoggedEvent) -> list[Piece]:
    when = _("changed in Odoo at {when}", when=local_clock(str(data.get("write_date", "")), event.at))
    return [("● ", "accent"), _("captured"), (f"  {when}", "dim")]


def _built(data: Data, event: LoggedEvent) -> list[Piece]:
    detail = _(
        "{size} bytes, webhook-id {id}", size=number(data.get("size", 0)), id=data.get("webhook_id", "")
    )
    return [("● ", "accent"), _("built"), (f"  {detail}", "dim")]


def _rejected(data: Data, event: LoggedEvent) -> list[Piece]:
    issues = ", ".join(f"{issue[0]} ({issue[1]})" for issue in data.get("issues", ()))
    return [("✗ ", "bad"), (_("can't be mapped: {issues}", issues=issues), "bad")]


def _attempted(data: Data, event: LoggedEvent) -> list[Piece]:
    code, outcome = data.get("status_code", 0), data.get("outcome", "")
    error = _(data.get("error", ""))
    answer = str(code) if code else error
    name = _("probe") if data.get("probe") else _("attempt {n}", n=data.get("attempt", 1))
    if outcome == "delivered":
        return [
            ("✓ ", "good"),
            _("delivered"),
            (f"  {name} · {answer} · {took(data.get('duration_ms', 0))}", "dim"),
        ]
    reason = f"{code} {error}".strip() if code and str(code) not in error else error
    pieces: list[Piece] = [("✗ ", "bad"), name, " · ", (reason or outcome, "bad")]
    pieces.append((f" · {took(data.get('duration_ms', 0))}", "dim"))
    return pieces + _what_follows(data, event.at)


def _what_follows(data: Data, at: int) -> list[Piece]:
    if data.get("next_at"):
        return [" · ", (_("again in {span}", span=span(data["next_at"] - at)), "warn")]
    if data.get("status") == "FAILED":
        return [" · ", (_("FAILED: waits for a person"), "bad")]
    return [" · ", (_("waits, suspended"), "warn")] if data.get("next_probe_at") else []


def _requeued(data: Data, event: LoggedEvent) -> list[Piece]:
    who = _("by {who}", who=data["by"]) if data.get("by") else _("by itself")
    return [("↻ ", "accent"), _("requeued {who}", who=who), (_reason(data), "dim")]


def _discarded(data: Data, event: LoggedEvent) -> list[Piece]:
    return [("· ", "dim"), _("discarded by {who}", who=data.get("by", "")), (_reason(data), "dim")]


def _reason(data: Data) -> str:
    return f"  {data['reason']}" if data.get("reason") else ""


def _polled(data: Data, event: LoggedEvent) -> list[Piece]:
    text = plural(data.get("captured", 0), "polled: an order captured", "polled: {n} orders captured")
    if data.get("recovered"):
        text += " · " + _("well again")
    return [("● ", "good"), text]


def _poll_failed(data: Data, event: LoggedEvent) -> list[Piece]:
    return [("✗ ", "bad"), _("polling fails: "), (_(str(data.get("message", ""))), "bad")]


def _suspended(data: Data, event: LoggedEvent) -> list[Piece]:
    probe = data.get("next_probe_at")
    when = "  " + _("next try at {when}", when=exact(probe)) if probe else ""
    return [("▲ ", "warn"), _("suspended: "), (_(str(data.get("reason", ""))), "warn"), (when, "dim")]


def _resumed(data: Data, event: LoggedEvent) -> list[Piece]:
    return [
        ("● ", "good"),
        _("deliveries go on"),
        (f"  {_('by {who}', who=data['by'])}" if data.get("by") else "", "dim"),
    ]


def _added(data: Data, event: LoggedEvent) -> list[Piece]:
    return [
        ("● ", "good"),
        _("connection added"),
        (f"  {data.get('odoo_url', '')} {data.get('odoo_db', '')}", "dim"),
    ]


def _changed(data: Data, event: LoggedEvent) -> list[Piece]:
    changes = [f"{name} = {value}" for name, value in data.get("changes", {}).items()]
    changes += [_("new {secret}", secret=name) for name in data.get("secrets", ())]
    return [("● ", "accent"), _("connection changed"), (f"  {', '.join(changes)}", "dim")]


def _paused(data: Data, event: LoggedEvent) -> list[Piece]:
    return [("○ ", "dim"), _("connection paused")]


def _resumed_connection(data: Data, event: LoggedEvent) -> list[Piece]:
    return [("● ", "good"), _("connection resumed")]


def _removed(data: Data, event: LoggedEvent) -> list[Piece]:
    waiting = data.get("discarded", 0)
    detail = (
        plural(waiting, "with an order still waiting", "with {n} orders still waiting") if waiting else ""
    )
    return [("✗ ", "warn"), _("connection removed"), (f"  {detail}", "dim")]


def _erased(data: Data, event: LoggedEvent) -> list[Piece]:
    return [("· ", "dim"), plural(data.get("count", 0), "a payload erased", "{n} payloads erased")]


_TELLERS = {
    "OrderFetched": _fetched,
    "PayloadBuilt": _built,
    "OrderRejected": _rejected,
    "DeliveryAttempted": _attempted,
    "DeliveryRequeued": _requeued,
    "DeliveryDiscarded": _discarded,
    "PollCompleted": _polled,
    "PollFailed": _poll_failed,
    "EndpointSuspended": _suspended,
    "EndpointResumed": _resumed,
    "ConnectionAdded": _added,
    "ConnectionChanged": _changed,
    "ConnectionPaused": _paused,
    "ConnectionResumed": _resumed_connection,
    "ConnectionRemoved": _removed,
    "PayloadsErased": _erased,
}
