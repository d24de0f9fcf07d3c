"""A string that doesn't show itself: not in a repr, a log line, an f-string, a traceback or an encoded structure."""

from __future__ import annotations

import hmac
from typing import NoReturn, final

_MASK = "***"


@final
class Secret:
    """An API key or password. `reveal()` is the only way to its text.

    Equal to another Secret with the same text (compared in constant time), not hashable, not picklable, and no
    encoder knows it: a Secret that slips into a document raises there instead of being written.
    """

    __hash__ = None  # type: ignore[assignment]  # as a dict key it would be compared in variable time
    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def of(cls, value: Secret | str) -> Secret:
        """`value` itself where it is one already."""
        return value if isinstance(value, Secret) else cls(value)

    def reveal(self) -> str:
        """The text. Hand it straight to what needs it; don't keep it."""
        return self._text

    def __repr__(self) -> str:
        return _MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret can't be pickled or copied")
