"""Which Odoo is it? Two questions that need no login: `GET /web/version` (19 on), then `common.version` (until 21)."""

from __future__ import annotations

from typing import Any

import msgspec

from odoo_rpc import jsonrpc
from odoo_rpc.errors import NotOdoo
from odoo_rpc.faults import misanswered
from odoo_rpc.net.reply import Reply
from odoo_rpc.session import Version, parse_version
from odoo_rpc.wire import JSON_HEADERS, Request, attempt

WHAT = "version"
"""How messages name these calls."""


class _WebVersion(msgspec.Struct):
    version_info: Any = None


class _CommonVersion(msgspec.Struct):
    server_version_info: Any = None


WEB_VERSION = Request("/web/version", JSON_HEADERS)
COMMON_VERSION = jsonrpc.request("common", "version", [])


def web_version(reply: Reply, hide: tuple[str, ...]) -> Version | None:
    """The version from `/web/version`; None where this Odoo has no such address (14 to 18 answer with a page).

    Raises RateLimited and Unavailable: then the other question would fare no better.
    """
    if reply.status == 200:
        answer = attempt(reply.body, _WebVersion)
        return parse_version(answer.version_info) if answer else None
    error = misanswered(WHAT, reply, hide)
    if isinstance(error, NotOdoo):
        return None
    raise error


def common_version(reply: Reply, hide: tuple[str, ...]) -> Version:
    """The version from `common.version`. Raises NotOdoo where that isn't an Odoo's."""
    answer = jsonrpc.unwrap(reply, _CommonVersion, WHAT, hide)
    version = parse_version(answer.server_version_info)
    if version is None:
        raise NotOdoo(f"{WHAT}: an answer without Odoo's version", reply.status)
    return version
