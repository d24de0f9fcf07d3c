"""Tests of the whole program against real Odoos, one at a time."""

from real_odoo_support import real_odoo

__all__ = ["real_odoo"]
