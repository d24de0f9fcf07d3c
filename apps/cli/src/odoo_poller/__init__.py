"""The operators' command line. It parses, calls ``poller_core`` and prints; it decides nothing and knows no SQL."""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]
