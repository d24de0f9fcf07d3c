"""The web side of a fake Odoo: which address answers what, in the words of each version.

`FakeServer.answer` is the one request handler behind the ASGI application, the in-memory exchange and the real sockets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING

from odoo_rpc.testing.asgi import App
from odoo_rpc.testing.json2_endpoint import PREFIX, json2
from odoo_rpc.testing.jsonrpc_endpoint import jsonrpc
from odoo_rpc.testing.pages import Answer, json_answer, not_found

if TYPE_CHECKING:
    from odoo_rpc.testing.fake import FakeOdoo

JSON2_SINCE = 19
JSONRPC_UNTIL = 22


class FakeServer:
    """One Odoo server with one or several databases, all of one version.

    `statistics` counts every call by (model or service, method); a database's own `statistics` counts those that named it,
    and where it is the only one, the version questions too.

    Raises:
        ValueError: no database, two of one name, or databases of different versions.
    """

    def __init__(self, *databases: FakeOdoo) -> None:
        if len({fake.version for fake in databases}) != 1:
            raise ValueError("a server needs at least one database, and all of them of one version")
        self.databases = {fake.db: fake for fake in databases}
        if len(self.databases) != len(databases):
            raise ValueError("two databases of one name")
        self.version = databases[0].version
        self.clock = databases[0].clock
        self.statistics: Counter[tuple[str, str]] = Counter()

    def asgi(self) -> App:
        """Give the ASGI application."""
        return App(self)

    def only(self) -> FakeOdoo | None:
        """Give the database that needs no naming, where there is just one."""
        return next(iter(self.databases.values())) if len(self.databases) == 1 else None

    def count(self, what: str, method: str, fake: FakeOdoo | None) -> None:
        """Count a call, also for the database it concerned."""
        self.statistics[what, method] += 1
        counted = fake or self.only()
        if counted is not None:
            counted.statistics[what, method] += 1

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request; `headers` by lower-case name, `path` without a query."""
        answer = self._route(method, path, headers, body)
        answer.headers["date"] = _http_date(int(self.clock()))
        return answer

    def _route(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if path == "/jsonrpc" and self.version < JSONRPC_UNTIL:
            return jsonrpc(self, headers.get("content-type", ""), body)
        if self.version >= JSON2_SINCE:
            if path.startswith(PREFIX):
                return json2(self, method, path, headers, body)
            if path == "/web/version" and method == "GET":
                self.count("web", "version", None)
                return json_answer(
                    {
                        "version_info": [self.version, 0, 0, "final", 0, ""],
                        "version": f"{self.version}.0",
                    },
                    self.version,
                )
        return not_found()


@lru_cache(maxsize=1_024)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)
