"""Questions at a real terminal: a pseudo-terminal plays the person."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.running import Ran

ADD = [
    "connections", "add", "--odoo-db", "nueva", "--odoo-username", "bot", "--store-id", "s", "--client-id", "c", "--no-check",
]  # fmt: skip
WEBHOOK = "https://stockmaster.notorios.cl/api/webhooks/odoo"


PATIENCE = 60.0  # s, that a person waits for a program to go on


class Person:
    """Reads what a program asks on a terminal of 80 columns, and types."""

    def __init__(self, arguments: list[str]) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ["COLUMNS"] = "80"
            os.execv(sys.executable, [sys.executable, "-m", "odoo_poller", *arguments])
        self.seen = ""

    def sees(self, text: str) -> None:
        """Wait for a text on the screen."""
        while text not in self.seen:
            assert self._reads(PATIENCE), f"never saw {text!r}, but: {self.seen!r}"

    def types(self, text: str) -> None:
        """Type a line."""
        os.write(self.terminal, text.encode() + b"\n")

    def interrupts(self) -> None:
        """Press Ctrl-C as people do, again until it is heeded.

        Python's readline looks for signals only where one breaks its wait: one that comes between the question's last
        letter and the wait is heeded with the next.
        """
        for _ in range(round(PATIENCE)):
            os.write(self.terminal, b"\x03")
            with contextlib.suppress(TimeoutError):
                while self._reads(1.0):
                    pass
                return

    def leaves(self) -> int:
        """Wait for the end; return the exit code."""
        while self._reads(PATIENCE):
            pass
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _reads(self, patience: float) -> bool:
        """Take what has come; say whether there may be more. Raises TimeoutError."""
        if not select.select([self.terminal], [], [], patience)[0]:
            raise TimeoutError(f"nothing for {patience} s after: {self.seen!r}")
        try:
            got = os.read(self.terminal, 4096)
        except OSError:  # Linux says so that nobody holds the other end any more.
            return False
        self.seen += got.decode()
        return bool(got)


@pytest.fixture
def person() -> Callable[..., Person]:
    return lambda *arguments: Person(list(arguments))


def test_add_asks_for_what_was_not_said_and_again_for_what_cannot_be(
    person: Callable[..., Person], run: Callable[..., Ran], database: Path
) -> None:
    somebody = person(*ADD)
    somebody.sees("Name: ")
    somebody.types("Nueva")
    somebody.sees("Odoo URL: ")
    somebody.types("nueva.odoo.com")
    somebody.sees("must begin with https://")
    somebody.types("https://nueva.odoo.com")
    somebody.sees(f"Webhook URL: [{WEBHOOK}] ")
    somebody.types("")
    somebody.sees("API key (hidden): ")
    somebody.types("s3cr3t")
    somebody.sees("Nueva is added")
    assert somebody.leaves() == 0
    assert "s3cr3t" not in somebody.seen
    assert run("connections", "show", "Nueva", "--json").data["webhook_url"] == WEBHOOK


def test_an_option_without_a_value_asks_for_the_key(
    person: Callable[..., Person], run: Callable[..., Ran], database: Path
) -> None:
    somebody = person("connections", "edit", "Le Juste", "--api-key")
    somebody.sees("API key (hidden): ")
    somebody.types("fresh")
    assert somebody.leaves() == 0
    assert "Le Juste: changed api-key" in somebody.seen


@pytest.mark.parametrize(
    ("answer", "status"), [("y", "PENDING"), ("sí", "PENDING"), ("n", "FAILED"), ("", "FAILED")]
)
def test_a_filter_asks_before_it_acts(
    answer: str, status: str, person: Callable[..., Person], run: Callable[..., Ran], database: Path
) -> None:
    somebody = person("retries", "retry", "--connection", "Le Juste")
    somebody.sees("Send an order again now? [y/N] ")
    somebody.types(answer)
    assert somebody.leaves() == 0
    assert run("orders", "show", "S00044", "--json").data["status"] == status


def test_discard_asks_why(person: Callable[..., Person], run: Callable[..., Ran], database: Path) -> None:
    somebody = person("retries", "discard", "S00044")
    somebody.sees("Why? (recorded) ")
    somebody.types("picked by hand")
    assert somebody.leaves() == 0
    last = run("orders", "show", "S00044", "--json").data["events"][-1]
    assert last["data"]["reason"] == "picked by hand"


def test_ctrl_c_at_a_question_does_nothing_and_shows_no_traceback(
    person: Callable[..., Person], run: Callable[..., Ran], database: Path
) -> None:
    somebody = person("connections", "remove", "Tienda Ñuñoa")
    somebody.sees("Remove Tienda Ñuñoa? [y/N] ")
    somebody.interrupts()
    assert somebody.leaves() == 130
    assert "Traceback" not in somebody.seen
    assert run("connections", "show", "Tienda Ñuñoa").code == 0


def test_an_end_of_input_is_no_answer(person: Callable[..., Person], database: Path) -> None:
    somebody = person("connections", "remove", "Tienda Ñuñoa")
    somebody.sees("[y/N] ")
    os.write(somebody.terminal, b"\x04")
    assert somebody.leaves() == 1
    assert "there was no answer, so nothing was done" in somebody.seen


def test_the_page_is_coloured_on_a_terminal_and_fits_it(
    person: Callable[..., Person], database: Path
) -> None:
    somebody = person("status")
    somebody.leaves()
    assert "\x1b[32m● ok\x1b[0m" in somebody.seen
