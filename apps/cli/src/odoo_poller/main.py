"""The root of the command line: every command's name, its one-line help and where it lies, none of them imported."""

from __future__ import annotations

import click

from odoo_poller import __version__
from odoo_poller.command import Entry, LazyGroup, Option
from odoo_poller.terminal import print_page

START, LOOK, MEND, KEEP = "Start here", "See what happens", "Mend and prove", "Keep"

ENTRIES = {
    "demo": Entry("see it work, with a local Odoo and a local receiver", "odoo_poller.demo:demo", START),
    "connections": Entry(
        "the merchants' Odoo databases and where their orders go",
        "odoo_poller.connections:connections",
        START,
    ),
    "run": Entry("poll and deliver until stopped", "odoo_poller.run:run", START),
    "tui": Entry("open the screens", "odoo_poller.tui:tui", START),
    "status": Entry("what is well, what is not, and what to do", "odoo_poller.status:status", LOOK),
    "orders": Entry("find an order and see its whole life", "odoo_poller.orders:orders", LOOK),
    "logs": Entry("every cycle of every connection", "odoo_poller.logs:logs", LOOK),
    "events": Entry("the event log", "odoo_poller.events:events", LOOK),
    "poll": Entry("one full cycle now", "odoo_poller.cycles:poll", MEND),
    "deliver": Entry("one attempt now for everything due", "odoo_poller.cycles:deliver", MEND),
    "retries": Entry("orders that wait, failed or were discarded", "odoo_poller.retries:retries", MEND),
    "reconcile": Entry(
        "prove that every order of Odoo was delivered", "odoo_poller.reconcile:reconcile", MEND
    ),
    "doctor": Entry("what is wrong on this machine, and how to mend it", "odoo_poller.doctor:doctor", MEND),
    "db": Entry("check, back up, restore and prune the database", "odoo_poller.db:db", KEEP),
    "projections": Entry(
        "build the tables anew from the events", "odoo_poller.projections:projections", KEEP
    ),
    "completion": Entry(
        "complete commands and names in your shell", "odoo_poller.completion:completion", KEEP
    ),
}

HELP = """
Take every confirmed sale order out of Odoo and deliver it to a webhook, at least once, whatever happens.

Exit codes: 0 done, 1 failed, 2 wrong usage, 73 disk full, 74 database unusable, 75 another poller holds the database,
78 key unusable, 130 stopped by Ctrl-C.
"""


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        print_page(f"odoo-poller {__version__}")
        ctx.exit()


cli = LazyGroup(
    name="odoo-poller",
    help=HELP,
    entries=ENTRIES,
    examples=["odoo-poller demo", "odoo-poller connections add", "odoo-poller status --watch"],
    variables=[
        ("POLLER_SECRET_KEY", "the key that locks API keys and webhook secrets (default: the file DB.key)")
    ],
    params=[
        Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help="Show the version and exit.",
        )
    ],
)
