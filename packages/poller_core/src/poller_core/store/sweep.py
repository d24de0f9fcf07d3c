"""What the daily reconcile of a connection saw, as ``walk.sweep`` keeps it: beside the reading, not part of the log."""

from __future__ import annotations

import msgspec


class Sweep(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many orders Odoo had, and what is wrong with them (empty for nothing).

    ``standstill``: nothing is read until another reconcile finds nothing wrong.
    """

    orders: int = 0
    problem: str = ""
    standstill: bool = False


_decoder = msgspec.json.Decoder(Sweep)


def encode_sweep(sweep: Sweep) -> str:
    """A sweep as the column has it."""
    return msgspec.json.encode(sweep).decode()


def sweep_from(text: str) -> Sweep:
    """The sweep of a column; an empty one before the first."""
    return _decoder.decode(text) if text else Sweep()


__all__ = ["Sweep", "encode_sweep", "sweep_from"]
