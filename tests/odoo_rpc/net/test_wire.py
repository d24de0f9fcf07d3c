"""The bytes' way, where the two event loops differ: asyncio watches a socket for as long as it lives."""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterator

import anyio
import pytest

from odoo_rpc.net.watched import WatchedWire, watched
from odoo_rpc.net.wire import DeadlinePassed, Wire

pytestmark = pytest.mark.anyio


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()


def soon(seconds: float = 5) -> float:
    return anyio.current_time() + seconds


async def test_each_event_loop_gets_the_wire_that_suits_it(
    pair: tuple[socket.socket, socket.socket], anyio_backend: str
) -> None:
    wire = watched(Wire(pair[0]))
    assert isinstance(wire, WatchedWire) == (anyio_backend == "asyncio")
    wire.close()


async def test_pieces_arrive_in_order_and_then_the_end(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    wire = watched(Wire(ours))
    for piece in (b"one", b"two"):
        theirs.sendall(piece)
        assert await wire.receive(soon()) == piece
    assert wire.silent()
    theirs.close()
    assert await wire.receive(soon()) == b""
    assert not wire.silent()
    wire.close()


async def test_what_comes_while_nobody_waits_is_there_for_whoever_waits_next(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    wire = watched(Wire(ours))
    theirs.sendall(b"early")
    for _ in range(5):
        await anyio.lowlevel.checkpoint()
    with anyio.fail_after(5):
        assert await wire.receive(soon()) == b"early"
    wire.close()


async def test_an_idle_wire_holds_nothing_of_what_it_received(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    wire = watched(Wire(ours))
    theirs.sendall(b"an answer")
    came = await wire.receive(soon())
    await anyio.lowlevel.checkpoint()  # the loop lets go of what woke us
    held_by_us_alone = bytes(bytearray(b"an answer"))
    assert sys.getrefcount(came) == sys.getrefcount(held_by_us_alone)
    wire.close()


@pytest.mark.parametrize("best", [watched, lambda wire: wire])
async def test_who_waits_for_a_silent_peer_gives_up_at_the_deadline_and_can_wait_again(
    best: Callable[[Wire], Wire], pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    wire = best(Wire(ours))
    started = anyio.current_time()
    for moment in (soon(0.02), started - 1):
        with pytest.raises(DeadlinePassed):
            await wire.receive(moment)
    assert 0.02 <= anyio.current_time() - started < 5
    theirs.sendall(b"late")
    assert await wire.receive(soon()) == b"late"
    wire.close()


@pytest.mark.parametrize("best", [watched, lambda wire: wire])
async def test_who_sends_to_a_peer_that_takes_nothing_gives_up_at_the_deadline(
    best: Callable[[Wire], Wire], pair: tuple[socket.socket, socket.socket]
) -> None:
    wire = best(Wire(pair[0]))
    with pytest.raises(DeadlinePassed):
        await wire.send(bytes(16_000_000), soon(0.02))
    wire.close()


@pytest.mark.parametrize("best", [watched, lambda wire: wire])
async def test_who_waits_can_be_cancelled(
    best: Callable[[Wire], Wire], pair: tuple[socket.socket, socket.socket]
) -> None:
    wire = best(Wire(pair[0]))
    with anyio.move_on_after(0.02) as scope:
        await wire.receive(soon())
    assert scope.cancelled_caught
    wire.close()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("unasked", [b"noise", b""])
async def test_an_idle_socket_with_something_on_it_does_not_keep_the_loop_busy(
    unasked: bytes, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    wire = WatchedWire(ours)
    theirs.sendall(unasked)
    if not unasked:
        theirs.close()
    for _ in range(5):
        await anyio.lowlevel.checkpoint()
    assert not asyncio.get_running_loop().remove_reader(ours.fileno())  # nothing was left to remove
    assert not wire.silent()
    wire.close()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_closed_wire_leaves_nothing_registered(pair: tuple[socket.socket, socket.socket]) -> None:
    number = pair[0].fileno()
    WatchedWire(pair[0]).close()
    assert not asyncio.get_running_loop().remove_reader(number)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_loop_that_can_not_watch_sockets_gets_the_plain_wire(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(asyncio.get_running_loop(), "add_reader", refuse)
    plain = Wire(pair[0])
    assert watched(plain) is plain
