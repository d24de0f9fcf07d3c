"""The keys at the bottom. Where they don't all fit, the way to the rest of them (or out of a dialog) stays in sight."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

KEPT = ("question_mark", "escape")
"""The first of these that is shown stands at the right end, before all others."""


class KeysBar(Footer):
    """Textual's footer with one key that is never left out, and none that is cut off."""

    DEFAULT_CSS = """
    KeysBar FooterKey.-kept { dock: right; margin: 0 !important; padding: 0 0 0 1; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)
        self._room = 0

    def compose(self) -> ComposeResult:
        """Those of Textual's keys that fit."""
        self._room = left = self.app.size.width
        keys = list(super().compose())
        shown = {key.key: key for key in keys if isinstance(key, FooterKey)}
        kept = next((shown[name] for name in KEPT if name in shown), None)
        if kept is not None:
            kept.add_class("-kept")
            left -= _width(kept)
        for key in keys:
            if isinstance(key, FooterKey) and key is not kept:
                left -= _width(key)
                key.display = left >= -1  # the last one needs no space after it
        yield from keys

    async def on_resize(self, event: events.Resize) -> None:
        """See again which ones fit."""
        if event.size.width != self._room:
            await self.recompose()


def _width(key: FooterKey) -> int:
    """As it is drawn, with the space before the next."""
    return cell_len(f"{key.key_display} {key.description} ")
