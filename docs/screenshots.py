"""Draw the screenshots of README and docs: ``python docs/screenshots.py`` writes ``docs/images/*.svg``.

They show the screens as they are, over the small warehouse that their tests use, at its fixed moment.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from odoo_poller_tui.i18n import use_language  # noqa: E402
from tui.driving import press, running  # noqa: E402

PICTURES: dict[str, tuple[tuple[str, ...], tuple[int, int], str]] = {
    "dashboard": ((), (130, 38), "en"),
    "dashboard-light": (("ctrl+t",), (130, 38), "en"),
    "dashboard-es": ((), (80, 24), "es"),
    "connection-form": (("n",), (120, 30), "en"),
    "connection-test": (("t",), (100, 30), "en"),
    "retries": (("2", "space", "space"), (120, 24), "en"),
    "order": (("3", "enter"), (120, 24), "en"),
    "payload": (("2", "v"), (100, 30), "en"),
}


async def draw(folder: Path) -> None:
    """Draw all of them."""
    for name, (keys, size, language) in PICTURES.items():
        use_language("es" if language == "es" else "en")
        async with running(size=size) as pilot:
            await press(pilot, *keys)
            svg = pilot.app.export_screenshot(title="odoo-poller")
        await asyncio.to_thread((folder / f"{name}.svg").write_text, svg, encoding="utf-8")
        print(folder / f"{name}.svg")


if __name__ == "__main__":
    (ROOT / "docs" / "images").mkdir(parents=True, exist_ok=True)
    asyncio.run(draw(ROOT / "docs" / "images"))
