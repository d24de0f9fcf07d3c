"""One method call on one model, and how its arguments go into each protocol.

JSON-2 knows named arguments only; JSON-RPC takes positional and named ones, and old versions name some differently
(`search(args, …)` in 14, `search(domain, …)` later). So callers name their arguments, and the table below turns
what must be positional into that, and what was given by position into names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from odoo_rpc.errors import Unsupported


class Call(NamedTuple):
    """`ids` None calls a method of the model itself; a list, even an empty one, calls one of those records."""

    model: str
    method: str
    ids: Sequence[int] | None
    args: Sequence[Any]
    kwargs: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.model}.{self.method}"


class _Signature(NamedTuple):
    names: tuple[str, ...]  # the first arguments after the records, in Odoo's order
    by_position: int  # so many of them go by position over JSON-RPC, where versions or overrides rename them


_SIGNATURES: Mapping[str, _Signature] = {
    "create": _Signature(("vals_list",), 1),
    "fields_get": _Signature(("allfields", "attributes"), 1),
    "name_search": _Signature(("name", "domain", "operator", "limit"), 2),
    "read": _Signature(("fields",), 0),
    "search": _Signature(("domain", "offset", "limit", "order"), 1),
    "search_count": _Signature(("domain",), 1),
    "search_read": _Signature(("domain", "fields", "offset", "limit", "order"), 1),
    "web_search_read": _Signature(("domain", "specification", "offset", "limit", "order"), 1),
    "write": _Signature(("vals",), 1),
}
_UNKNOWN = _Signature((), 0)


def positional(call: Call) -> tuple[list[Any], dict[str, Any]]:
    """`call`'s arguments for `execute_kw`: the records' ids first, then what has a known place, then names."""
    args = [] if call.ids is None else [call.ids]
    args.extend(call.args)
    kwargs = dict(call.kwargs)
    signature = _SIGNATURES.get(call.method, _UNKNOWN)
    for name in signature.names[len(call.args) : signature.by_position]:
        if name not in kwargs:
            break
        args.append(kwargs.pop(name))
    return args, kwargs


def named(call: Call) -> dict[str, Any]:
    """`call`'s arguments for JSON-2. Raises Unsupported where a positional one has no known name."""
    names = _SIGNATURES.get(call.method, _UNKNOWN).names
    if len(call.args) > len(names):
        raise Unsupported(
            f"{call}: JSON-2 takes named arguments, and the name at position {len(names)} is not known"
        )
    arguments = {**dict(zip(names, call.args, strict=False)), **call.kwargs}
    if call.ids is not None:
        arguments["ids"] = call.ids
    return arguments
