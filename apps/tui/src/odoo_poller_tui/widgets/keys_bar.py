"""The keys at the bottom. Where they don't all fit, the way to the rest of them (or out of a dialog) stays in sight."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

KEPT = ("question_mark", "escape")
"""The first of these that is shown stands at the right end, before all others."""


class KeysBar(Footer):
    """Textual's footer with one key that is never cut off."""

    DEFAULT_CSS = """
    KeysBar FooterKey.-kept { dock: right; margin: 0 !important; padding: 0 0 0 1; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)

    def compose(self) -> ComposeResult:
        """Textual's keys."""
        keys = list(super().compose())
        shown = {key.key: key for key in keys if isinstance(key, FooterKey)}
        for name in KEPT:
            if name in shown:
                shown[name].add_class("-kept")
                break
        yield from keys
