"""The core of odoo-poller: event log, outbox, projections, pure decisions and the loops that perform them."""

__all__: list[str] = []
