"""The Spanish of the command line, by English text."""

from __future__ import annotations

from odoo_poller.spanish.helps import HELPS
from odoo_poller.spanish.messages import MESSAGES
from odoo_poller.spanish.options import OPTIONS

CATALOGUE: dict[str, str] = {**HELPS, **OPTIONS, **MESSAGES}

__all__ = ["CATALOGUE"]
