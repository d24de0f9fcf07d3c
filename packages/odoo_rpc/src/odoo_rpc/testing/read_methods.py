"""The RPC methods that read: searching, reading, counting, describing fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from odoo_rpc.testing.domain import STRICT_SINCE
from odoo_rpc.testing.environment import Environment
from odoo_rpc.testing.reading import Record, read, unknown_field, visible_fields, web_read
from odoo_rpc.testing.search import count, search


@dataclass(frozen=True, slots=True)
class Call:
    """One call with its arguments bound; `ids` is empty where the method works on the model."""

    env: Environment
    model: str
    ids: list[Any]
    given: dict[str, Any]

    @property
    def domain(self) -> Any:
        """The domain, under whichever name this version's method has it; everything where it is left out."""
        domain = self.given.get("domain", self.given.get("args"))
        return [] if domain is None else domain

    @property
    def pairs(self) -> bool:
        """Whether a many2one comes as `[id, name]` (the default `load`) or as a bare id."""
        return bool(self.given.get("load", "_classic_read"))


def search_ids(call: Call) -> list[int]:
    """`search`: ids."""
    given = call.given
    return search(
        call.model, call.domain, call.env, given.get("order"), given.get("offset") or 0, given.get("limit")
    )


def search_count(call: Call) -> int:
    """`search_count`."""
    return count(call.model, call.domain, call.env, call.given.get("limit"))


def search_read(call: Call) -> list[Record]:
    """`search_read`; until 18 a search that finds nothing does not even look at the fields."""
    found = search_ids(call)
    if not found and call.env.version < STRICT_SINCE:
        return []
    return read(call.model, found, call.given.get("fields"), call.env, pairs=call.pairs)


def read_records(call: Call) -> list[Record]:
    """`read`."""
    return read(call.model, call.ids, call.given.get("fields"), call.env, pairs=call.pairs)


def web_search_read(call: Call) -> Record:
    """`web_search_read` of 17 and later; nested fields are looked at only where there is a record to nest."""
    found, specification = search_ids(call), call.given["specification"]
    for name in specification:
        if name not in call.env.database.schema[call.model].fields:
            raise unknown_field(call.model, name, call.env)
    return _page(call, web_read(call.model, found, specification, call.env) if found else [])


def web_search_read_by_fields(call: Call) -> Record:
    """`web_search_read` until 16: flat records."""
    return _page(call, search_read(call))


def web_read_records(call: Call) -> list[Record]:
    """`web_read`, 17 and later."""
    return web_read(call.model, call.ids, call.given["specification"], call.env)


def fields_get(call: Call) -> Record:
    """`fields_get`: leaves out what the user may not read."""
    wanted, attributes = call.given.get("allfields"), call.given.get("attributes")
    described = {}
    for name in visible_fields(call.model, call.env):
        if wanted and name not in wanted:
            continue
        field = call.env.database.schema[call.model].fields[name]
        every = {
            "type": field.type,
            "string": field.label,
            "required": field.required,
            "readonly": field.computed or name in ("id", "create_date", "write_date"),
            "store": not field.computed,
        } | ({"relation": field.relation} if field.relation else {})
        described[name] = {key: value for key, value in every.items() if not attributes or key in attributes}
    return described


def context_get(call: Call) -> Record:
    """`context_get` of `res.users`."""
    context: Record = {"lang": "en_US", "tz": "Europe/Brussels"}
    return context if call.env.version < 17 else context | {"uid": call.env.user.uid}


def _page(call: Call, records: list[Record]) -> Record:
    offset, limit, enough = (
        call.given.get("offset") or 0,
        call.given.get("limit"),
        call.given.get("count_limit"),
    )
    length = len(records) + offset if records else 0
    full = limit and len(records) == limit and not (enough and enough <= length)
    if records and (full or (limit and call.env.context.get("force_search_count"))):
        length = count(call.model, call.domain, call.env, enough)
    return {"length": length, "records": records}
