"""The log, listened to: no line of it may tell a secret, and none may say that the program broke."""

from __future__ import annotations

import sys
from typing import Any

from simulation.failure import Violation

BROKE = ("poll broke", "attempt broke")


class Listening:
    """Takes the place of the core's log."""

    def __init__(self) -> None:
        self.lines = 0

    def bind(self, **_fields: object) -> Listening:
        """The same ears."""
        return self

    def debug(self, event: str, /, **fields: Any) -> None:
        """Hear one line."""
        self.lines += 1
        text = f"{event} {fields}"
        if "S3CRET" in text:
            raise Violation(f"a secret in the log: {event}")
        if event in BROKE:
            raise Violation(f"the program broke: {text}") from sys.exc_info()[1]

    info = warning = error = debug


__all__ = ["BROKE", "Listening"]
