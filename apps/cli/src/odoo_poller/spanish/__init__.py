"""The Spanish of the command line."""

from __future__ import annotations

CATALOGUE: dict[str, str] = {}
