"""Real output of each command on one database, held against files that were read by a person.

``pytest tests/cli/test_transcripts.py --transcripts`` writes the files anew: read the difference before committing it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.running import Ran

FOLDER = Path(__file__).parent / "transcripts"

CALLS = {
    "status": [
        ("status", {}),
        ("status", {"width": 80}),
        ("status", {"width": 40}),
        ("status", {"width": 200}),
        ("status --absolute", {"width": 80}),
        ("status", {"width": 80, "POLLER_LANG": "es"}),
        ("status --color always", {"width": 80}),
    ],
    "connections": [
        ("connections list", {}),
        ("connections list", {"width": 80}),
        ("connections list", {"width": 40}),
        ("connections show 'Le Juste'", {"width": 80}),
        ("connections show 'Comercial Sur'", {"width": 80, "POLLER_LANG": "es"}),
        ("connections export", {}),
        ("connections export 'Le Juste' --with-secrets", {}),
    ],
    "orders": [
        ("orders list", {"width": 80}),
        ("orders list", {"width": 40}),
        ("orders list OC-45", {}),
        ("orders list --status REJECTED", {"width": 200}),
        ("orders show odoo_lejuste_42", {"width": 80}),
        ("orders show S00044", {"width": 80}),
        ("orders show 43", {"width": 80, "POLLER_LANG": "es"}),
        ("orders show S00045", {"width": 80}),
        ("orders show S00046", {}),
        ("orders show S00041 --payload", {}),
    ],
    "retries": [
        ("retries list", {"width": 80}),
        ("retries list", {"width": 40}),
        ("retries list --status ALL --absolute", {"width": 200}),
        ("retries list --connection 'Comercial Sur'", {}),
        ("retries show S00044", {"width": 80}),
        ("retries retry --connection 'Le Juste' --dry-run", {"width": 80}),
        ("retries discard --status PENDING --dry-run", {"width": 80, "POLLER_LANG": "es"}),
        ("retries retry S00044 --reason 'receiver mended'", {}),
        ("retries retry S00044 --json", {}),
        ("retries discard S00044 --reason 'picked by hand' --yes", {}),
        ("retries discard S00043 --yes --json", {}),
    ],
    "log": [
        ("logs", {"width": 80}),
        ("logs", {"width": 40}),
        ("logs 'Comercial Sur' --errors --absolute", {"width": 200}),
        ("events --limit 100", {"width": 80}),
        ("events --limit 100", {"width": 200, "POLLER_LANG": "es"}),
        ("events --after 3 -n 2 --type OrderFetched", {}),
    ],
    "mistakes": [
        ("", {}),
        ("stauts", {}),
        ("status --whatch", {}),
        ("status now", {"POLLER_LANG": "es"}),
        ("connections show 'Le Just'", {}),
        ("orders show S99999", {}),
        ("orders list --limit 0", {}),
        ("orders list --status LOST", {}),
        ("retries list --since tomorrow", {}),
        ("retries retry", {}),
        ("retries retry S00041 --yes", {}),
        ("retries discard --connection 'Le Juste'", {}),
        ("connections add --name X", {}),
        ("connections add --api-key k3y", {}),
        ("connections edit 'Le Juste'", {}),
        ("connections edit 'Le Juste' --polling-interval 0", {}),
        ("connections edit 'Le Juste' --odoo-url https://other.odoo.com", {}),
        ("connections remove 'Le Juste' --yes", {}),
        ("reconcile 'Le Juste' --since yesterday", {}),
        ("status", {"POLLER_OVERLAP_SECONDS": "soon"}),
        ("status --db /nowhere/at.all", {}),
    ],
}


@pytest.mark.parametrize("name", CALLS)
def test_says_what_the_transcript_says(
    name: str, run: Callable[..., Ran], database: Path, request: pytest.FixtureRequest
) -> None:
    said = "".join(_transcript(run(*shlex.split(line), **how), line, how) for line, how in CALLS[name])
    said = said.replace(str(database), "poller.db")
    file = FOLDER / f"{name}.txt"
    if request.config.getoption("--transcripts"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(said, "utf-8")
    assert said == file.read_text("utf-8")


def _transcript(ran: Ran, line: str, how: dict[str, object]) -> str:
    variables = "".join(f"{key}={value} " for key, value in how.items() if key != "width")
    room = f"  # {how['width']} columns" if "width" in how else ""
    code = f"[exit {ran.code}]\n" if ran.code else ""
    talk = "".join(f"2> {text}\n" for text in ran.err.splitlines())
    out = ran.out.replace("\x1b", "␛")
    return f"$ {variables}odoo-poller {line}{room}\n{out}{talk}{code}\n"
