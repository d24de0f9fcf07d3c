"""A stand-in for Odoo to test against: it answers as real ones do, traps included, in memory or over HTTP.

    fake = FakeOdoo(19)
    order = fake.add_order(fake.add_partner("Ana Rojas"), note="Dejar en conserjería")
    odoo = await connect("https://odoo.test", fake.db, fake.username, fake.api_key, exchange=AsgiExchange(fake.asgi()))

What it does was measured on real Odoo 14.0 and 19.0, and one suite of contract tests runs on it and on them.
"""

from odoo_rpc.testing import faults
from odoo_rpc.testing.asgi import Application
from odoo_rpc.testing.chilean_shop import chile
from odoo_rpc.testing.database import Snapshot
from odoo_rpc.testing.deeds import Tx, When
from odoo_rpc.testing.errors import OdooFault, RowLocked
from odoo_rpc.testing.exchange import AsgiExchange
from odoo_rpc.testing.fake import FakeOdoo
from odoo_rpc.testing.sales import Line
from odoo_rpc.testing.schema import Group
from odoo_rpc.testing.server import FakeServer
from odoo_rpc.testing.serving import serve

__all__ = [
    "Application",
    "AsgiExchange",
    "FakeOdoo",
    "FakeServer",
    "Group",
    "Line",
    "OdooFault",
    "RowLocked",
    "Snapshot",
    "Tx",
    "When",
    "chile",
    "faults",
    "serve",
]
