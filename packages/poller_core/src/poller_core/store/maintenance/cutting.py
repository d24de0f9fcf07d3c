"""The log's oldest events taken off. The chain goes on from a checkpoint, which is an event itself.

What the events had made is kept where it can't be folded again (`poller_core.store.base`). Orders stay in their tables:
none is ever captured or sent twice. An event goes only once its body has.
"""

from __future__ import annotations

import msgspec

from poller_core import events as ev
from poller_core.store.base import KEPT, Base, base_of, keep_base, rows_of
from poller_core.store.database import Database
from poller_core.store.maintenance.fold import drop_fold, fold, spill_to_disk
from poller_core.store.maintenance.pruning import DAY_MS, last_before
from poller_core.store.projections import HOUR_MS

STEP = 1000


class Cutting:
    """Takes off events older than so many days. ``events`` counts those that are gone."""

    def __init__(self, database: Database, days: int, now: int) -> None:
        self._database = database
        self._start, self._upto = self._place(now - days * DAY_MS)
        self.events = 0

    def count(self) -> int:
        """How many events there are to go."""
        rows = self._database.rows("SELECT count(*) FROM events WHERE position <= ?", (self._upto,))
        return int(str(rows[0][0]))

    def begin(self) -> None:
        """Keep what the events had made, and say in the log that they go. Nothing, where there is nothing to go."""
        with self._database.guarded() as db:
            begun = base_of(db)
            if self._upto <= begun.position:
                # An earlier cut may have been interrupted.
                self._upto = begun.position
                return
            base = self._kept(begun)
        with self._database.transaction() as tx:
            keep_base(tx.db, base)
            gone = ev.PayloadsErased(before=base.position, count=0, checkpoint=base.hash)
            tx.append_one(0, 0, gone)

    def step(self) -> bool:
        """Take off a little; False once all is gone."""
        with self._database.transaction() as tx:
            gone = tx.db.execute(
                "DELETE FROM events WHERE position IN (SELECT position FROM events WHERE position <= ? ORDER BY position LIMIT ?)",
                (self._upto, STEP),
            ).rowcount
        self.events += gone
        return gone == STEP

    def _place(self, moment: int) -> tuple[int, int]:
        """The full hour to begin with, so that no hour is counted in halves, and the last position before it."""
        bodies = self._database.rows(
            "SELECT min(position) FROM (SELECT min(position) AS position FROM bodies UNION ALL SELECT min(position) FROM archive)"
        )[0][0]
        if bodies is not None:
            at = self._database.rows("SELECT at FROM events WHERE position = ?", (bodies,))
            moment = min(moment, int(str(at[0][0]))) if at else 0
        start = moment // HOUR_MS * HOUR_MS
        return start, last_before(self._database, start)

    def _kept(self, begun: Base) -> Base:
        with self._database.guarded() as db:
            spill_to_disk(db)
            db.execute("BEGIN")
            try:
                fold(db, self._upto)
                rows = {table: rows_of(db, f"temp.{table}") for table in KEPT}
                (digest,) = db.execute("SELECT hash FROM events WHERE position = ?", (self._upto,)).fetchone()
                versions = dict(
                    db.execute(
                        "SELECT subject, max(version) FROM events WHERE order_id = 0 AND position <= ? GROUP BY subject",
                        (self._upto,),
                    )
                )
            finally:
                drop_fold(db)
                db.execute("ROLLBACK")
        return msgspec.structs.replace(
            begun,
            position=self._upto,
            hash=digest.hex(),
            start=self._start,
            rows=rows,
            versions={**begun.versions, **versions},
        )


__all__ = ["Cutting"]
