"""What is printed when the program itself fails: where it happened, and not one value that it held.

Textual prints local variables, which may be a webhook's secret, an API key or a customer's address.
"""

from __future__ import annotations

import traceback

from rich.text import Text
from textual.worker import WorkerFailed

from odoo_poller_tui.i18n import _
from poller_core.display import display_safe

ADVICE = "odoo-poller's screen failed. The poller and its database are not affected. Please report this:"


def crash_report(error: BaseException) -> Text:
    """The traceback as harmless text without locals. The message of an unknown error may hold data, so only its type is told."""
    if isinstance(error, WorkerFailed):  # what failed in it is what one wants to know
        error = error.error
    lines = [_(ADVICE), ""]
    for frame in traceback.extract_tb(error.__traceback__):
        lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}")
    lines.append(type(error).__qualname__)
    return Text("\n".join(display_safe(line) for line in lines))
