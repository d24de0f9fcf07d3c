"""An answer as callers see it, and the shape of whatever fetches one (a socket, or a fake in tests)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from odoo_rpc.net.caps import Caps
    from odoo_rpc.net.target import ParsedTarget


class Reply(msgspec.Struct, frozen=True, gc=False):
    """One whole answer.

    `headers` has lower-case names; a name that came several times has its values joined by ", ". `body` is decoded
    and within the caps. `elapsed_ms` runs from the call to the last byte, connecting included.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: float

    def __repr__(self) -> str:
        # A body holds personal data and headers may hold tokens: neither may reach a log through a repr.
        return f"Reply(status={self.status}, body=<{len(self.body)} bytes>, elapsed_ms={self.elapsed_ms:.1f})"


class Exchange(Protocol):
    """What a client needs: one request out, one reply back, or a `NetError`.

    `deadline_seconds` bounds the whole exchange. `ca_file` is a PEM file of certificate authorities that replaces
    the public ones. With `truncate` a body beyond `caps.raw` is cut instead of refused.
    """

    async def post(
        self,
        url: "ParsedTarget | str",
        headers: Mapping[str, str],
        body: bytes,
        *,
        caps: "Caps",
        deadline_seconds: float,
        ca_file: str | None = None,
        truncate: bool = False,
    ) -> Reply:
        """POST `body` and return the reply."""
        ...

    async def get(
        self,
        url: "ParsedTarget | str",
        headers: Mapping[str, str],
        *,
        caps: "Caps",
        deadline_seconds: float,
        ca_file: str | None = None,
        truncate: bool = False,
    ) -> Reply:
        """GET and return the reply."""
        ...
