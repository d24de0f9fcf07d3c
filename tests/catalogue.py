"""Reads a package's source for the texts it shows and holds them against a catalogue of Spanish ones.

``problems("src/odoo_poller", SPANISH)`` is empty when every template given to ``_``, ``_.count``, ``Phrase`` or one of
``names`` is in the catalogue, nothing in the catalogue is unused, and both sides have the same placeholders.
"""

import ast
import string
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

NAMES = ("_", "Phrase")


def used_texts(package: Path, names: Iterable[str] = NAMES) -> set[str]:
    """Every literal template that the package's modules hand to a function of one of these names."""
    known = frozenset(names)
    return {
        text
        for module in sorted(package.rglob("*.py"))
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for text in _templates(node, known)
    }


def problems(
    package: Path,
    catalogue: Mapping[str, str],
    names: Iterable[str] = NAMES,
    unused_allowed: Iterable[str] = (),
) -> list[str]:
    """One line for each text that is missing, unused, empty or differs in its placeholders; sorted."""
    used = used_texts(package, names)
    missing = [f"missing: {text!r}" for text in used - catalogue.keys()]
    unused = [f"unused: {text!r}" for text in catalogue.keys() - used - set(unused_allowed)]
    differing = [
        f"placeholders differ: {english!r} and {spanish!r}"
        for english, spanish in catalogue.items()
        if placeholders(english) != placeholders(spanish)
    ]
    empty = [f"empty: {english!r}" for english, spanish in catalogue.items() if not spanish.strip()]
    return sorted(missing + unused + differing + empty)


def placeholders(template: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _templates(call: ast.Call, known: frozenset[str]) -> Iterator[str]:
    match call.func:
        case ast.Name(id=name) if name in known:
            yield from _literals(call.args[:1])
        case ast.Attribute(attr=name) if name in known:
            yield from _literals(call.args[:1])
        case ast.Attribute(attr="count", value=ast.Name(id=name) | ast.Attribute(attr=name)) if name in known:
            yield from _literals(call.args[1:3])


def _literals(arguments: list[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        match argument:
            case ast.Constant(value=str(text)):
                yield text
            case ast.IfExp(body=body, orelse=orelse):
                yield from _literals([body, orelse])
