"""A search domain as a tree: Odoo's prefix notation read, its mistakes answered as each version answers them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from odoo_rpc.testing.errors import OdooFault

Domain = list[Any]
STRICT_SINCE = 19
"""From this version on domains are a class of their own, with other error types and stricter values."""

_OPERATORS = frozenset(
    {
        "=",
        "!=",
        "<=",
        "<",
        ">",
        ">=",
        "=?",
        "=like",
        "=ilike",
        "like",
        "not like",
        "ilike",
        "not ilike",
        "in",
        "not in",
    }
)
_SAME = {"<>": "!=", "==": "="}
_CONNECTIVES = {"&": 2, "|": 2, "!": 1}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition: a field or a dotted path of fields, an operator, a value."""

    path: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class All:
    """Every child holds; no child means always."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Some child holds; no child means never."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The child does not hold."""

    child: Node


Node = Leaf | All | Either | Not
ALWAYS = All(())
NEVER = Either(())


def parse(domain: object, version: int) -> Node:
    """Read a domain as it came over the wire.

    Raises:
        OdooFault: it is malformed; `builtins.AssertionError` or `ValueError` until 18, `ValueError` or `TypeError` from 19 on.
    """
    strict = version >= STRICT_SINCE
    if strict and domain in (None, False, True):
        return ALWAYS if domain is not False else NEVER
    if not isinstance(domain, list):
        raise _not_a_domain(domain, strict=strict)
    stack: list[Node] = []
    for item in reversed(domain):
        if isinstance(item, str):
            if len(stack) < _CONNECTIVES.get(item, len(stack) + 1):
                raise _malformed(domain, strict=strict)
            stack.append(_connect(item, stack))
        else:
            stack.append(_leaf(item, version))
    return stack[0] if len(stack) == 1 else All(tuple(_flat(reversed(stack))))


def leaves(node: Node) -> Iterator[Leaf]:
    """Give every condition in the tree."""
    match node:
        case Leaf():
            yield node
        case Not(child):
            yield from leaves(child)
        case All(children) | Either(children):
            for child in children:
                yield from leaves(child)


def conjuncts(node: Node) -> Iterator[Leaf]:
    """Give the conditions that every match must fulfil: what an index may be chosen by."""
    match node:
        case Leaf():
            yield node
        case All(children):
            for child in children:
                yield from conjuncts(child)


def _connect(connective: str, stack: list[Node]) -> Node:
    first = stack.pop()
    if connective == "!":
        return Not(first)
    second = stack.pop()
    if connective == "&":
        return All(tuple(_flat((first, second))))
    return Either((first, second))


def _flat(nodes: Iterator[Node] | tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, All):
            yield from node.children
        else:
            yield node


def _leaf(item: object, version: int) -> Node:
    match item:
        case [1, "=", 1]:
            return ALWAYS
        case [0, "=", 1]:
            return NEVER
        case [str() as path, str() as operator, value]:
            return Leaf(path, _operator(path, operator, value, version), value)
    if version >= STRICT_SINCE:
        raise OdooFault.value_error(f"Domain() invalid item in domain: {item!r}")
    if isinstance(item, list):
        raise OdooFault.value_error(f"Invalid leaf {tuple(item)!r}")
    raise OdooFault.type_error(f"{type(item).__name__!r} object is not subscriptable")


def _operator(path: str, operator: str, value: object, version: int) -> str:
    name = operator.lower()
    if name == "==" and version < STRICT_SINCE:
        raise OdooFault.value_error(f"Invalid leaf {(path, operator, value)!r}")
    name = _SAME.get(name, name)
    known = name in _OPERATORS or (name in ("any", "not any") and version >= 17)
    if not known:
        kind = "operator in condition" if version >= STRICT_SINCE else "leaf"
        raise OdooFault.value_error(f"Invalid {kind} {(path, operator, value)!r}")
    if name in ("in", "not in") and not isinstance(value, list) and version < STRICT_SINCE:
        raise OdooFault.value_error(f"Invalid domain term {(path, operator, value)!r}")
    return name


def _not_a_domain(domain: object, *, strict: bool) -> OdooFault:
    if strict:
        return OdooFault.type_error(f"Domain() invalid argument type for domain: {domain!r}")
    return OdooFault(
        "builtins.AssertionError",
        "Domains to normalize must have a 'domain' form: a list or tuple of domain components",
    )


def _malformed(domain: Domain, *, strict: bool) -> OdooFault:
    if strict:
        return OdooFault.value_error(f"Domain() malformed domain {domain!r}")
    return OdooFault("builtins.AssertionError", f"This domain is syntactically not correct: {domain!r}")
