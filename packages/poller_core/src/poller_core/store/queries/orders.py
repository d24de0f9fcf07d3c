"""Orders, the retry queue and one order's whole life."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from poller_core.decide.endpoint import Health
from poller_core.errors import BadInput, NotFound
from poller_core.i18n import Phrase
from poller_core.model import LoggedEvent, OrderDetail, OrderRow, RetryRow
from poller_core.store.queries.events import logged_event

_STATUS_CODE = {"PENDING": 0, "SUCCESS": 1, "FAILED": 2, "DISCARDED": 3}
_STATUS_NAME = {code: name for name, code in _STATUS_CODE.items()}
_EXTERNAL = re.compile(r"(?:odoo_)?(.+)_([0-9]{1,12})\Z")
# Of a connection whose external ids begin so, "odoo_" left away or not. The plus keeps SQLite walking from the newest.
_OF_DATABASE = "+{source}.connection IN (SELECT number FROM connection WHERE instr('odoo_' || odoo_db || '_', ?) IN (1, 6))"
_FOUND = 50
"""Orders that a name may find; beyond some, it is for ``orders list``."""
_health = msgspec.json.Decoder(Health).decode

_ORDER = (
    "o.position, c.id, c.name, o.order_id, 'odoo_' || c.odoo_db || '_' || o.order_id, o.number, o.status, o.created_at, "
    "o.updated_at, o.tries, o.last_error"
)
_REJECTED = "r.position, c.id, c.name, r.order_id, 'odoo_' || c.odoo_db || '_' || r.order_id, r.number, -1, r.at, r.at, 0, r.issues"


def retries(
    db: sqlite3.Connection,
    connection: int | None,
    status: Sequence[str] | None,
    since: int | None,
    limit: int,
    after: int | None,
) -> list[RetryRow]:
    """Rows of the retry queue, newest first, those behind row ``after`` in that order."""
    conditions, parameters = _retry_filter(connection, status, since)
    if after is not None:
        conditions.append("o.position < ?")
        parameters.append(after)
    rows = db.execute(
        "SELECT o.position, c.id, c.name, o.order_id, 'odoo_' || c.odoo_db || '_' || o.order_id, o.number, "
        "max(o.failures - 1, 0), c.max_attempts, o.due_at, o.last_error, o.status, c.active, c.health, e.health, "
        f"o.created_at, o.updated_at FROM ({_retry_source(status)}) o JOIN connection c ON c.number = o.connection "
        f"JOIN endpoint e ON e.number = c.endpoint WHERE {' AND '.join(conditions)} ORDER BY +o.position DESC LIMIT ?",
        (*parameters, limit),
    )
    return [_retry(row) for row in rows]


def count_retries(
    db: sqlite3.Connection, connection: int | None, status: Sequence[str] | None, since: int | None
) -> int:
    """How many rows ``retries`` would give without a limit."""
    conditions, parameters = _retry_filter(connection, status, since)
    row = db.execute(
        f"SELECT count(*) FROM ({_retry_source(status)}) o JOIN connection c ON c.number = o.connection "
        f"WHERE {' AND '.join(conditions)}",
        parameters,
    ).fetchone()
    return int(row[0])


_LATE = "(status = 3 OR (status = 1 AND tries > 1))"
_PARTS = {
    "PENDING": "SELECT * FROM outbox WHERE status = 0",
    "FAILED": "SELECT * FROM outbox WHERE status = 2",
    "SUCCESS": f"SELECT * FROM outbox WHERE {_LATE} AND status = 1",
    "DISCARDED": f"SELECT * FROM outbox WHERE {_LATE} AND status = 3",
}
# As literals, since a bound value can't choose a partial index.
_IN_STATE = {
    "PENDING": "o.status = 0",
    "FAILED": "o.status = 2",
    "SUCCESS": "o.status = 1",
    "DISCARDED": f"{_LATE} AND o.status = 3",
}


def _retry_source(status: Sequence[str] | None) -> str:
    """The rows with these states, each state by the index that holds it."""
    wanted = [name for name in _PARTS if status is None or name in status]
    if not wanted:
        raise BadInput(Phrase("no such state; choose PENDING, SUCCESS, FAILED or DISCARDED"), field="status")
    return " UNION ALL ".join(_PARTS[name] for name in wanted)


def _retry_filter(
    connection: int | None, status: Sequence[str] | None, since: int | None
) -> tuple[list[str], list[object]]:
    conditions, parameters = ["1"], list[object]()
    if connection is not None:
        conditions.append("o.connection = ?")
        parameters.append(connection)
    if since is not None:
        conditions.append("o.created_at >= ?")
        parameters.append(since)
    unknown = set(status or ()) - set(_STATUS_CODE)
    if unknown:
        raise BadInput(
            Phrase("no state {state}; choose PENDING, SUCCESS, FAILED or DISCARDED", state=min(unknown)),
            field="status",
        )
    return conditions, parameters


def _retry(row: tuple[Any, ...]) -> RetryRow:
    status = _STATUS_NAME[row[10]]
    return RetryRow(
        id=row[0],
        connection_id=row[1],
        connection_name=row[2],
        odoo_order_id=row[3],
        external_id=row[4],
        number=row[5],
        attempts=row[6],
        max_attempts=row[7],
        next_retry_at=row[8],
        last_error=row[9],
        status=status,  # type: ignore[arg-type]
        held_by=held_by(row[11], row[12], row[13]) if status == "PENDING" else "",
        created_at=row[14],
        updated_at=row[15],
    )


def held_by(active: int, own: str, shared: str) -> Literal["", "endpoint", "connection", "paused"]:
    """Why a waiting order does not go out when it is due."""
    if not active:
        return "paused"
    if _health(own).suspended:
        return "connection"
    return "endpoint" if _health(shared).suspended else ""


def orders(
    db: sqlite3.Connection,
    query: str | None,
    connection: int | None,
    status: str | None,
    limit: int,
    before: int | None,
) -> list[OrderRow]:
    """Orders, newest first; ``query`` is an Odoo id, or begins a number, an external id or a customer's reference."""
    sources = {"o": status != "REJECTED", "r": status in (None, "REJECTED")}
    searches = [(source, one) for source in sources if sources[source] for one in _begun(source, query)]
    return _found(db, searches, connection, status, limit, before)


_Condition: TypeAlias = tuple[str, tuple[object, ...]]


def _found(
    db: sqlite3.Connection,
    searches: Sequence[tuple[str, _Condition]],
    connection: int | None,
    status: str | None,
    limit: int,
    before: int | None,
) -> list[OrderRow]:
    found: dict[int, OrderRow] = {}
    for source, (condition, parameters) in searches:
        for row in _select(db, source, condition, parameters, connection, status, limit, before):
            found[row.position] = row
    return sorted(found.values(), key=lambda row: -row.position)[:limit]


def _begun(source: str, query: str | None) -> list[_Condition]:
    """What ``query`` may begin."""
    if not query:
        return [("1", ())]
    until = query + "\U0010ffff"
    searches: list[_Condition] = [(f"{source}.number >= ? AND {source}.number < ?", (query, until))]
    if external := _EXTERNAL.match(query):
        ids = _ids_begun(int(external[2]))
        spans = " OR ".join([f"{source}.order_id BETWEEN ? AND ?"] * len(ids))
        owner = f"{source}.connection IN (SELECT number FROM connection WHERE odoo_db = ?)"
        searches.append((f"{owner} AND ({spans})", (external[1], *(bound for span in ids for bound in span))))
    else:
        searches.append((_OF_DATABASE.format(source=source), (query,)))
    if query.isdecimal() and len(query) < 12:
        searches.append((_by_id(source), (int(query),)))
    if source == "o":
        searches.append(
            (
                "o.position IN (SELECT position FROM reference WHERE text >= ? AND text < ? LIMIT 1000)",
                (query, until),
            )
        )
    return searches


def _ids_begun(beginning: int) -> list[tuple[int, int]]:
    """From where to where the ids lie that begin with these digits: 4, 40 to 49, 400 to 499, and so on."""
    powers = [10**power for power in range(13 - len(str(beginning)))]
    return [(beginning * power, (beginning + 1) * power - 1) for power in (powers if beginning else [1])]


def _named(source: str, name: str) -> list[_Condition]:
    """What goes by exactly this name."""
    searches: list[_Condition] = [(f"{source}.number = ?", (name,))]
    if external := _EXTERNAL.match(name):
        searches.append((f"{_by_id(source)} AND c.odoo_db = ?", (int(external[2]), external[1])))
    if name.isdecimal() and len(name) < 12:
        searches.append((_by_id(source), (int(name),)))
    return searches


def _by_id(source: str) -> str:
    """An order's id in whatever connection: the index begins with the connection's number."""
    return f"{source}.connection IN (SELECT number FROM connection) AND {source}.order_id = ?"


def _select(
    db: sqlite3.Connection,
    source: str,
    condition: str,
    parameters: tuple[object, ...],
    connection: int | None,
    status: str | None,
    limit: int,
    before: int | None,
) -> list[OrderRow]:
    conditions, values = [condition], list(parameters)
    if connection is not None:
        conditions.append(f"{source}.connection = ?")
        values.append(connection)
    if before is not None:
        conditions.append(f"{source}.position < ?")
        values.append(before)
    if status is not None and source == "o":
        if status not in _STATUS_CODE:
            raise BadInput(
                Phrase(
                    "no state {state}; choose PENDING, SUCCESS, FAILED, DISCARDED or REJECTED", state=status
                ),
                field="status",
            )
        conditions.append(_IN_STATE[status])
    # Few rows are sorted; many are walked from the newest. The plus keeps SQLite from walking all for the sake of few.
    few = not condition.startswith(("1", "+")) or status in ("PENDING", "FAILED", "DISCARDED")
    order = f"+{source}.position" if few else f"{source}.position"
    table, columns = ("outbox o", _ORDER) if source == "o" else ("rejected r", _REJECTED)
    rows = db.execute(
        f"SELECT {columns} FROM {table} JOIN connection c ON c.number = {source}.connection "
        f"WHERE {' AND '.join(conditions)} ORDER BY {order} DESC LIMIT ?",
        (*values, limit),
    )
    return [_order(row) for row in rows]


def _order(row: tuple[Any, ...]) -> OrderRow:
    status = _STATUS_NAME.get(row[6], "REJECTED")
    return OrderRow(
        position=row[0],
        connection_id=row[1],
        connection_name=row[2],
        odoo_order_id=row[3],
        external_id=row[4],
        number=row[5],
        status=status,  # type: ignore[arg-type]
        captured_at=row[7],
        updated_at=row[8],
        delivered_at=row[8] if status == "SUCCESS" else 0,
        attempts=row[9],
        last_error=_issues_line(row[10]) if status == "REJECTED" else row[10],
    )


def _issues_line(packed: str) -> str:
    issues = msgspec.json.decode(packed)
    first = f"{issues[0][0]}: {issues[0][2]}" if issues and issues[0][0] else issues[0][2] if issues else ""
    if len(issues) < 2:
        return first
    return Phrase("{first} (and {count} more)", first=first, count=len(issues) - 1)


def order(db: sqlite3.Connection, name: str, connection: int | None) -> OrderDetail:
    """One order by external id, number or Odoo id. Raises NotFound, or BadInput where several go by that name."""
    named = [(source, one) for source in ("o", "r") for one in _named(source, name)]
    exact = _found(db, named, connection, None, _FOUND, None) or orders(
        db, name, connection, None, _FOUND, None
    )
    by_external = [row for row in exact if row.external_id == name]
    exact = by_external or exact
    if not exact:
        raise NotFound(Phrase("no order {name}; see: odoo-poller orders list", name=repr(name)))
    if len(exact) > 5:
        count = f"{_FOUND}+" if len(exact) == _FOUND else len(exact)
        raise BadInput(
            Phrase(
                "{count} orders go by {name}; see: odoo-poller orders list {name}",
                count=count,
                name=repr(name),
            )
        )
    if len(exact) > 1:
        some = ", ".join(f"{row.external_id} ({row.connection_name})" for row in exact)
        raise BadInput(
            Phrase(
                "{count} orders go by {name}; name one of: {some}",
                count=len(exact),
                name=repr(name),
                some=some,
            )
        )
    return _detail(db, exact[0])


def _detail(db: sqlite3.Connection, row: OrderRow) -> OrderDetail:
    number, active, own, shared = db.execute(
        "SELECT c.number, c.active, c.health, e.health FROM connection c JOIN endpoint e ON e.number = c.endpoint WHERE c.id = ?",
        (row.connection_id,),
    ).fetchone()
    waiting = db.execute(
        "SELECT webhook_id, due_at FROM outbox WHERE connection = ? AND order_id = ?",
        (number, row.odoo_order_id),
    ).fetchone()
    issues = db.execute(
        "SELECT issues FROM rejected WHERE connection = ? AND order_id = ?", (number, row.odoo_order_id)
    ).fetchone()
    return OrderDetail(
        order=row,
        webhook_id=waiting[0] if waiting else "",
        issues=tuple((p, c, m) for p, c, m in msgspec.json.decode(issues[0])) if issues else (),
        events=tuple(_life(db, number, row)),
        payload=payload(db, row.position) if waiting else None,
        next_retry_at=waiting[1] if waiting else 0,
        held_by=held_by(active, own, shared) if row.status == "PENDING" else "",
    )


def _life(db: sqlite3.Connection, number: int, row: OrderRow) -> list[LoggedEvent]:
    rows = db.execute(
        "SELECT position, subject, order_id, version, type, at, data FROM events WHERE subject = ? AND order_id = ? ORDER BY version",
        (number, row.odoo_order_id),
    )
    return [logged_event(item, row.connection_id, row.connection_name, row.number) for item in rows]


def payload(db: sqlite3.Connection, position: int) -> bytes | None:
    """The body as it is sent; None where it was erased."""
    found = db.execute("SELECT body FROM bodies WHERE position = ?", (position,)).fetchone()
    if found is not None:
        return str(found[0]).encode()
    packed = db.execute("SELECT body FROM archive WHERE position = ?", (position,)).fetchone()
    if packed is None:
        return None
    from poller_core.store.archive import decompress  # the dashboard and most commands need no body

    return decompress(packed[0])


__all__ = ["count_retries", "held_by", "order", "orders", "payload", "retries"]
