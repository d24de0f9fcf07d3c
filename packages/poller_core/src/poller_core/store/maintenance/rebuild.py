"""``projections rebuild``: the fold of the whole log in the place of what the tables held, in one transaction."""

from __future__ import annotations

import sqlite3

from poller_core.reports import OnProgress
from poller_core.store.maintenance.fold import drop_fold, fold, spill_to_disk
from poller_core.store.schema import PROJECTIONS


def rebuild(db: sqlite3.Connection, on_progress: OnProgress | None = None) -> tuple[int, tuple[str, ...]]:
    """Make the projections what the log says. Returns the number of events, and the tables that were otherwise.

    Nothing is written where nothing differs. The connection is left without a transaction.
    """
    spill_to_disk(db)
    db.execute("BEGIN IMMEDIATE")
    try:
        events = fold(db, on_progress=on_progress)
        changed = differing(db)
        for table in changed:
            _replace(db, table)
        drop_fold(db)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return events, changed


def differing(db: sqlite3.Connection) -> tuple[str, ...]:
    """The projections that are not what was folded into the temporary tables."""
    return tuple(table for table in PROJECTIONS if _differs(db, table))


def _differs(db: sqlite3.Connection, table: str) -> bool:
    columns = db.execute("SELECT name, pk FROM pragma_table_info(?)", (table,)).fetchall()
    match = " AND ".join(f"b.{name} = a.{name}" for name, key in columns if key)
    ours, folded = (", ".join(f"{side}.{name}" for name, _ in columns) for side in "ab")
    (found,) = db.execute(
        f"SELECT (SELECT count(*) FROM main.{table}) <> (SELECT count(*) FROM temp.{table}) OR EXISTS ("
        f"SELECT 1 FROM main.{table} a LEFT JOIN temp.{table} b ON {match} WHERE ({ours}) IS NOT ({folded}))"
    ).fetchone()
    return bool(found)


def _replace(db: sqlite3.Connection, table: str) -> None:
    """Put the folded rows in; indexes are made anew afterwards, which is faster than keeping them up."""
    indexes = db.execute(
        "SELECT name, sql FROM main.sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
        (table,),
    ).fetchall()
    for name, _ in indexes:
        db.execute(f"DROP INDEX main.{name}")
    db.execute(f"DELETE FROM main.{table}")
    db.execute(f"INSERT INTO main.{table} SELECT * FROM temp.{table}")
    for _, sql in indexes:
        # Said without a schema, the index would go to the temporary table of the same name.
        db.execute(sql.replace(" INDEX ", " INDEX main.", 1))


__all__ = ["differing", "rebuild"]
