"""Getting in, and being kept out."""

import pytest

from contract.backends import Backend
from odoo_rpc import AuthenticationFailed, UnknownDatabase

pytestmark = pytest.mark.anyio


async def test_the_server_says_its_version_and_time(odoo: Backend) -> None:
    async with odoo.client() as client:
        assert client.version == (odoo.version, 0)
        assert client.session.protocol == odoo.protocol
        assert client.server_date is not None


async def test_the_right_key_gives_a_user_id(odoo: Backend) -> None:
    async with odoo.client() as client:
        assert await client.authenticate() > 0
        assert await client.search_count("res.country", [["code", "=", "CL"]]) == 1


async def test_a_wrong_key_is_refused_at_sign_in_and_on_a_call(odoo: Backend) -> None:
    async with odoo.client(key="wrong") as client:
        with pytest.raises(AuthenticationFailed):
            await client.authenticate()
        with pytest.raises(AuthenticationFailed):
            await client.search_count("res.country", [])


async def test_an_unknown_database_is_told_from_a_wrong_key(odoo: Backend) -> None:
    async with odoo.client(db="nosuchdb") as client:
        with pytest.raises(UnknownDatabase):
            await client.search_count("res.country", [])
