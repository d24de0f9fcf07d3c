"""Look at everything that the poller needs and say what is wrong with it and how to mend it. Changes nothing.

No finding holds a secret: of the key only its id, of a URL only its host.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from poller_core.doctor import machine, network, stored
from poller_core.reports import Finding
from poller_core.settings import Settings

OnFinding = Callable[[Finding], None]


async def examine(
    settings: Settings, *, environ: Mapping[str, str] | None = None, on_finding: OnFinding | None = None
) -> list[Finding]:
    """Every finding, in the order of the examination; ``on_finding`` hears of each as it is made. Never raises for what is wrong."""
    findings: list[Finding] = []

    def found(finding: Finding) -> None:
        findings.append(finding)
        if on_finding is not None:
            on_finding(finding)

    for finding in _here(settings, os.environ if environ is None else environ):
        found(finding)
    seen = stored.database(settings, found)
    if seen is not None:
        stored.key(settings, seen, found)
        await network.everywhere(settings, [item.connection for item in seen.connections], found)
    return findings


def _here(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    yield from machine.environment(environ)
    yield machine.sqlite()
    yield machine.open_files()
    yield from machine.place(settings, environ)
    yield from machine.permissions(settings)
    yield machine.lock(settings)


__all__ = ["OnFinding", "examine"]
