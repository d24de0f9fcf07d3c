"""From a target to a connected wire: resolve, check every address, dial a checked one, shake hands.

The address that was checked is the one dialled: nothing is resolved a second time in between, so a name server that
answers public first and private afterwards gains nothing.
"""

import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from ipaddress import ip_address
from itertools import chain, zip_longest

import anyio
from anyio import to_thread

from odoo_rpc.net.errors import ConnectFailed, NameNotFound, TimedOut, TlsFailed
from odoo_rpc.net.guard import AddressGuard
from odoo_rpc.net.target import Address, ParsedTarget
from odoo_rpc.net.tls import context_for
from odoo_rpc.net.watched import watched
from odoo_rpc.net.wire import Wire, connect

Resolve = Callable[[str], Awaitable[Iterable[Address]]]
"""Host name in, every address out. Raise `OSError` or `UnicodeError` where there is none."""

HEAD_START_SECONDS = 0.25
"""How long an address may take before the next one is tried beside it (RFC 8305, 5)."""

MAX_ADDRESSES = 8
"""Addresses of one name that are tried at most."""

LOOKUPS = 64
"""Name look-ups in flight at most."""


class Dialler:
    """Opens connections, each within `connect_seconds`, look-up and TLS handshake included."""

    def __init__(
        self, guard: AddressGuard, *, connect_seconds: float, resolve: Resolve | None = None
    ) -> None:
        self._guard = guard
        self._connect_seconds = connect_seconds
        self._resolve = resolve or system_resolver()

    async def dial(self, target: ParsedTarget, ca_file: str | None) -> Wire:
        """Return a connected wire, TLS done where the target wants it.

        Raise `NameNotFound`, `BlockedAddress`, `ConnectFailed`, `TlsFailed` or `TimedOut`.
        """
        with anyio.move_on_after(self._connect_seconds):
            addresses = self._guard.permitted(target, await self._addresses(target))
            try:
                wire = await _first_to_answer(_interleaved(addresses), target.port)
            except OSError as error:
                raise ConnectFailed(f"{target.origin}: {error.strerror or 'cannot connect'}") from None
            if target.secure:
                await _shake_hands(wire, target, ca_file)
            return watched(wire)
        raise TimedOut(f"{target.origin}: not connected within {self._connect_seconds:g} s")

    async def _addresses(self, target: ParsedTarget) -> Iterable[Address]:
        if target.literal is not None:
            return (target.literal,)
        try:
            return await self._resolve(target.host)
        except (OSError, UnicodeError):
            # One wording for "no such name" and "the name server is silent": the resolver's own are many.
            raise NameNotFound(f"{target.origin}: the host name can't be resolved") from None


def system_resolver(lookups: int = LOOKUPS) -> Resolve:
    """Return a resolver that asks the operating system, with at most `lookups` at once.

    Not `anyio.getaddrinfo`: on asyncio that is the loop's default executor, six threads on a machine with two cores,
    where six tenants with a dead name server would keep every other tenant waiting.
    """
    limiter = anyio.CapacityLimiter(lookups)

    async def resolve(host: str) -> list[Address]:
        ask = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
        found = await to_thread.run_sync(ask, abandon_on_cancel=True, limiter=limiter)
        return list(dict.fromkeys(ip_address(place[0]) for *_, place in found))

    return resolve


def _interleaved(addresses: list[Address]) -> list[Address]:
    """Alternate the two families, beginning with the resolver's first choice (RFC 8305, 4): one may be a dead end."""
    first = [address for address in addresses if address.version == addresses[0].version]
    second = [address for address in addresses if address.version != addresses[0].version]
    mixed = chain.from_iterable(zip_longest(first, second))
    return [address for address in mixed if address is not None][:MAX_ADDRESSES]


async def _first_to_answer(addresses: list[Address], port: int) -> Wire:
    if len(addresses) == 1:
        return await connect(addresses[0], port)
    won: list[Wire] = []
    failures: list[OSError] = []

    async def attempt(address: Address, over: anyio.Event) -> None:
        try:
            wire = await connect(address, port)
        except OSError as error:
            failures.append(error)
            over.set()
        else:
            won.append(wire)
            group.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as group:
            for address in addresses:
                over = anyio.Event()
                group.start_soon(attempt, address, over)
                with anyio.move_on_after(HEAD_START_SECONDS):
                    await over.wait()
    except BaseException:
        _close_all(won)
        raise
    if not won:
        raise failures[0]
    _close_all(won[1:])
    return won[0]


def _close_all(wires: Iterable[Wire]) -> None:
    for wire in wires:
        wire.close()


async def _shake_hands(wire: Wire, target: ParsedTarget, ca_file: str | None) -> None:
    host = target.host.rstrip(".") if target.literal is None else str(target.literal)
    try:
        await wire.secure(context_for(ca_file), host)
    except BaseException as error:
        wire.close()
        match error:
            case ssl.SSLCertVerificationError():
                raise TlsFailed(f"{target.origin}: certificate refused: {error.verify_message}") from None
            case ssl.SSLError():
                raise TlsFailed(
                    f"{target.origin}: TLS failed: {error.reason or 'closed by the peer'}"
                ) from None
            case OSError():
                raise ConnectFailed(f"{target.origin}: connection lost during the TLS handshake") from None
        raise
