"""What one client has learnt about one Odoo and may keep: with it, the next start needs no call before the first read."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any, Literal

import msgspec

from odoo_rpc.errors import Unsupported

Version = tuple[int, int]
Protocol = Literal["jsonrpc", "json2"]
ProtocolChoice = Literal["auto", "jsonrpc", "json2"]

OLDEST: Version = (14, 0)
JSON2_SINCE: Version = (19, 0)
JSONRPC_GONE_SINCE: Version = (22, 0)
WEB_SEARCH_READ_SINCE: Version = (17, 0)
_DIGITS = re.compile(r"[0-9]+")


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about one (server, database, user), free of secrets: store it after use, give it back to `connect`.

    - `version`: (major, minor), as (19, 0).
    - `protocol`: the one in use.
    - `uid`: the user's id, None where nobody has logged in yet. JSON-2 doesn't need it.
    - `fields`, `missing`: by model, the names that this user was found to have and not to have; only models
      for which that was asked. Forgotten when the version changes.
    """

    version: Version
    protocol: Protocol
    uid: int | None = None
    fields: dict[str, list[str]] = {}
    missing: dict[str, list[str]] = {}

    def asked_fields(self, model: str) -> list[str]:
        """Names that were asked for, found or not."""
        return [*self.fields.get(model, ()), *self.missing.get(model, ())]

    def known_fields(self, model: str, wanted: list[str]) -> frozenset[str] | None:
        """The names found on `model`; None while one of `wanted` was never asked for."""
        return frozenset(self.fields.get(model, ())) if {*wanted} <= {*self.asked_fields(model)} else None

    def with_fields(self, model: str, asked: list[str], found: Container[str]) -> Session:
        """The same, knowing which of `asked` were found."""
        fields = {**self.fields, model: [name for name in asked if name in found]}
        missing = {**self.missing, model: [name for name in asked if name not in found]}
        return msgspec.structs.replace(self, fields=fields, missing=missing)

    def with_uid(self, uid: int | None) -> Session:
        """The same, logged in as `uid`."""
        return msgspec.structs.replace(self, uid=uid)


def choose_protocol(version: Version, choice: ProtocolChoice) -> Protocol:
    """The protocol to speak with an Odoo of `version`. JSON-2 from 19 on unless JSON-RPC was asked for.

    Raises Unsupported for an Odoo older than 14 and for a protocol that this version hasn't got.
    """
    name = f"Odoo {version[0]}.{version[1]}"
    if version < OLDEST:
        raise Unsupported(f"{name} is too old: 14.0 is the oldest that is supported")
    if choice == "json2" and version < JSON2_SINCE:
        raise Unsupported(f"{name} has no JSON-2, which began with 19.0: use JSON-RPC")
    if choice == "jsonrpc" and version >= JSONRPC_GONE_SINCE:
        raise Unsupported(f"{name} has no JSON-RPC, which ended with 21.0: use JSON-2")
    if choice == "auto":
        return "json2" if version >= JSON2_SINCE else "jsonrpc"
    return choice


def parse_version(info: Any) -> Version | None:
    """(major, minor) of Odoo's `version_info`, None where it isn't one.

    A release says `[19, 0, 0, "final", 0, ""]`; Odoo Online between releases says `["saas~18", 2, …]`.
    """
    if not isinstance(info, list) or len(info) < 2:
        return None
    major, minor = _number(info[0]), _number(info[1])
    return None if major is None or minor is None else (major, minor)


def _number(part: Any) -> int | None:
    """A part of a version; nobody else's number grows to four digits, so a longer one is no version."""
    if isinstance(part, str):
        digits = _DIGITS.findall(part)
        return int(digits[-1]) if digits and len(digits[-1]) <= 3 else None
    return part if isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= 999 else None
