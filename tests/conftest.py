"""What every folder of tests shares. A session has one turn at a real Odoo, so its fixture must exist once only."""

from real_odoo_support import real_odoo

__all__ = ["real_odoo"]
