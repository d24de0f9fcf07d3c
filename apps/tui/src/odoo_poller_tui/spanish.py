"""Spanish, by the English text that stands in the source."""

SPANISH: dict[str, str] = {}
