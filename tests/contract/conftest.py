"""Each test of the contract runs on every Odoo: the fakes on both event loops, the real ones on asyncio."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contract.backends import Backend, fake_backend, real_backend
from real_odoo_support import Access, Seeder

FAKES = [(14, "jsonrpc"), (17, "jsonrpc"), (19, "jsonrpc"), (19, "json2"), (22, "json2")]
REAL = [(14, "jsonrpc"), (19, "jsonrpc"), (19, "json2")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "odoo" not in metafunc.fixturenames:
        return
    rows: list[Any] = [
        pytest.param(("fake", version, protocol, loop), id=f"fake{version}-{protocol}-{loop}")
        for version, protocol in FAKES
        for loop in ("asyncio", "trio")
    ]
    rows += [
        pytest.param(
            ("real", version, protocol, "asyncio"),
            id=f"real{version}-{protocol}",
            marks=pytest.mark.real_odoo,
        )
        for version, protocol in REAL
    ]
    metafunc.parametrize("which", rows)


@pytest.fixture
def anyio_backend(which: tuple[str, int, Any, str]) -> str:
    """The event loop of this row."""
    return which[3]


@pytest.fixture(scope="session")
def seeders(real_odoo: Callable[[int], Access]) -> Iterator[Callable[[int], Seeder]]:
    """One seeder a version for the whole session."""
    made: dict[int, Seeder] = {}

    def seeder(version: int) -> Seeder:
        if version not in made:
            made[version] = Seeder(real_odoo(version))
        return made[version]

    yield seeder
    for one in made.values():
        one.close()


@pytest.fixture
def odoo(which: tuple[str, int, Any, str], request: pytest.FixtureRequest) -> Backend:
    """The Odoo under test."""
    kind, version, protocol, _ = which
    if kind == "fake":
        return fake_backend(version, protocol)
    return real_backend(request.getfixturevalue("seeders")(version), protocol)
