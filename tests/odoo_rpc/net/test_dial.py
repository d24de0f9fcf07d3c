"""Getting connected: names, dead addresses, refusals."""

import socket
from collections.abc import Callable
from ipaddress import ip_address

import anyio
import pytest

from net_peers import NO_CONTENT, Peer, answering
from odoo_rpc.net import WEBHOOK_CAPS, AddressGuard, ConnectFailed, NameNotFound, TimedOut, Transport
from odoo_rpc.net import dial as dial_module
from odoo_rpc.net.target import Address
from odoo_rpc.net.wire import Wire, connect

pytestmark = pytest.mark.anyio

StartPeer = Callable[..., Peer]
LOOPBACK = AddressGuard.parse("127.0.0.0/8 ::1")
DEAD = ip_address("127.0.0.99")


@pytest.fixture
def black_hole(monkeypatch: pytest.MonkeyPatch) -> list[Address]:
    """Make one address swallow every packet; return the addresses dialled."""
    dialled: list[Address] = []

    async def dial(address: Address, port: int) -> Wire:
        dialled.append(address)
        if address == DEAD:
            await anyio.sleep_forever()
        return await connect(address, port)

    monkeypatch.setattr(dial_module, "connect", dial)
    return dialled


def resolving_to(*addresses: str, connect_seconds: float = 10) -> Transport:
    async def resolve(host: str) -> list[Address]:
        return [ip_address(text) for text in addresses]

    return Transport(LOOPBACK, resolve=resolve, connect_seconds=connect_seconds)


async def test_a_dead_address_is_passed_over_within_the_connect_deadline(
    peer: StartPeer, black_hole: list[Address]
) -> None:
    served = peer(answering(NO_CONTENT))
    async with resolving_to(str(DEAD), "127.0.0.1") as transport:
        with anyio.fail_after(5):
            reply = await transport.post(f"http://two.example:{served.port}/", {}, b"", caps=WEBHOOK_CAPS)
    assert reply.status == 204
    assert black_hole == [DEAD, ip_address("127.0.0.1")]


async def test_a_refusing_address_is_passed_over_at_once(peer: StartPeer) -> None:
    served = peer(answering(NO_CONTENT))
    async with resolving_to("127.0.0.98", "127.0.0.1") as transport:
        with anyio.fail_after(0.2):  # less than the head start of the first address
            reply = await transport.post(f"http://two.example:{served.port}/", {}, b"", caps=WEBHOOK_CAPS)
    assert reply.status == 204


async def test_the_two_families_take_turns(black_hole: list[Address]) -> None:
    transport = resolving_to("::1", "::1", "127.0.0.1", "127.0.0.2")
    with pytest.raises(ConnectFailed):
        await transport.post(f"http://two.example:{closed_port()}/", {}, b"", caps=WEBHOOK_CAPS)
    assert [str(address) for address in black_hole] == ["::1", "127.0.0.1", "::1", "127.0.0.2"]


async def test_a_name_with_very_many_addresses_is_tried_at_eight_of_them(black_hole: list[Address]) -> None:
    transport = resolving_to(*(f"127.0.1.{number}" for number in range(1, 101)))
    with pytest.raises(ConnectFailed):
        await transport.post(f"http://many.example:{closed_port()}/", {}, b"", caps=WEBHOOK_CAPS)
    assert len(black_hole) == 8


async def test_addresses_that_are_all_dead_end_at_the_connect_deadline(black_hole: list[Address]) -> None:
    transport = resolving_to(str(DEAD), str(DEAD), connect_seconds=0.3)
    with anyio.fail_after(5), pytest.raises(TimedOut) as caught:
        await transport.post("http://dead.example/", {}, b"", caps=WEBHOOK_CAPS)
    assert str(caught.value) == "http://dead.example: not connected within 0.3 s"


class Handed:
    """A wire that only knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


async def test_of_two_addresses_that_answer_at_the_same_moment_one_connection_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handed: list[Handed] = []
    both = anyio.Event()

    async def dial(address: Address, port: int) -> Handed:
        handed.append(Handed())
        if len(handed) == 2:
            both.set()
        with anyio.CancelScope(shield=True):  # the winner's cancellation comes too late for the other
            await both.wait()
        return handed[-1] if address == ip_address("127.0.0.1") else handed[0]

    monkeypatch.setattr(dial_module, "connect", dial)
    won = await dial_module._first_to_answer([ip_address("127.0.0.2"), ip_address("127.0.0.1")], 80)
    assert sorted(wire.closed for wire in handed) == [False, True]
    assert not won.closed


async def test_a_connection_won_by_a_request_that_was_cancelled_meanwhile_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire = Handed()
    with anyio.CancelScope() as request:

        async def dial(address: Address, port: int) -> Handed:
            request.cancel()
            return wire

        monkeypatch.setattr(dial_module, "connect", dial)
        await dial_module._first_to_answer([ip_address("127.0.0.1"), ip_address("127.0.0.2")], 80)
    assert request.cancelled_caught
    assert wire.closed


async def test_a_refused_connection_says_so() -> None:
    port = closed_port()
    transport = Transport(LOOPBACK)
    with pytest.raises(ConnectFailed) as caught:
        await transport.post(f"http://127.0.0.1:{port}/secret", {}, b"", caps=WEBHOOK_CAPS)
    assert str(caught.value) == f"http://127.0.0.1:{port}: Connection refused"


@pytest.mark.parametrize(
    "failure",
    [
        socket.gaierror(-2, "Name or service not known"),
        socket.gaierror(-3, "Temporary failure"),
        UnicodeError(),
    ],
)
async def test_a_name_that_can_not_be_resolved_says_so(failure: Exception) -> None:
    async def resolve(host: str) -> list[Address]:
        raise failure

    with pytest.raises(NameNotFound) as caught:
        await Transport(LOOPBACK, resolve=resolve).post("https://odoo.example/x", {}, b"", caps=WEBHOOK_CAPS)
    assert str(caught.value) == "https://odoo.example: the host name can't be resolved"


async def test_the_systems_resolver_knows_localhost(peer: StartPeer) -> None:
    served = peer(answering(NO_CONTENT))
    async with Transport(LOOPBACK) as transport:
        reply = await transport.post(f"http://localhost:{served.port}/", {}, b"", caps=WEBHOOK_CAPS)
    assert reply.status == 204


async def test_a_name_too_long_for_dns_can_not_be_resolved() -> None:
    with pytest.raises(NameNotFound):
        await Transport(LOOPBACK).post(f"https://{'a' * 64}.example/", {}, b"", caps=WEBHOOK_CAPS)


async def test_a_hanging_look_up_is_abandoned_and_does_not_keep_others_waiting(
    monkeypatch: pytest.MonkeyPatch, peer: StartPeer
) -> None:
    served = peer(answering(NO_CONTENT))
    real = socket.getaddrinfo

    def slow(host: str, *rest: object, **options: object) -> object:
        if host.endswith(".slow.example"):
            served.stopping.wait(5)
            raise socket.gaierror(-3, "Temporary failure")
        return real(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    async with Transport(LOOPBACK, connect_seconds=3) as transport, anyio.create_task_group() as group:
        for number in range(50):  # more than anyio's own limit of threads
            group.start_soon(
                lambda n=number: transport.post(f"https://{n}.slow.example/", {}, b"", caps=WEBHOOK_CAPS)
            )
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(2):
            reply = await transport.post(f"http://localhost:{served.port}/", {}, b"", caps=WEBHOOK_CAPS)
        assert reply.status == 204
        group.cancel_scope.cancel()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
