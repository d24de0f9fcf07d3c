"""Every async test runs on both event loops."""

import pytest

from real_odoo_support import real_odoo

__all__ = ["real_odoo"]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return request.param
