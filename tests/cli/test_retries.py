from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.running import Ran


def states(run: Callable[..., Ran]) -> dict[str, str]:
    return {row["external_id"]: row["status"] for row in run("orders", "list", "--json").data}


def test_a_failed_order_is_sent_again_and_the_reason_is_recorded(
    run: Callable[..., Ran], database: Path
) -> None:
    said = run("retries", "retry", "odoo_lejuste_44", "--reason", "receiver mended", "--json")
    assert said.data == {"retried": 1}
    assert states(run)["odoo_lejuste_44"] == "PENDING"
    last = run("orders", "show", "odoo_lejuste_44", "--json").data["events"][-1]
    assert last["type"] == "DeliveryRequeued"
    assert last["data"] == last["data"] | {"reason": "receiver mended", "by": "cli"}


def test_orders_are_named_by_row_number_external_id_or_number(
    run: Callable[..., Ran], database: Path
) -> None:
    for name in ("12", "odoo_lejuste_44", "S00044"):
        assert run("retries", "show", name, "--json").data["id"] == 12
    assert run("retries", "show", "44", "--json").data["id"] == 12


def test_a_filter_counts_before_it_acts(run: Callable[..., Ran], database: Path) -> None:
    assert run("retries", "retry", "--all", "--dry-run", "--json").data == {"would_retry": 1}
    assert run(
        "retries", "discard", "--status", "PENDING", "--status", "FAILED", "--dry-run", "--json"
    ).data == {"would_discard": 3}
    assert states(run)["odoo_lejuste_44"] == "FAILED"


def test_a_filter_asks_and_without_anybody_to_ask_needs_a_yes(
    run: Callable[..., Ran], database: Path
) -> None:
    said = run("retries", "retry", "--connection", "Le Juste")
    assert said.code == 2
    assert said.err == (
        "error: Send an order again now? There is nobody to ask here: give --yes (see odoo-poller retries retry --help)\n"
    )
    assert run("retries", "retry", "--connection", "Le Juste", "--yes", "--json").data == {"retried": 1}


def test_nothing_is_meant_by_nothing(run: Callable[..., Ran], database: Path) -> None:
    assert run("retries", "discard").code == 2


def test_discarded_orders_can_be_taken_back(run: Callable[..., Ran], database: Path) -> None:
    run("retries", "discard", "S00044", "--reason", "picked by hand", "--yes")
    assert states(run)["odoo_lejuste_44"] == "DISCARDED"
    assert run("retries", "discard", "S00044", "--yes").code == 2
    run("retries", "retry", "S00044")
    assert states(run)["odoo_lejuste_44"] == "PENDING"


def test_one_name_that_cannot_be_changed_stops_all(run: Callable[..., Ran], database: Path) -> None:
    said = run("retries", "retry", "S00044", "S00042", "--yes")
    assert said.code == 2
    assert "odoo_lejuste_42 is SUCCESS: nothing was changed" in said.err
    assert states(run)["odoo_lejuste_44"] == "FAILED"


@pytest.mark.parametrize(("since", "found"), [("5min", 1), ("1h", 3), ("today", 3), ("2026-11-24T00:52", 1)])
def test_since_chooses_by_when_they_were_captured(
    since: str, found: int, run: Callable[..., Ran], database: Path
) -> None:
    assert len(run("retries", "list", "--since", since, "--json").data) == found


def test_without_a_poller_the_next_step_is_told(run: Callable[..., Ran], database: Path) -> None:
    assert run("retries", "retry", "S00044").err.splitlines() == [
        "An order is sent again.",
        "  → no poller is running: odoo-poller deliver sends them now",
    ]
