"""``doctor``: looks at this machine, the database, the key, and the way to each Odoo and receiver."""

from __future__ import annotations

from typing import Any

from odoo_poller import diagnostics
from odoo_poller.command import command
from odoo_poller.i18n import _, plural
from odoo_poller.output import Output
from odoo_poller.progress import waited_for
from odoo_poller.session import Session, with_session


@command(
    "doctor",
    help="""
    Look at this machine, the database, the key, the clock, and the way to each Odoo and each receiver, and say what is
    wrong and how to mend it.

    Changes nothing. Exit code 1 if something is wrong.
    """,
    examples=["odoo-poller doctor", "odoo-poller doctor --json | jq '.[] | select(.ok | not)'"],
)
@with_session
def doctor(session: Session) -> int:
    """Examine."""
    from poller_core import app

    findings: list[Any] = waited_for(_("Examining"), lambda _step: app.examine(session.settings))
    if session.json:
        session.out.data(
            [{"topic": f.topic, "ok": f.ok, "text": f.text, "remedy": f.remedy or None} for f in findings]
        )
    else:
        draw(session.out, findings)
    wrong = sum(not finding.ok for finding in findings)
    if not session.json:
        good = _("All is well.")
        diagnostics.say(plural(wrong, "One thing is wrong.", "{n} things are wrong.") if wrong else good)
    return diagnostics.FAILED if wrong else diagnostics.DONE


def draw(out: Output, findings: list[Any]) -> None:
    """Draw the findings, each with its remedy below it."""
    wide = max((len(_(finding.topic)) for finding in findings), default=0)
    for finding in findings:
        sign = ("✓ ", "good") if finding.ok else ("✗ ", "bad")
        topic = (f"{_(finding.topic):<{wide}}  ", "bold")
        out.sentence(sign, topic, (_(finding.text), "" if finding.ok else "bad"), hang=wide + 4)
        if finding.remedy:
            out.sentence((" " * (wide + 4) + "→ ", "dim"), (_(finding.remedy), "accent"), hang=wide + 6)
