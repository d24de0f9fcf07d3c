"""Hypothesis chooses what happens next in the same world: it shrinks what it breaks to the few deeds that break it.

The world's loop runs in a thread of its own and stands still between two steps, its virtual time with it.
"""

from __future__ import annotations

import threading
from queue import Queue

import anyio
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from simulation import invariants, troubles
from simulation.life import Life, slow_down
from simulation.run import Result, do, on_virtual_clock, rest
from simulation.work import WORK, Deed
from simulation.world import Pace

REAL_SECONDS = 60
PACE = Pace(intervals=(20, 30), overlap=60, sweep=1800.0)

deeds_of_people = st.sampled_from(
    [
        troubles.pause_and_resume,
        troubles.change_secret,
        troubles.change_endpoint,
        troubles.change_interval,
        troubles.retry_and_discard,
        troubles.remove_and_add,
        troubles.restore_backup,
    ]
)
deeds_of_the_machine = st.sampled_from(
    [
        troubles.wall_clock,
        troubles.disk_full,
        troubles.disk_refuses,
        troubles.death_at_a_moment,
        troubles.death_at_a_step,
        troubles.restart,
    ]
)
deeds_of_receivers = st.sampled_from(
    [
        troubles.outage,
        troubles.flapping,
        troubles.slow_receiver,
        troubles.lost_answers,
        troubles.busy_receiver,
        troubles.poison,
        troubles.wrong_set_up,
    ]
)
deeds_of_odoo = st.sampled_from(
    [deed for deed, _ in troubles.FAULTS if deed.__name__.startswith(("odoo_", "key_"))]
)
work = st.sampled_from([deed for deed, _ in WORK])
moments = st.sampled_from([0.5, 7.0, 45.0, 400.0])


class Stepped:
    """A world that moves only when it is told to."""

    def __init__(self, seed: int) -> None:
        slow_down(min(PACE.intervals) / 2)
        self._seed = seed
        self._asked: Queue[tuple[Deed | None, float] | None] = Queue()
        self._done: Queue[BaseException | None] = Queue()
        self._thread = threading.Thread(target=self._run)
        self.ended = False
        self._thread.start()

    def step(self, deed: Deed | None, seconds: float) -> None:
        """A deed begins, and so many virtual seconds pass; then everything must hold."""
        self._asked.put((deed, seconds))
        self._wait()

    def end(self) -> None:
        """No more trouble; everything must come to rest."""
        if not self.ended:
            self._asked.put(None)
            self._wait()
        self._thread.join(REAL_SECONDS)

    def _wait(self) -> None:
        broken = self._done.get(timeout=REAL_SECONDS)
        if broken is not None:
            self.ended = True
            raise broken

    def _run(self) -> None:
        try:
            on_virtual_clock(Life(self._seed, PACE, urls=2, connections=3), self._scenario)
        except BaseException as broken:
            self._done.put(broken)
        else:
            self._done.put(None)

    async def _scenario(self, world: Life) -> Result:
        world.running = True
        for link in world.links:
            world.ledger.expect_all(link)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(world.live)
            async with anyio.create_task_group() as deeds:
                while (asked := self._asked.get()) is not None:
                    deed, seconds = asked
                    if deed is not None:
                        world.deeds.append(f"{anyio.current_time():.0f} {deed.__name__}")
                        deeds.start_soon(do, deed, world)
                    await anyio.sleep(seconds)
                    invariants.everything(world)
                    self._done.put(None)
                deeds.cancel_scope.cancel()
            await rest(world)
            world.over = True
            await world.stop_and(None)
        return Result(world.seed, world.polls, 0, 0, world.now() / 3600, "")


class Poller(RuleBasedStateMachine):
    """The poller in a world where anything may happen next."""

    def __init__(self) -> None:
        super().__init__()
        self.world: Stepped | None = None

    @initialize(seed=st.integers(1, 1000))
    def begins(self, seed: int) -> None:
        self.world = Stepped(seed)

    def _step(self, deed: Deed | None, seconds: float) -> None:
        assert self.world is not None
        self.world.step(deed, seconds)

    @rule(deed=work, seconds=moments)
    def merchants_work(self, deed: Deed, seconds: float) -> None:
        self._step(deed, seconds)

    @rule(deed=deeds_of_odoo, seconds=moments)
    def an_odoo_fails(self, deed: Deed, seconds: float) -> None:
        self._step(deed, seconds)

    @rule(deed=deeds_of_receivers, seconds=moments)
    def a_receiver_fails(self, deed: Deed, seconds: float) -> None:
        self._step(deed, seconds)

    @rule(deed=deeds_of_the_machine, seconds=moments)
    def the_machine_fails(self, deed: Deed, seconds: float) -> None:
        self._step(deed, seconds)

    @rule(deed=deeds_of_people, seconds=moments)
    def people_change_something(self, deed: Deed, seconds: float) -> None:
        self._step(deed, seconds)

    @precondition(lambda self: self.world is not None)
    @rule(seconds=st.sampled_from([60.0, 600.0, 3600.0]))
    def time_passes(self, seconds: float) -> None:
        self._step(None, seconds)

    def teardown(self) -> None:
        if self.world is not None:
            self.world.end()


Poller.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
test_whatever_happens_next_every_invariant_holds = Poller.TestCase
test_whatever_happens_next_every_invariant_holds.pytestmark = [pytest.mark.slow]
