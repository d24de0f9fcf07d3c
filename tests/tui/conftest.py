"""English unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odoo_poller_tui.i18n import use_language


@pytest.fixture
def anyio_backend() -> str:
    """Textual runs on asyncio only."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("en")
