"""Idle connections: newest first, dead ones noticed, never too many, never too old."""

import pytest

from odoo_rpc.net.pool import Pool


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Idle:
    """A connection as far as the pool cares."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.idle_since = 0.0
        self.alive = True
        self.closed = False

    def silent(self) -> bool:
        return self.alive

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pool_of(clock: Clock, *, per_origin: int = 10, in_all: int = 100) -> Pool:
    return Pool(keepalive_seconds=75, max_idle_per_origin=per_origin, max_idle=in_all, clock=clock)


def test_the_newest_connection_of_the_origin_is_taken_first(clock: Clock) -> None:
    pool = pool_of(clock)
    older, newer, other = Idle("a"), Idle("a"), Idle("b")
    for connection in (older, newer, other):
        pool.put(connection)
    assert pool.take("a") is newer
    assert pool.take("a") is older
    assert pool.take("a") is None
    assert len(pool) == 1


def test_a_connection_that_its_peer_closed_is_passed_over(clock: Clock) -> None:
    pool = pool_of(clock)
    alive, dead = Idle("a"), Idle("a")
    pool.put(alive)
    pool.put(dead)
    dead.alive = False
    assert pool.take("a") is alive
    assert dead.closed


def test_a_poll_after_a_minute_finds_its_connection_and_one_after_two_does_not(clock: Clock) -> None:
    pool = pool_of(clock)
    connection = Idle("a")
    pool.put(connection)
    clock.now += 60
    assert pool.take("a") is connection
    pool.put(connection)
    clock.now += 120
    assert pool.take("a") is None
    assert connection.closed


def test_use_of_one_origin_closes_expired_connections_of_the_others(clock: Clock) -> None:
    pool = pool_of(clock)
    forgotten = [Idle(f"origin {number}") for number in range(50)]
    for connection in forgotten:
        pool.put(connection)
    clock.now += 76
    pool.put(Idle("busy"))
    assert all(connection.closed for connection in forgotten)
    assert len(pool) == 1


def test_beyond_the_limit_of_an_origin_its_longest_idle_one_is_closed(clock: Clock) -> None:
    pool = pool_of(clock, per_origin=2)
    first, second, third = Idle("a"), Idle("a"), Idle("a")
    for connection in (first, second, third):
        pool.put(connection)
    assert first.closed
    assert [pool.take("a"), pool.take("a"), pool.take("a")] == [third, second, None]


def test_beyond_the_limit_of_all_the_longest_idle_one_anywhere_is_closed(clock: Clock) -> None:
    pool = pool_of(clock, in_all=3)
    connections = [Idle(f"origin {number}") for number in range(4)]
    for connection in connections[:3]:
        pool.put(connection)
    assert pool.take("origin 0") is connections[0]
    pool.put(connections[0])
    pool.put(connections[3])
    assert [connection.closed for connection in connections] == [False, True, False, False]


def test_a_closed_pool_closes_what_it_has_and_what_comes_back(clock: Clock) -> None:
    pool = pool_of(clock)
    idle, in_use = Idle("a"), Idle("a")
    pool.put(idle)
    pool.close()
    pool.put(in_use)
    assert idle.closed
    assert in_use.closed
    assert len(pool) == 0
