"""The second wall before the log: registered secrets and keys that sound like one never get through.

The first wall is that secrets travel as `Secret`, which shows itself to nobody. This one is for text that comes from
elsewhere: a server's error that quotes the key it was sent, an address with a password in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from poller_core.display import display_safe

if TYPE_CHECKING:
    from odoo_rpc.secret import Secret

MASK = "***"
_VALUE_LIMIT = 1000
_TRACE_LIMIT = 2000
_SCANNED = 16_384
_ITEMS = 20
_DEPTH = 3
# Shorter ones would be found inside ordinary words: masking those would spell the secret out.
_HEAD = 6
_SENSITIVE = re.compile(r"secret|passw|authori[sz]ation|credential|token|api_?key|(^|_)key$", re.IGNORECASE)


class Redactor:
    """Finds registered secrets in text. The cost depends on the text's length alone: about 0.05 µs a character."""

    def __init__(self) -> None:
        self._by_head: dict[str, frozenset[str]] = {}

    def register(self, secret: Secret) -> None:
        """Mask this secret from now on. Those under 6 characters are left to the first wall."""
        text = secret.reveal()
        if len(text) >= _HEAD:
            head = text[:_HEAD]
            self._by_head[head] = self._by_head.get(head, frozenset()) | {text}

    def scrub(self, text: str) -> str:
        """``text`` with every registered secret replaced by ``***``."""
        heads = self._by_head
        if not heads or len(text) < _HEAD:
            return text
        found = {
            window
            for start in range(len(text) - _HEAD + 1)
            if (window := text[start : start + _HEAD]) in heads
        }
        for head in found:
            # The longest first: one secret may begin like another.
            for secret in sorted(heads[head], key=len, reverse=True):
                text = text.replace(secret, MASK)
        return text

    def field(self, key: str, value: object) -> object:
        """A log field's value: masked where the key says so, else scrubbed, safe to show, and of bounded size."""
        if _SENSITIVE.search(key) and not isinstance(value, bool | None):
            return MASK
        return self._plain(value, _DEPTH)

    def traceback(self, text: str) -> str:
        """A traceback scrubbed and cut to its end, where the error stands; its lines are kept."""
        lines = map(display_safe, self.scrub(text[-_SCANNED:]).splitlines())
        return "\n".join(lines)[-_TRACE_LIMIT:]

    def _plain(self, value: object, depth: int) -> object:
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return display_safe(self.scrub(value[:_SCANNED]), _VALUE_LIMIT)
            case dict() if depth:
                pairs = list(value.items())[:_ITEMS]
                return {
                    display_safe(str(key), 100): self._nested(str(key), item, depth) for key, item in pairs
                }
            case list() | tuple() | set() | frozenset() if depth:
                return [self._plain(item, depth - 1) for item in list(value)[:_ITEMS]]
            case BaseException():
                return self._plain(f"{type(value).__name__}: {value}", depth)
            case _:
                return self._plain(str(value), depth)

    def _nested(self, key: str, value: object, depth: int) -> object:
        return MASK if _SENSITIVE.search(key) else self._plain(value, depth - 1)


__all__ = ["MASK", "Redactor"]
