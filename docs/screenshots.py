"""Draw the screenshots of README and docs: ``make screenshots`` writes ``docs/images/*.svg``.

They show the screens as they are, over the small warehouse that their tests use, at its fixed moment. What Textual writes is made smaller,
and its links to a font elsewhere are taken out: a picture loads nothing.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import msgspec  # noqa: E402

from odoo_poller_tui.i18n import use_language  # noqa: E402
from poller_core.model import ConnectionStatus  # noqa: E402
from tui.driving import press, running  # noqa: E402
from tui.fake_backend import FakeBackend  # noqa: E402
from tui.warehouse import seeded_connections  # noqa: E402

PICTURES: dict[str, tuple[tuple[str, ...], tuple[int, int], str]] = {
    "dashboard": ((), (130, 38), "en"),
    "dashboard-light": (("ctrl+t",), (130, 38), "en"),
    "dashboard-es": ((), (80, 24), "es"),
    "dashboard-wide": ((), (200, 60), "en"),
    "connection": (("enter",), (120, 34), "en"),
    "connection-form": (("n",), (120, 34), "en"),
    "connection-test": (("t",), (100, 30), "en"),
    "retries": (("2", "space", "space"), (120, 24), "en"),
    "orders": (("3",), (120, 24), "en"),
    "logs": (("4",), (120, 24), "en"),
    "keys": (("question_mark",), (100, 34), "en"),
    "order": (("3", "enter"), (120, 24), "en"),
    "payload": (("2", "v"), (100, 30), "en"),
}


def lean(svg: str) -> str:
    """The picture with short names, without fonts from elsewhere and without a clipping path for each line."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<clipPath id="terminal-\d+-line-\d+">.*?</clipPath>\s*', "", svg, flags=re.DOTALL)
    svg = re.sub(r' clip-path="url\(#terminal-\d+-line-\d+\)"', "", svg)
    svg = re.sub(r"terminal-\d+-", "t-", svg)
    svg = re.sub(r'(?<==")(\d+\.\d\d)\d+(?=")', r"\1", svg)
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


def warehouse() -> FakeBackend:
    """The tests' warehouse, with names only that every browser's font has at its width."""
    return FakeBackend(statuses=[_latin(status) for status in seeded_connections()])


def _latin(status: ConnectionStatus) -> ConnectionStatus:
    if all(ord(char) < 0x250 for char in status.connection.name):
        return status
    connection = msgspec.structs.replace(status.connection, name="Óptica Austral", odoo_db="optica-austral")
    return msgspec.structs.replace(status, connection=connection)


async def draw(folder: Path) -> None:
    """Draw all of them."""
    for name, (keys, size, language) in PICTURES.items():
        use_language("es" if language == "es" else "en")
        async with running(warehouse(), size=size) as pilot:
            await press(pilot, *keys)
            svg = lean(pilot.app.export_screenshot(title="odoo-poller"))
        await asyncio.to_thread((folder / f"{name}.svg").write_text, svg, encoding="utf-8")
        print(f"docs/images/{name}.svg")


if __name__ == "__main__":
    (ROOT / "docs" / "images").mkdir(parents=True, exist_ok=True)
    asyncio.run(draw(ROOT / "docs" / "images"))
