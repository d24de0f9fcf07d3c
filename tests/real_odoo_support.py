"""A real Odoo for tests: where it is, whose turn it is, and how to put records into it.

`$REAL_ODOO` names the tool that starts one (`up`, `info`, `shell`); without it the tool next to the repository is taken. Where
there is neither, tests that need a real Odoo are skipped, except in CI, where that is a failure. Whoever uses a version holds a
file lock for the whole session, so that parallel workers take turns (`$REAL_ODOO_LOCKS` names another folder for the locks).

Use the fixture `real_odoo` (tests/conftest.py gives it to all) and a `Seeder`. Never rely on what is in the database: others use it too.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

TOOL_BESIDE_REPOSITORY = Path(__file__).parents[2] / "shared" / "tools" / "real-odoo"
VERSIONS = (14, 19)
START_SECONDS = 480
SHELL_SECONDS = 180
TURN_SECONDS = 300


@dataclass(frozen=True)
class Access:
    """How to get into a real Odoo as its administrator."""

    version: int
    url: str
    db: str
    username: str
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class Login:
    """A user made for a test. `key` is an API key on 19, and a password, which serves as one over JSON-RPC, on 14."""

    username: str
    uid: int
    key: str = field(repr=False)


def tool() -> Path:
    """Give the tool; skip the test, or in CI fail it, where there is none."""
    named = os.environ.get("REAL_ODOO")
    path = Path(named) if named else TOOL_BESIDE_REPOSITORY
    if path.is_file():
        return path
    tried = (
        "$REAL_ODOO names no file"
        if named
        else "$REAL_ODOO is not set, and no tool lies beside the repository"
    )
    reason = f"needs a real Odoo, but {tried}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def locate(version: int) -> Access:
    """Give the access to a running Odoo of this version, starting it where it does not run."""
    command = str(tool())
    found = subprocess.run([command, "info", str(version)], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        # Where the product ran in this process before, new files would be private: Odoo's own user could not read them.
        found = subprocess.run(
            [command, "up", str(version)],
            capture_output=True,
            text=True,
            check=False,
            timeout=START_SECONDS,
            umask=0o022,
        )
    if found.returncode != 0:
        pytest.fail(f"{command} up {version} failed: {found.stderr[-500:]}")
    info = json.loads(found.stdout.strip().splitlines()[-1])
    return Access(version, info["url"], info["db"], info["username"], info["api_key"])


@pytest.fixture(scope="session")
def real_odoo() -> Iterator[Callable[[int], Access]]:
    """Give the access to a real Odoo by version; the first call of a session waits for its turn."""
    known: dict[int, Access] = {}
    with ExitStack() as turns:

        def access(version: int) -> Access:
            if version not in known:
                tool()
                turns.enter_context(turn(version))
                known[version] = locate(version)
            return known[version]

        yield access


@contextmanager
def turn(version: int) -> Iterator[None]:
    """Hold the lock of this version's Odoo, which is shared by all who test on this machine."""
    folder = Path(os.environ.get("REAL_ODOO_LOCKS", tempfile.gettempdir()))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"odoo{version}.lock").open("a") as lock:
        _take_turn(lock)
        yield


def _take_turn(lock: IO[str]) -> None:
    """Wait until nobody else holds this lock, but not for ever."""
    until = time.monotonic() + TURN_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                pytest.fail(f"{lock.name} was held by others for {TURN_SECONDS} s")
            time.sleep(0.2)
        else:
            return


class OdooSaidNo(Exception):
    """The real Odoo answered a seeding call with an error."""


class Seeder:
    """Puts records into a real Odoo, as its administrator over JSON-RPC. Names are made unique by `token`."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.token = os.urandom(4).hex()
        self._http = httpx.Client(base_url=access.url, timeout=180, trust_env=False)
        self._logins: dict[tuple[str, ...], Login] = {}
        self._kept: dict[str, list[int]] = {}
        self._uid = self.rpc("common", "authenticate", access.db, access.username, access.api_key, {})

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def rpc(self, service: str, method: str, *args: Any) -> Any:
        """Call a service over JSON-RPC."""
        body = {
            "jsonrpc": "2.0",
            "method": "call",
            "params": {"service": service, "method": method, "args": args},
        }
        answer = self._http.post("/jsonrpc", json=body | {"id": 1}).json()
        if "error" in answer:
            data = answer["error"]["data"]
            raise OdooSaidNo(f"{data['name']}: {data['message']}")
        return answer.get("result")

    def call(self, model: str, method: str, *args: Any, **keywords: Any) -> Any:
        """Call a method of a model."""
        access = self.access
        return self.rpc(
            "object", "execute_kw", access.db, self._uid, access.api_key, model, method, args, keywords
        )

    def unique(self, name: str) -> str:
        """Make a name that only this session uses."""
        return f"{name} {self.token}"

    # Records

    def partner(self, name: str | None, **values: Any) -> int:
        """Add a partner; `country` is an ISO code and `region` the name of one of its states."""
        country, region = values.pop("country", None), values.pop("region", None)
        if country:
            values["country_id"] = self.one("res.country", ("code", "=", country))
        if region:
            values["state_id"] = self.one(
                "res.country.state", ("name", "=", region), ("country_id.code", "=", country)
            )
        return int(self.call("res.partner", "create", {"name": name, **values}))

    def product(self, name: str, *, sku: str | None = None, price: float = 0.0, active: bool = True) -> int:
        """Add a product without variants, untaxed and stored by nobody; gives its `product.product`."""
        template = self._template(name, price)
        product = self.one("product.product", ("product_tmpl_id", "=", template))
        self.call("product.product", "write", [product], {"default_code": sku or False})
        if not active:
            self.call("product.template", "write", [template], {"active": False})
        return product

    def variant(
        self, name: str, attributes: Mapping[str, str], *, sku: str | None = None, price: float = 0.0
    ) -> int:
        """Add a product with these values of attributes, each beside another value; gives the wanted variant."""
        lines = []
        for attribute, value in attributes.items():
            attribute_id = self.call("product.attribute", "create", {"name": attribute})
            values = [
                self.call("product.attribute.value", "create", {"name": text, "attribute_id": attribute_id})
                for text in (value, f"no {value}")
            ]
            lines.append((0, 0, {"attribute_id": attribute_id, "value_ids": [(6, 0, values)]}))
        template = self._template(name, price, attribute_line_ids=lines)
        for product in self.call("product.product", "search", [("product_tmpl_id", "=", template)]):
            read = self.call("product.product", "read", [product], ["product_template_attribute_value_ids"])
            ids = read[0]["product_template_attribute_value_ids"]
            names = self.call("product.template.attribute.value", "read", ids, ["name"])
            if [entry["name"] for entry in names] == list(attributes.values()):
                self.call("product.product", "write", [product], {"default_code": sku or False})
                return int(product)
        raise LookupError(f"no variant {attributes}")

    def draft_orders(
        self, count: int, partner: int, lines: Sequence[Mapping[str, Any]], **values: Any
    ) -> list[int]:
        """Add quotations; a line is a dict of `sale.order.line` values."""
        order = {"partner_id": partner, "order_line": [(0, 0, dict(line)) for line in lines], **values}
        return list(self.call("sale.order", "create", [order] * count))

    def confirm(self, ids: Sequence[int]) -> None:
        """Confirm orders in one call, hence in one transaction."""
        self.call("sale.order", "action_confirm", list(ids))

    def cancel(self, ids: Sequence[int]) -> None:
        """Cancel orders without the question that some versions ask first."""
        self.call("sale.order", "action_cancel", list(ids), context={"disable_cancel_warning": True})

    def lock(self, ids: Sequence[int]) -> None:
        """Lock orders."""
        self.call("sale.order", "action_done" if self.access.version < 17 else "action_lock", list(ids))

    def write(self, model: str, ids: Sequence[int], values: Mapping[str, Any]) -> None:
        """Change records."""
        self.call(model, "write", list(ids), dict(values))

    def delete(self, model: str, ids: Sequence[int]) -> None:
        """Delete records."""
        self.call(model, "unlink", list(ids))

    def one(self, model: str, *domain: tuple[str, str, Any]) -> int:
        """Find the one record of a domain, archived or not."""
        found = self.call(model, "search", list(domain), context={"active_test": False})
        if len(found) != 1:
            raise LookupError(f"{len(found)} {model} for {domain}")
        return int(found[0])

    def kept(self, name: str, make: Callable[[], list[int]]) -> list[int]:
        """Give what was made under this name before in the session; for what is slow to make."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    # Users

    def user(self, *groups: str) -> Login:
        """Give an internal user with exactly these groups (XML ids) besides; one user a session for each set."""
        key = tuple(sorted({"base.group_user", *groups}))
        if key not in self._logins:
            self._logins[key] = self._new_user(key)
        return self._logins[key]

    def _new_user(self, groups: Sequence[str]) -> Login:
        name = f"user-{len(self._logins)}-{self.token}"
        password = f"password-{self.token}"
        field_name = "groups_id" if self.access.version < 19 else "group_ids"
        ids = [self._by_xml_id(group) for group in groups]
        values = {"name": name, "login": name, "password": password, field_name: [(6, 0, ids)]}
        uid = self.call("res.users", "create", values)
        return Login(name, uid, password if self.access.version < 19 else self._new_key(uid))

    def _by_xml_id(self, xml_id: str) -> int:
        module, _, name = xml_id.partition(".")
        found = self.call(
            "ir.model.data", "search_read", [("module", "=", module), ("name", "=", name)], fields=["res_id"]
        )
        return int(found[0]["res_id"])

    def _new_key(self, uid: int) -> str:
        script = (
            "import datetime\n"
            f"keys = env['res.users.apikeys'].with_user(env['res.users'].browse({uid}))\n"
            "soon = datetime.datetime.now() + datetime.timedelta(hours=12)\n"
            "print('KEY', keys._generate('rpc', 'tests', soon))\n"
            "env.cr.commit()\n"
        )
        done = subprocess.run(
            [str(tool()), "shell", str(self.access.version)],
            input=script,
            capture_output=True,
            text=True,
            check=True,
            timeout=SHELL_SECONDS,
        )
        return next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("KEY"))

    # Late commits

    @contextmanager
    def late_commit(self, ids: Sequence[int]) -> Iterator[None]:
        """Confirm orders in a transaction that commits only when the block ends; inside it the work is done, unseen."""
        go = f"tests.go-{self.token}-{ids[0]}"
        script = (
            "import time\n"
            f"env['sale.order'].browse({list(ids)}).action_confirm()\n"
            "(env.flush_all if hasattr(env, 'flush_all') else env['sale.order'].flush)()\n"
            "print('WORKED', flush=True)\n"
            "deadline = time.monotonic() + 120\n"
            "while time.monotonic() < deadline:\n"
            "    with env.registry.cursor() as look:\n"
            f"        look.execute(\"select 1 from ir_config_parameter where key = '{go}'\")\n"
            "        if look.fetchone():\n"
            "            break\n"
            "    time.sleep(0.1)\n"
            "\n"
            "env.cr.commit()\n"
            "print('COMMITTED', flush=True)\n"
        )
        shell = subprocess.Popen(
            [str(tool()), "shell", str(self.access.version)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert shell.stdin
        assert shell.stdout
        with shell, shell.stdin as stdin:
            stdin.write(script)
            stdin.close()
            _wait_for("WORKED", shell.stdout)
            try:
                yield
            finally:
                self.call("ir.config_parameter", "set_param", go, "1")
                _wait_for("COMMITTED", shell.stdout)

    def _template(self, name: str, price: float, **values: Any) -> int:
        return int(
            self.call(
                "product.template",
                "create",
                {"name": name, "list_price": price, "taxes_id": [(6, 0, [])], "type": "service", **values},
            )
        )


def _wait_for(word: str, lines: IO[str]) -> None:
    started = time.monotonic()
    for line in lines:
        if line.strip().endswith(word):
            return
        if time.monotonic() - started > SHELL_SECONDS:
            break
    raise TimeoutError(f"odoo shell did not say {word}")
