"""A world with a poller in it: started, stopped, killed, started again; and the people who keep it."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import anyio

from odoo_rpc.secret import Secret
from poller_core.decide import polling
from poller_core.errors import PollerError
from poller_core.loops import poller as poller_module
from poller_core.loops.poller import Poller
from poller_core.store.archive import decompress
from simulation.ledger import Link
from simulation.machine import Died
from simulation.receiver import Key
from simulation.world import World

Backup = tuple[bytes, dict[int, Link]]


class Life(World):
    """The poller's lives in its world."""

    def __init__(self, seed: int, *more: Any, **named: Any) -> None:
        super().__init__(seed, *more, **named)
        self.disk_well_since = 0.0
        self.polls = 0
        self.poller: Poller | None = None
        self._scope: anyio.CancelScope | None = None
        self.to_be_done_at_a_stop: list[Callable[[], None]] = []
        self.over = False
        self.deeds: list[str] = []

    # Life and death

    def kill(self) -> None:
        """The process dies."""
        if self._scope is not None:
            self._scope.cancel()
        self.services = None

    async def stop_and(self, act: Callable[[], None] | None) -> None:
        """Stop in good order, act while nothing runs, start again."""
        if act is not None:
            self.to_be_done_at_a_stop.append(act)
        if self.poller is not None:
            self.poller.stop()

    async def live(self) -> None:
        """Start, die or stop, start again."""
        while not self.over:
            broke = await self._one_life()
            if broke or self.machine.refusing or self.machine.full:
                self.age += 1
            self.poller = None
            self.shut()
            while self.to_be_done_at_a_stop:
                self.to_be_done_at_a_stop.pop(0)()
            if not self.over:
                await anyio.sleep(self.random.uniform(0.1, 20))

    async def _one_life(self) -> bool:
        """Run until the end of this process; whether it was a bad one."""
        died = False
        with anyio.CancelScope() as self._scope:
            try:
                self.poller = Poller(self.boot())
                self._count_polls(self.poller)
                await self.poller.run()
            except* (Died, PollerError):
                died = True
        return died or self._scope.cancelled_caught

    def _count_polls(self, poller: Poller) -> None:
        inner = poller.reader.poll

        async def counted(*asked: Any, **named: Any) -> Any:
            self.polls += 1
            return await inner(*asked, **named)

        poller.reader.poll = counted  # type: ignore[method-assign]

    @property
    def able_since(self) -> float:
        """Since when the poller and its disk have been well; never, where they are not."""
        if self.services is None or self.machine.refusing or self.machine.full:
            return self.now()
        return max(self.alive_since, self.disk_well_since)

    # Copies

    def backup(self) -> Backup:
        """A copy of the database, and what the people knew then."""
        return self.machine.backup(), {number: copy(link) for number, link in self.ledger.links.items()}

    def restore(self, backup: Backup) -> None:
        """Put a copy back; whatever was delivered since may go again, and what was captured since must be."""
        image, links = backup
        self.machine.restore(image)
        self.age += 1
        # What the copy does not hold is read from Odoo again, as it is by now: the one case of new bytes under an old id.
        held = self._bodies()
        for endpoint in self.endpoints.values():
            endpoint.bodies = {key: held[key] for key in endpoint.bodies if key in held}
        self.ledger.links = {}
        for number, old in links.items():
            link = copy(old)
            link.outstanding = {}
            rows = self.machine.sql("SELECT order_id FROM outbox WHERE connection = ?", number)
            link.captured = {row[0] for row in rows}
            link.well_since = self.now()
            self.ledger.links[number] = link
            self.ledger.expect_all(link)
            if link.key != link.merchant.key and link.merchant.odoo.database.user_of_key(link.merchant.key):
                self.enter_key(link)

    def _bodies(self) -> dict[Key, bytes]:
        """The bodies in the database, as long as they are kept."""
        joined = "outbox o JOIN connection c ON c.number = o.connection JOIN {} b ON b.position = o.position"
        columns = "SELECT o.webhook_id, c.id, b.body FROM "
        plain = self.machine.sql(columns + joined.format("bodies"))
        packed = self.machine.sql(columns + joined.format("archive"))
        return {(ident, connection): body.encode() for ident, connection, body in plain} | {
            (ident, connection): decompress(body) for ident, connection, body in packed
        }

    # People

    def _there(self, link: Link) -> bool:
        return self.ledger.links.get(link.number) is not None

    def enter_key(self, link: Link) -> None:
        """A person enters the Odoo's present key."""
        link = self.ledger.links.get(link.number, link)
        if self._there(link):
            with self.machine.people() as commands:
                commands.edit(link.ident, api_key=Secret(link.merchant.key))
            link.key, link.well_since = link.merchant.key, self.now()

    def pause(self, link: Link) -> bool:
        """A person pauses a connection, where it is not."""
        if not self._there(link) or not link.active:
            return False
        with self.machine.people() as commands:
            commands.pause(link.ident)
        link.active = False
        return True

    def resume(self, link: Link) -> None:
        """A person resumes a connection."""
        link = self.ledger.links.get(link.number, link)
        if self._there(link):
            with self.machine.people() as commands:
                commands.resume(link.ident)
            if not link.active:
                link.active, link.well_since = True, self.now()

    def remove(self, link: Link) -> None:
        """A person removes a connection, and what waits with it."""
        if self._there(link):
            with self.machine.people() as commands:
                commands.remove(link.ident, discard=True)
            del self.ledger.links[link.number]

    def end_troubles(self) -> None:
        """From now on everything works, and the people do what is left to them."""
        self.machine.fill(False)
        self.machine.refusing = False
        self.disk_well_since = self.now()
        for merchant in self.merchants:
            merchant.recover()
            merchant.skew = 0.0
            merchant.odoo.grant(merchant.odoo.username, merchant.key)
            merchant.key_works = True
        for endpoint in self.endpoints.values():
            endpoint.recover()
        for link in self.links:
            self.enter_key(link)
            self.resume(link)


def slow_down(seconds: float) -> None:
    """Let the poller look for other processes' changes less often: a quarter second of it costs more than a poll."""
    poller_module.LISTEN_SECONDS = seconds
    poller_module.FLUSH_SECONDS = 3 * seconds
    poller_module.BEAT_SECONDS = 12 * seconds
    polling.NOTICE_SECONDS = 8 * seconds


__all__ = ["Life", "slow_down"]
