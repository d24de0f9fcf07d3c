"""The one kind of text field: a line that takes no control character and no more than it can use."""

from __future__ import annotations

from textual.widgets import Input


def typeable(text: str, limit: int) -> str:
    """``text`` without what no keyboard types, cut after ``limit`` characters."""
    return "".join(char for char in text[:limit] if char.isprintable())


class Line(Input):
    """An ``Input`` for plain text of at most ``limit`` characters, however it gets there: typed, pasted or set."""

    def __init__(
        self,
        value: str = "",
        placeholder: str = "",
        *,
        limit: int = 200,
        password: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        self._limit = limit
        super().__init__(
            typeable(value, limit), placeholder, password=password, compact=True, id=id, classes=classes
        )

    def replace(self, text: str, start: int, end: int) -> None:
        """Put in what of ``text`` is typeable."""
        super().replace(typeable(text, self._limit), start, end)

    def validate_value(self, value: str) -> str:
        """Nothing else gets in."""
        return typeable(value, self._limit)
