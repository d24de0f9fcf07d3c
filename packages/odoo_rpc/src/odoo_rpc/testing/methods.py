"""Which methods each version has, what their arguments are called, and how the two protocols bind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from odoo_rpc.testing import read_methods, sales, write_methods
from odoo_rpc.testing.environment import Environment
from odoo_rpc.testing.errors import OdooFault, RowLocked
from odoo_rpc.testing.read_methods import Call

NOTHING: Final = object()
"""The result of a method that returns None: an envelope without `result` over JSON-RPC, `null` over JSON-2."""


@dataclass(frozen=True, slots=True)
class Method:
    """One method: its arguments in order, how many of them must be given, and whether it works on records."""

    run: Callable[[Call], object]
    parameters: tuple[str, ...] = ()
    required: int = 0
    on_records: bool = False
    since: int = 0
    until: int = 1_000
    open_ended: bool = False
    """Takes any keyword and complains only further inside (`search_read` from 15 on)."""


_SEARCH: Final = ("domain", "offset", "limit", "order")
_SEARCH_READ: Final = ("domain", "fields", "offset", "limit", "order")
_WEB: Final = ("domain", "specification", "offset", "limit", "order", "count_limit")

_METHODS: Final[dict[str, tuple[Method, ...]]] = {
    # Until 15 the domain of `search` and `search_count` is called `args`, so it can't be given by the name `domain`.
    "search": (
        Method(read_methods.search_ids, ("args", *_SEARCH[1:], "count"), 1, until=16),
        Method(read_methods.search_ids, _SEARCH, 1, since=16),
    ),
    "search_count": (
        Method(read_methods.search_count, ("args",), 1, until=16),
        Method(read_methods.search_count, ("domain", "limit"), 1, since=16),
    ),
    "search_read": (
        Method(read_methods.search_read, _SEARCH_READ, until=15),
        Method(read_methods.search_read, (*_SEARCH_READ, "load"), since=15, open_ended=True),
    ),
    "read": (Method(read_methods.read_records, ("fields", "load"), on_records=True),),
    "web_search_read": (
        Method(read_methods.web_search_read_by_fields, _SEARCH_READ, until=17),
        Method(read_methods.web_search_read, _WEB, 2, since=17),
    ),
    "web_read": (Method(read_methods.web_read_records, ("specification",), 1, on_records=True, since=17),),
    "fields_get": (Method(read_methods.fields_get, ("allfields", "attributes")),),
    "create": (Method(write_methods.create, ("vals_list",), 1),),
    "write": (Method(write_methods.write, ("vals",), 1, on_records=True),),
    "unlink": (Method(write_methods.unlink, on_records=True),),
}

_ORDER_METHODS: Final[dict[str, tuple[Method, ...]]] = {
    "action_confirm": (Method(write_methods.order_deed(sales.confirm, True), on_records=True),),
    "action_cancel": (Method(write_methods.order_deed(sales.cancel, True), on_records=True),),
    "action_draft": (Method(write_methods.order_deed(sales.back_to_draft, True), on_records=True),),
    "action_done": (
        Method(write_methods.order_deed(sales.lock, True), on_records=True, until=sales.LOCKED_STATE_UNTIL),
    ),
    "action_lock": (
        Method(
            write_methods.order_deed(sales.lock, NOTHING), on_records=True, since=sales.LOCKED_STATE_UNTIL
        ),
    ),
    "action_unlock": (Method(write_methods.order_deed(sales.unlock, NOTHING), on_records=True),),
}

_USER_METHODS: Final[dict[str, tuple[Method, ...]]] = {"context_get": (Method(read_methods.context_get),)}
_OF_MODEL: Final = {"sale.order": _ORDER_METHODS, "res.users": _USER_METHODS}


def find(model: str, name: str, version: int) -> Method:
    """Find a method by name.

    Raises:
        OdooFault: it is private (`AccessError`), or this version's model has none of that name (`AttributeError`).
    """
    shown = f"'{model}.{name}'" if version >= 17 else name
    if name.startswith("_"):
        raise OdooFault.access_error(f"Private methods (such as {shown}) cannot be called remotely.")
    for method in (*_OF_MODEL.get(model, {}).get(name, ()), *_METHODS.get(name, ())):
        if method.since <= version < method.until:
            return method
    if version >= 17:
        raise OdooFault("builtins.AttributeError", f"The method {shown} does not exist")
    raise OdooFault("builtins.AttributeError", f"type object {model!r} has no attribute {name!r}")


def bind(
    method: Method, name: str, version: int, positional: Sequence[Any], keywords: Mapping[str, Any]
) -> dict[str, Any]:
    """Bind arguments as Python does.

    Raises:
        OdooFault: too many, an unknown or a missing one (`builtins.TypeError`).
    """
    called = f"BaseModel.{name}()" if version >= 17 else f"{name}()"
    if len(positional) > len(method.parameters):
        raise OdooFault.type_error(
            f"{called} takes {len(method.parameters) + 1} positional arguments but more were given"
        )
    given = dict(zip(method.parameters, positional, strict=False))
    for keyword, value in keywords.items():
        if keyword not in method.parameters:
            inside = "BaseModel._read_format()" if method.open_ended and version >= 17 else called
            raise OdooFault.type_error(f"{inside} got an unexpected keyword argument {keyword!r}")
        given[keyword] = value
    for needed in method.parameters[: method.required]:
        if needed not in given:
            raise OdooFault.type_error(f"{called} missing 1 required positional argument: {needed!r}")
    return given


def run(method: Method, env: Environment, model: str, ids: object, given: dict[str, Any]) -> object:
    """Run a method; `ids` is one id or a list of them.

    Raises:
        OdooFault: whatever Odoo would answer with.
    """
    try:
        return method.run(Call(env, model, ids if isinstance(ids, list) else [ids], given))
    except RowLocked:
        raise OdooFault.database(
            "SerializationFailure", "could not serialize access due to concurrent update\n"
        ) from None
