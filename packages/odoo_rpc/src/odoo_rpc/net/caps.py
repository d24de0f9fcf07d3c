"""How much of an answer is read at most. Without caps one peer could fill the memory that all tenants share."""

from dataclasses import dataclass

HEADER_BYTES = 64 * 1024
"""All header names and values of one answer, informational answers and trailers included, in bytes."""

HEADER_COUNT = 200
"""Header lines of one answer, informational answers and trailers included."""


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits of an answer's body, in bytes: `raw` as it comes over the wire, `decoded` after gzip.

    Compression is asked for only where `decoded` exceeds `raw`: equal caps mean the answer must come as it is.
    """

    raw: int
    decoded: int

    @property
    def gzip(self) -> bool:
        """Whether a compressed answer is asked for and accepted."""
        return self.decoded > self.raw


ODOO_CAPS = Caps(raw=8 * 1024 * 1024, decoded=32 * 1024 * 1024)
"""For answers of Odoo."""

WEBHOOK_CAPS = Caps(raw=64 * 1024, decoded=64 * 1024)
"""For answers of webhook receivers, of which nothing but the status matters much."""
