"""The other side: an Odoo that answers canned pages and a receiver that takes everything, in a process of their own.

    python benchmarks/servers.py [--orders 2000] [--latency-ms 150] [--ports 1]

prints its ports as JSON and serves until it is killed. One port serves everything: `/jsonrpc` and `/json/2/…` as
Odoo 19 would, `/hook…` as the receiver, `/count` what was asked for since the last time. Every database holds the same
orders. An answer leaves `latency-ms` after its request came, however many are under way.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
from functools import lru_cache
from typing import Any

from mapper import order, take_apart

HEAD = b"HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"
TAKEN = b"HTTP/1.1 204 No Content\r\nServer: bench\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\n\r\n"
VERSION = {"server_version": "19.0", "server_version_info": [19, 0, 0, "final", 0, ""], "protocol_version": 1}
WEB_VERSION = json.dumps({"version_info": [19, 0, 0, "final", 0, ""], "version": "19.0"}).encode()
SESSION = json.dumps(
    {**VERSION, "uid": 2, "user_context": {}, "user_companies": False, "username": "poller", "db": "shop"}
).encode()
CONNECTIONS = {"posts": 0, "calls": 0}
EXTERNAL_IDS: set[bytes] = set()


class Shop:
    """One database's records as the JSON that they are sent as."""

    def __init__(self, orders: int) -> None:
        self.orders = orders
        self.tables: dict[str, dict[int, bytes]] = {}

    @lru_cache(maxsize=4096)  # noqa: B019  # there is one shop, and it lives as long as the process
    def nested(self, after: int, limit: int) -> bytes:
        """The answer to `web_search_read`: the orders with ids above `after`."""
        ids = range(after + 1, min(after + limit, self.orders) + 1)
        records = b",".join(json.dumps(order(number - 1)).encode() for number in ids)
        return b'{"length":%d,"records":[%b]}' % (max(self.orders - after, 0), records)

    def fill(self) -> None:
        """Take the nested orders apart into the tables of the classic calls."""
        found: dict[str, dict[int, Any]] = {}
        for number in range(self.orders):
            take_apart(order(number), "sale.order", found)
        self.tables = {
            model: {number: json.dumps(record).encode() for number, record in records.items()}
            for model, records in found.items()
        }

    def search(self, domain: list[Any], arguments: dict[str, Any]) -> bytes:
        """The answer to `search_read` of orders: whole records, whatever fields were asked for."""
        if str(arguments.get("order", "")).startswith("write_date desc"):
            return b'[{"id":%d,"write_date":"2026-11-24 02:14:13"}]' % self.orders if self.orders else b"[]"
        if not self.tables:
            self.fill()
        after = after_of(domain)
        ids = range(after + 1, min(after + int(arguments.get("limit") or 100), self.orders) + 1)
        return b"[" + b",".join(self.tables["sale.order"][number] for number in ids) + b"]"

    def read(self, model: str, ids: list[int]) -> bytes:
        """The answer to `read`."""
        if not self.tables:
            self.fill()
        table = self.tables.get(model, {})
        return b"[" + b",".join(table[number] for number in dict.fromkeys(ids) if number in table) + b"]"


def after_of(domain: list[Any]) -> int:
    """The id that a domain begins behind; all of them where it leaves out what is known."""
    after = 0
    for term in domain:
        if isinstance(term, list) and term[0] == "id":
            after = term[2] if term[1] == ">" else max(term[2], default=0)
    return after


SHOP = Shop(0)


def answer(path: bytes, body: bytes) -> bytes:
    """What Odoo says to a request."""
    if path.startswith(b"/json/2/"):
        _, _, _, model, method = path.decode().split("/")
        return result(model, method, json.loads(body))
    if path == b"/web/version":
        return WEB_VERSION
    if path == b"/count":
        told = json.dumps({**CONNECTIONS, "orders": len(EXTERNAL_IDS)}).encode()
        CONNECTIONS.update(posts=0, calls=-1)
        EXTERNAL_IDS.clear()
        return told
    call = json.loads(body or b"{}")
    if path.startswith(b"/web/") or "params" not in call:
        # What some clients ask before they begin.
        found = b'["shop"]' if path.endswith(b"/list") else SESSION
        return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (json.dumps(call.get("id")).encode(), found)
    service, method, args = (call["params"][name] for name in ("service", "method", "args"))
    if service == "common":
        found = json.dumps(VERSION if method == "version" else 2).encode()
    else:
        *_, model, method, positional, named = [*args, {}][:7]
        names = ("ids", "fields") if method == "read" else ("domain", "fields")
        found = result(model, method, {**dict(zip(names, positional, strict=False)), **named})
    return b'{"jsonrpc":"2.0","id":%b,"result":%b}' % (json.dumps(call.get("id")).encode(), found)


def result(model: str, method: str, arguments: dict[str, Any]) -> bytes:
    match method:
        case "web_search_read":
            return SHOP.nested(after_of(arguments["domain"]), int(arguments["limit"]))
        case "search_read":
            return SHOP.search(arguments["domain"], arguments)
        case "read":
            return SHOP.read(model, arguments["ids"])
    return b'{"uid":2,"lang":"en_US"}'


class Peer(asyncio.Protocol):
    """One connection: requests one after the other, each whole in a few pieces."""

    latency = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data = data = self._data + data if self._data else data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return
        at = data.find(b"ontent-", 0, end)
        while at > 0 and data[at + 7 : at + 14].lower() != b"length:":
            at = data.find(b"ontent-", at + 7, end)
        length = int(data[at + 14 : data.find(b"\r", at)]) if at > 0 else 0
        if len(data) < end + 4 + length:
            return
        self._data = b""
        self._serve(data[data.find(b" ") + 1 : data.find(b" HTTP/")], data[end + 4 :])

    def _serve(self, path: bytes, body: bytes) -> None:
        if path.startswith(b"/hook"):
            start = body.find(b'"external_id":') + 14
            EXTERNAL_IDS.add(body[start : body.find(b",", start)])
            CONNECTIONS["posts"] += 1
            said = TAKEN
        else:
            CONNECTIONS["calls"] += 1
            content = answer(path, body)
            said = HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(content), content)
        if self.latency and path != b"/count":
            asyncio.get_running_loop().call_later(self.latency, self._transport.write, said)
        else:
            self._transport.write(said)


async def serve(ports: int) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Peer, "127.0.0.1", 0, backlog=2048) for _ in range(ports)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--ports", type=int, default=1)
    given = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    SHOP.orders = given.orders
    Peer.latency = given.latency_ms / 1000
    for after in range(0, given.orders, 100):
        SHOP.nested(after, 100)
    SHOP.fill()
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve(given.ports))
    else:
        uvloop.run(serve(given.ports))


if __name__ == "__main__":
    main()
