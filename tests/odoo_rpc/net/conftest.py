"""Peers on loopback, and a transport that may call them."""

from collections.abc import AsyncIterator, Callable, Iterator
from ipaddress import ip_address

import pytest

from net_peers import Authority, Peer, Script
from odoo_rpc.net import AddressGuard, Transport
from odoo_rpc.net.target import Address


@pytest.fixture
def peer() -> Iterator[Callable[..., Peer]]:
    started: list[Peer] = []

    def start(script: Script, **options: object) -> Peer:
        started.append(Peer(script, **options))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
async def transport(anyio_backend: str) -> AsyncIterator[Transport]:
    """A transport that may call loopback, with the names of the TLS peers resolved to it."""

    async def resolve(host: str) -> list[Address]:
        return [ip_address("127.0.0.1")]

    async with Transport(AddressGuard.parse("127.0.0.0/8"), resolve=resolve) as made:
        yield made


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))
