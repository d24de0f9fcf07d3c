"""How a simulation fails."""

from __future__ import annotations


class Violation(BaseException):
    """An invariant does not hold. No ``Exception``: the loops survive those, and would swallow it."""


class Failed(AssertionError):
    """A seed that failed, with what is needed to see it again."""


__all__ = ["Failed", "Violation"]
