"""One database from its first connection to its last, every command on it, held against a file that a person has read.

The Odoos and the receiver are the demo's stand-ins on loopback, and the clock is the machine's: what is another each time
(moments, durations, ports, ids) is masked. What stands still, and how it is laid out, is in ``test_transcripts``.
"""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal

from cli.running import Ran
from odoo_poller.demo_world import KEY, SECRET, World, world
from odoo_poller.session import Session

FILE = Path(__file__).parent / "transcripts" / "travel.txt"
JUSTE = "--name 'Le Juste' --odoo-db lejuste --store-id s1 --client-id c1 --sync-from all"
SUR = "--name 'Comercial Sur' --odoo-db sur --store-id s2 --client-id c1 --sync-from 2100-01-01"
SECRETS = "--odoo-username admin --api-key - --webhook-secret -"
PLACES = "--odoo-url {odoo} --webhook-url {hook}"

CALLS = [
    "status",
    f"connections add {JUSTE} {PLACES} {SECRETS}",
    f"connections add {SUR} {PLACES} {SECRETS} --json",
    "connections test 'Le Juste'",
    "connections test 'Comercial Sur' --json",
    "poll 'Le Juste'",
    "poll 'Comercial Sur'",
    "poll 'Comercial Sur' --json",
    "retries list --json",
    "deliver",
    "deliver --json",
    "orders list",
    "orders list odoo_lejuste_4 --json",
    "orders show odoo_lejuste_4",
    "orders show odoo_lejuste_4 --json",
    "orders show odoo_lejuste_3 --payload",
    "retries list --status ALL",
    "retries show odoo_lejuste_4 --json",
    "reconcile 'Le Juste' --since all",
    "reconcile 'Comercial Sur' --since all",
    "connections edit 'Comercial Sur' --sync-from all",
    "reconcile 'Comercial Sur' --since all",
    "reconcile 'Comercial Sur' --since all --fix --json",
    "deliver",
    "reconcile 'Comercial Sur' --since all --json",
    "connections edit 'Comercial Sur' --polling-interval 30 --json",
    "connections edit 'Comercial Sur' --webhook-url http://127.0.0.1:9/nowhere --webhook-secret -",
    "connections pause 'Comercial Sur'",
    "connections resume 'Comercial Sur' --json",
    "connections pause 'Comercial Sur' --json",
    "connections resume 'Comercial Sur'",
    "connections rotate-secret 'Comercial Sur'",
    "connections rotate-secret 'Comercial Sur' --json",
    "connections list",
    "connections list --json",
    "connections show 'Le Juste'",
    "connections show 'Le Juste' --json",
    "connections export 'Comercial Sur'",
    "connections export 'Comercial Sur' --json",
    "connections remove 'Comercial Sur' --yes --json",
    "connections apply {folder}/wanted.toml --dry-run",
    "connections apply {folder}/wanted.toml --dry-run --json",
    "connections apply {folder}/wanted.toml --yes",
    "connections apply {folder}/wanted.toml --yes",
    "connections apply {folder}/more.toml --yes --prune --json",
    "connections remove Nueva --yes",
    "status",
    "status --json",
    "logs -n 2",
    "logs -n 1 --json",
    "events -n 3",
    "events -n 1 --json",
    "retries retry odoo_lejuste_4",
    "retries retry --all --yes --json",
    "retries discard --all --yes --json",
    "retries discard --all --yes",
    "db check",
    "db check --json",
    "db backup {folder}/copy.db",
    "db backup {folder}/second.db --json",
    "db prune --older-than 1 --dry-run",
    "db prune --older-than 1 --yes --json",
    "db restore {folder}/copy.db --yes",
    "db restore {folder}/copy.db --yes --json",
    "projections rebuild",
    "projections rebuild --json",
    "doctor",
    "doctor --json",
    "completion fish",
    "completion fish --json",
    "tui",
    "tui --json",
]
MASKS = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"\b[0-9a-f]{16}\b", "ID"),
    (r"\bkey [0-9a-f]{8}\b", "key KEY"),
    (r"127\.0\.0\.1:\d{4,5}\b", "127.0.0.1:PORT"),
    (r"(?:20\d\d-)?\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?|\b\d\d:\d\d:\d\d\b|\b20\d\d-\d\d-\d\d\b", "WHEN"),
    (r"\.replaced-[\d-]+", ".replaced-WHEN"),
    (r"\b\d+(?:\.\d)? m?s\b(?: ago)?|(?:(?<=  )|^)now\b", "SPAN"),
    (r',\n {8}"duration_ms": \d+', ""),  # of an event, which leaves it out where it is 0
    (r'("(?:duration_ms|elapsed_ms|bytes|position|digest|next_at)": )[^,\n]+', r"\1…"),
    (r"^ +\d+(?=  WHEN)", "POSITION"),
    (r"(?<=\S)  +", "  "),
]
OF_THE_MACHINE = ("variables", "SQLite", "open files", "filesystem", "disk space", "permissions")


@pytest.fixture
def shops() -> Iterator[World]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(world()) as made:
        yield made


@pytest.fixture
def places(shops: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Addresses and files by the names that the calls have for them; the clock is the machine's."""
    monkeypatch.setattr(Session, "now", property(lambda _session: time.time_ns() // 1_000_000))
    monkeypatch.setenv("POLLER_ALLOWED_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("POLLER_ODOO_MIN_INTERVAL_MS", "0")
    monkeypatch.setenv("POLLER_BACKOFF_BASE_SECONDS", "0.001")
    monkeypatch.setenv("NUEVA_KEY", KEY)
    monkeypatch.setenv("COLUMNS", "120")
    juste, sur = shops.shops
    wanted = (
        '[[connections]]\nname = "Nueva"\nodoo_db = "nueva"\nodoo_username = "bot"\napi_key_env = "NUEVA_KEY"\n'
        f'store_id = "s3"\nclient_id = "c1"\nodoo_url = "{sur.url}"\nwebhook_url = "{shops.webhook_url}"\n'
    )
    (tmp_path / "wanted.toml").write_text(wanted)
    (tmp_path / "more.toml").write_text(wanted.replace("s3", "s4"))
    return {"lejuste": juste.url, "sur": sur.url, "hook": shops.webhook_url, "folder": str(tmp_path)}


def test_says_what_the_transcript_says(
    run: Callable[..., Ran], places: dict[str, str], request: pytest.FixtureRequest
) -> None:
    said = ""
    for line in CALLS:
        odoo = places["sur" if "--odoo-db sur" in line else "lejuste"]
        words = shlex.split(line.format(odoo=odoo, **places))
        secrets = f"{KEY}\n{SECRET}\n" if "--api-key -" in line else f"{SECRET}\n"
        said += transcript(line, run(*words, stdin=secrets), places["folder"])
    if request.config.getoption("--transcripts"):
        FILE.write_text(said, "utf-8")
    assert said == FILE.read_text("utf-8")


def transcript(line: str, ran: Ran, folder: str) -> str:
    out = ran.out.replace(folder, "FOLDER")
    if line.startswith("doctor"):
        out = without_the_machine(out)
    talk = "".join(f"2> {text}\n" for text in ran.err.replace(folder, "FOLDER").splitlines())
    code = f"[exit {ran.code}]\n" if ran.code else ""
    text = out + talk + code
    for pattern, mask in MASKS:
        text = re.sub(pattern, mask, text, flags=re.MULTILINE)
    return f"$ odoo-poller {line}\n{text}\n"


def without_the_machine(text: str) -> str:
    """Only what the doctor says of the database and its connections."""
    if text.startswith("["):
        ours = [finding for finding in json.loads(text) if finding["topic"] not in OF_THE_MACHINE]
        return json.dumps(ours, indent=2) + "\n"
    kept, here = [], False
    for line in text.splitlines(keepends=True):
        if line[0] in "✓✗":
            here = not line[2:].startswith(OF_THE_MACHINE)
        kept += [line] if here else []
    return "".join(kept)
