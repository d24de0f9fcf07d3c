"""``status``: what is well, what is not, and what to do about it, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from odoo_poller.command import command, option
from odoo_poller.i18n import _, number, plural
from odoo_poller.output import Output
from odoo_poller.session import Session, with_session
from odoo_poller.tables import Column, Piece
from odoo_poller.times import exact, midnight, relative, span
from odoo_poller.words import called, count, failed, state, waiting
from poller_core.model import ConnectionStatus, EndpointStatus, OutboxTotals, PollerStatus, is_late

if TYPE_CHECKING:
    from poller_core.readside import ReadSide

WATCH_SECONDS = 1.0
_URGENCY = {"auth_failed": 0, "failing": 1, "gone": 1, "suspended": 2, "ok": 4, "new": 4, "paused": 5}


class Snapshot(NamedTuple):
    """Everything that the page shows, read in one go."""

    poller: PollerStatus
    connections: list[ConnectionStatus]
    endpoints: list[EndpointStatus]
    totals: OutboxTotals
    now: int

    def late(self, row: ConnectionStatus) -> bool:
        """Whether a connection was not polled in time, although a poller runs."""
        return self.poller.running and is_late(row, self.now)


class Advice(NamedTuple):
    """Something that isn't well, and the command that helps ("" where it mends itself)."""

    text: str
    command: str
    style: str = "bad"


@command(
    "status",
    help="""
    Show what is well, what is not, and what to do about it.

    Connections that need somebody come first. A screen that is too small shows those and counts the others.
    """,
    examples=[
        "odoo-poller status",
        "odoo-poller status --watch",
        "odoo-poller status --json | jq .outbox.failed",
    ],
)
@option("--watch", is_flag=True, help="Stay and draw anew when something changes; Ctrl-C ends it.")
@option("--all", "everything", is_flag=True, help="Every connection, however many rows the screen has.")
@option("--absolute", is_flag=True, help="Exact local times instead of “3 min ago”.")
@with_session
def status(session: Session, watch: bool, everything: bool, absolute: bool) -> None:
    """Show the page once, or until Ctrl-C."""
    with session.reading() as reader:
        if watch:
            _watch(session, reader, everything, absolute)
        else:
            _show(session, read(reader, session.now), everything, absolute)


def read(reader: ReadSide, now: int) -> Snapshot:
    """Read what the page shows."""
    day = midnight(now)
    return Snapshot(reader.poller(), reader.connections(day), reader.endpoints(), reader.totals(day), now)


def _show(session: Session, snapshot: Snapshot, everything: bool, absolute: bool) -> None:
    if session.json:
        from odoo_poller import shapes

        session.out.data(shapes.status(snapshot))
        return
    draw(session.out, snapshot, rows=None if everything else session.out.height, absolute=absolute)


def _watch(session: Session, reader: ReadSide, everything: bool, absolute: bool) -> None:
    import time

    seen = -1
    while True:
        version = reader.data_version()
        if session.json and version != seen:
            from odoo_poller import shapes

            session.out.data_line(shapes.status(read(reader, session.now)))
        elif not session.json:
            if session.out.terminal:
                session.out.text("\x1b[H\x1b[2J")
            draw(session.out, read(reader, session.now), rows=session.out.height if not everything else None)
        seen = version
        session.out.flush()
        time.sleep(WATCH_SECONDS)


def draw(out: Output, shot: Snapshot, *, rows: int | None = None, absolute: bool = False) -> None:
    """Draw the page; ``rows`` is the screen's height, None where every connection is to be shown."""
    advice = advise(shot)
    out.line(*_headline(shot), fit=True)
    if shot.connections:
        out.line()
        ordered = sorted(shot.connections, key=lambda row: _urgency(row, shot))
        room = _room(rows, len(ordered), advice)
        out.table(*_table(ordered[:room], shot, absolute))
        if room < len(ordered):
            more = len(ordered) - room
            out.line((plural(more, "… and {n} more (--all)", "… and {n} more (--all)"), "dim"))
    out.line()
    out.line(*_totals(shot.totals), fit=True)
    if advice:
        _draw_advice(out, advice, rows)


def _room(rows: int | None, connections: int, advice: list[Advice]) -> int:
    """How many connections fit beside the other lines: headline, heading, totals, advice, prompt."""
    if rows is None:
        return connections
    return max(3, rows - 8 - min(2 * len(advice), rows // 2))


def _urgency(row: ConnectionStatus, shot: Snapshot) -> tuple[int, str]:
    rank = _URGENCY[row.state]
    rank = min(rank, 3) if row.failed or row.rejected or shot.late(row) else rank
    return rank, row.connection.name.casefold()


def _headline(shot: Snapshot) -> list[Piece]:
    if shot.poller.running:
        since = f" · {span(shot.now - shot.poller.started_at)}" if shot.poller.started_at else ""
        return [("● ", "good"), _("poller running"), (f" · pid {shot.poller.pid}{since}", "dim")]
    beat = shot.poller.heartbeat_at
    last = f" · {_('last seen {when}', when=relative(beat, shot.now))}" if beat else ""
    return [("○ ", "warn"), _("no poller is running"), (last, "dim")]


def _table(
    rows: list[ConnectionStatus], shot: Snapshot, absolute: bool
) -> tuple[list[Column], list[list[Piece]]]:
    columns = [
        Column(_("CONNECTION"), least=12),
        Column(_("STATE")),
        Column(_("LAST SYNC"), rank=2),
        Column(_("TODAY"), rank=3, right=True),
        Column(_("WAITING"), rank=4, right=True),
        Column(_("FAILED"), rank=1, right=True),
    ]
    return columns, [_row(row, shot, absolute) for row in rows]


def _row(row: ConnectionStatus, shot: Snapshot, absolute: bool) -> list[Piece]:
    return [
        row.connection.name,
        state(row.state, late=shot.late(row)),
        exact(row.last_sync_at) if absolute else relative(row.last_sync_at, shot.now),
        count(row.sent_today),
        count(row.pending, "warn" if row.retries_pending else ""),
        count(row.failed + row.rejected, "bad"),
    ]


def _totals(totals: OutboxTotals) -> list[Piece]:
    pieces: list[Piece] = [plural(totals.sent_today, "1 delivered today", "{n} delivered today")]
    pieces.append(" · " + waiting(totals.pending))
    if totals.retries_pending:
        pieces.append((" " + _("({n} to be retried)", n=number(totals.retries_pending)), "warn"))
    pieces += [" · ", (failed(totals.failed), "bad" if totals.failed else "")]
    if totals.rejected:
        pieces += [" · ", (plural(totals.rejected, "1 not mappable", "{n} not mappable"), "bad")]
    return pieces


def _draw_advice(out: Output, advice: list[Advice], rows: int | None) -> None:
    shown = advice if rows is None else advice[: max(2, rows // 4)]
    out.line()
    for one in shown:
        out.sentence(("▲ " if one.style == "warn" else "✗ ", one.style), one.text, hang=2)
        if one.command:
            out.line(("  → ", "dim"), (one.command, "accent"))
    if len(shown) < len(advice):
        out.line((_("… and {n} more (--all)", n=number(len(advice) - len(shown))), "dim"))


def advise(shot: Snapshot) -> list[Advice]:
    """Say what isn't well and what helps, the most urgent first."""
    if not shot.connections:
        return [Advice(_("There is no connection yet."), called("connections", "add"), "warn")]
    advice = []
    if not shot.poller.running:
        advice.append(Advice(_("Nothing is polled or delivered until a poller runs."), called("run"), "warn"))
    for row in sorted(shot.connections, key=lambda row: _urgency(row, shot)):
        advice += _about(row, shot)
    return advice + [_about_endpoint(row, shot.now) for row in shot.endpoints if row.state == "suspended"]


def _about(row: ConnectionStatus, shot: Snapshot) -> list[Advice]:
    advice = [one for one in (_about_state(row, shot.now),) if one]
    name = row.connection.name
    if shot.late(row):
        since = span(shot.now - (row.last_sync_at or row.connection.created_at))
        text = _("{name} has not been polled for {since}", name=name, since=since)
        advice.append(Advice(text, called("logs", name), "warn"))
    if row.failed:
        text = plural(row.failed, "{name}: an order FAILED", "{name}: {n} orders FAILED", name=name)
        advice.append(Advice(text, called("retries", "list", "--connection", name, "--status", "FAILED")))
    if row.rejected:
        text = plural(
            row.rejected, "{name}: an order can't be mapped", "{name}: {n} orders can't be mapped", name=name
        )
        advice.append(Advice(text, called("orders", "list", "--connection", name, "--status", "REJECTED")))
    return advice


def _about_state(row: ConnectionStatus, now: int) -> Advice | None:
    name, error = row.connection.name, _(row.last_error)
    since = span(now - (row.failing_since or row.suspended_since or row.last_error_at or now))
    match row.state:
        case "auth_failed":
            text = _("{name}, for {since}: Odoo refuses the API key", name=name, since=since)
            return Advice(text, called("connections", "edit", name, "--api-key"))
        case "failing":
            text = _("{name}, for {since}: {error}", name=name, error=error, since=since)
            return Advice(text, called("connections", "test", name))
        case "suspended":
            probe = relative(row.next_probe_at, now)
            text = _(
                "{name}: deliveries suspended: {error}; next try {probe}", name=name, error=error, probe=probe
            )
            return Advice(text, called("connections", "test", name), "warn")
        case "gone":
            text = _("{name}: the receiver says that the URL is gone for good (410)", name=name)
            return Advice(
                text, called("connections", "edit", name, "--webhook-url", "URL", "--webhook-secret")
            )
    return None


def _about_endpoint(row: EndpointStatus, now: int) -> Advice:
    text = _(
        "{url} is in trouble since {since}: {n} orders wait; next try {probe}, then all goes on by itself",
        url=row.url,
        since=exact(row.suspended_since),
        n=number(row.pending),
        probe=relative(row.next_probe_at, now),
    )
    return Advice(text, "", "warn")
