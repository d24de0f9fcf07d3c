"""How a client comes to be: from an address, an account and what an earlier session learnt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from odoo_rpc.channel import Channel
from odoo_rpc.client import OdooClient
from odoo_rpc.errors import NotOdoo
from odoo_rpc.line import Line
from odoo_rpc.net.errors import Unsendable
from odoo_rpc.net.reply import Exchange
from odoo_rpc.net.target import parse_target
from odoo_rpc.pacing import Clock, Lane
from odoo_rpc.secret import Secret
from odoo_rpc.session import ProtocolChoice, Session, choose_protocol
from odoo_rpc.wire import Account


async def connect(
    url: str,
    db: str,
    username: str,
    api_key: Secret | str,
    *,
    exchange: Exchange,
    protocol: ProtocolChoice = "auto",
    session: Session | None = None,
    min_interval_seconds: float = 1.0,
    lane: Lane | None = None,
    deadline_seconds: float = 30.0,
    ca_file: str | None = None,
    clock: Clock | None = None,
    context: Mapping[str, Any] | None = None,
    allowed_company_ids: Sequence[int] | None = None,
    priority: int = 0,
) -> OdooClient:
    """A client for the user `username` of the database `db` on the server at `url`.

    With a `session` of an earlier client this makes no call; without one it asks the server for its version, in one
    or two calls. Logging in waits until a call needs it. `protocol` "auto" is JSON-2 from Odoo 19 on and JSON-RPC
    before, and changes over where only the other one is served.

    - `url`: `https://host[:port]`, the server's own address.
    - `api_key`: an API key; over JSON-RPC a password serves too.
    - `exchange`: a `Transport`, or anything of its shape. It stays the caller's, to be closed by him.
    - `lane`: shared by all who call this (url, db); without one, a new lane paced by `min_interval_seconds` and `clock`.
    - `deadline_seconds`: for each exchange, from its start to the last byte, waiting for the lane not included.
    - `context`, `allowed_company_ids`: sent with every call.
    - `priority`: of the version question, and of the client (see `OdooClient.at_priority`).

    Raises NotOdoo for an address that is no Odoo's, Unsupported for an Odoo older than 14 and for a protocol that
    it hasn't got, Unavailable and RateLimited where it doesn't answer now.
    """
    account = Account(_base(url), db, username, Secret.of(api_key))
    lane = lane or Lane(min_interval_seconds, clock)
    line = Line(account, exchange, lane, deadline_seconds=deadline_seconds, ca_file=ca_file)
    begin = await _learnt(line, priority, protocol) if session is None else _resumed(session, protocol)
    channel = Channel(line, begin, protocol, just_asked=session is None)
    companies = {"allowed_company_ids": list(allowed_company_ids)} if allowed_company_ids else {}
    return OdooClient(channel, {**(context or {}), **companies}, priority)


async def _learnt(line: Line, priority: int, choice: ProtocolChoice) -> Session:
    version = await line.ask_version(priority)
    return Session(version=version, protocol=choose_protocol(version, choice))


def _resumed(session: Session, choice: ProtocolChoice) -> Session:
    protocol = choose_protocol(session.version, choice)
    # "auto" keeps what was found to work, which a proxy may have decided.
    return session if choice == "auto" else msgspec.structs.replace(session, protocol=protocol)


def _base(url: str) -> str:
    base = url.rstrip("/")
    try:
        parse_target(base)
    except Unsendable as error:
        raise NotOdoo(str(error)) from None
    if "?" in base:
        raise NotOdoo("the URL must not contain a query (?)")
    return base
