"""The store: everything that is kept, behind a narrow interface. The only place with SQL.

``Store`` is what the loops and commands use; a second engine would offer the same parts. Reading for people is
``poller_core.readside``, which needs none of the writing half: so it is imported only when somebody writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poller_core.store.store import Store, wall_clock

__all__ = ["Store", "wall_clock"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from poller_core.store import store

        return getattr(store, name)
    raise AttributeError(name)
