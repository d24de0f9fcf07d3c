import io
import json
import logging as standard
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import pytest

from odoo_rpc.secret import Secret
from poller_core import logging
from poller_core.logging import log


@pytest.fixture(autouse=True)
def silence_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from poller_core.redaction import Redactor

    monkeypatch.setattr(logging, "redactor", Redactor())
    yield
    logging.reset()


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        yield reader, stream
    os.close(reader)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().split("\n")[:-1]]


def logged(**fields: object) -> dict[str, Any]:
    stream = io.StringIO()
    logging.configure(stream)
    log.info("order captured", **fields)
    [line] = lines(stream)
    return line


def test_before_it_is_set_up_logging_does_nothing() -> None:
    log.bind(connection_id="a1").error("nobody hears this", exc_info=True)


def test_a_line_is_one_json_object_with_these_keys_first() -> None:
    line = logged(connection_id="a1", number="S00042", count=3, ratio=0.5, ok=True, nothing=None)
    moment = line.pop("time")
    assert moment.endswith("Z")
    assert datetime.fromisoformat(moment).tzinfo is not None
    assert line == {
        "severity": "INFO",
        "message": "order captured",
        "connection_id": "a1",
        "number": "S00042",
        "count": 3,
        "ratio": 0.5,
        "ok": True,
        "nothing": None,
    }


def test_fields_can_not_take_the_place_of_the_log_s_own() -> None:
    line = logged(event="order.confirmed", message="x", severity="y", time="z")
    assert (line["severity"], line["message"]) == ("INFO", "order captured")
    assert (line["event_type"], line["message_"], line["severity_"], line["time_"]) == (
        "order.confirmed",
        "x",
        "y",
        "z",
    )


def test_a_bound_logger_adds_its_fields() -> None:
    stream = io.StringIO()
    logging.configure(stream, level="DEBUG")
    bound = log.bind(connection_id="a1").bind(lane=2)
    bound.debug("polled", lane=3)
    bound.warning("late")
    assert [(e["severity"], e["connection_id"], e["lane"]) for e in lines(stream)] == [
        ("DEBUG", "a1", 3),
        ("WARNING", "a1", 2),
    ]


@pytest.mark.parametrize(
    ("level", "heard"),
    [
        ("DEBUG", ["DEBUG", "INFO", "WARNING", "ERROR"]),
        ("INFO", ["INFO", "WARNING", "ERROR"]),
        ("ERROR", ["ERROR"]),
    ],
)
def test_only_the_level_and_above_is_written(level: str, heard: list[str]) -> None:
    stream = io.StringIO()
    logging.configure(stream, level=level)
    log.debug("a")
    log.info("a")
    log.warning("a")
    log.error("a")
    assert [line["severity"] for line in lines(stream)] == heard


def test_hostile_text_stays_inside_its_line() -> None:
    stream = io.StringIO()
    logging.configure(stream)
    log.info("a\n{}", name='x\r\n{"severity":"INFO"}\u2028\x85\x1b[2J"')
    assert len(stream.getvalue().splitlines()) == 1
    assert lines(stream)[0]["name"] == r'x\r\n{"severity":"INFO"}\u2028\x85\x1b[2J"'


def test_secrets_do_not_get_through() -> None:
    logging.redactor.register(Secret("hunter2-key"))
    line = logged(
        api_key="x1", url="https://h/?k=hunter2-key", error=ValueError("hunter2-key"), s=Secret("abc")
    )
    assert "hunter2" not in json.dumps(line)
    assert (line["api_key"], line["url"], line["s"]) == ("***", "https://h/?k=***", "***")


def test_a_traceback_goes_along_scrubbed_and_without_locals() -> None:
    logging.redactor.register(Secret("hunter2-key"))
    stream = io.StringIO()
    logging.configure(stream)

    def poll() -> None:
        local = "hunter2-" + "key"
        raise RuntimeError(f"refused {local}")

    try:
        poll()
    except RuntimeError:
        log.error("poll failed", exc_info=True)
    [line] = lines(stream)
    assert line["exception"].startswith("Traceback (most recent call last):\n")
    assert line["exception"].endswith("\nRuntimeError: refused ***")


@pytest.mark.parametrize(
    "fields",
    [
        {f"field{index}": "ñ" * 3000 for index in range(3)},
        {f"field{index}": "ñ" * 3000 for index in range(40)},
        {f"field{index}": index for index in range(2000)},
        {"items": ["x" * 1000] * 50},
    ],
)
def test_a_huge_line_is_cut_and_says_so(fields: dict[str, object]) -> None:
    line = logged(connection_id="a1", **fields)
    assert len(json.dumps(line, ensure_ascii=False).encode()) < 8192
    assert (line["message"], line["connection_id"], line["cut"]) == ("order captured", "a1", True)


def test_values_that_json_does_not_know_are_written_as_text() -> None:
    line = logged(big=2**80, nan=float("nan"), raw=b"\xff", kind=int, odd="a\ud800")
    assert line["nan"] is None
    assert line["raw"] == r"b'\xff'"
    assert line["odd"] == r"a\ud800"


def test_the_standard_library_s_warnings_come_along_and_its_chatter_does_not() -> None:
    stream = io.StringIO()
    logging.configure(stream, level="DEBUG")
    standard.getLogger("httpx").info("HTTP Request: POST https://h/?k=secret")
    standard.getLogger("httpcore").debug("x")
    standard.getLogger("asyncio").warning("slow %s", "callback")
    standard.getLogger("asyncio").error("worse")
    assert [(e["severity"], e["message"], e["logger"]) for e in lines(stream)] == [
        ("WARNING", "slow callback", "asyncio"),
        ("ERROR", "worse", "asyncio"),
    ]


def test_a_malformed_record_of_the_standard_library_is_shown_as_it_is() -> None:
    stream = io.StringIO()
    logging.configure(stream)
    logging._Bridge().emit(standard.LogRecord("x", standard.ERROR, "x.py", 1, "bad %d", ("text",), None))
    assert [line["message"] for line in lines(stream)] == ["bad %d"]


def test_setting_it_up_again_replaces_what_was() -> None:
    first, second = io.StringIO(), io.StringIO()
    logging.configure(first)
    logging.configure(second)
    log.info("a")
    standard.getLogger("x").warning("b")
    assert first.getvalue() == ""
    assert len(lines(second)) == 2
    logging.reset()
    log.info("c")
    assert len(lines(second)) == 2


def test_a_full_pipe_loses_lines_and_holds_nobody_up(pipe: tuple[int, TextIO]) -> None:
    reader, stream = pipe
    logging.configure(stream)
    for index in range(2000):
        log.info("line", index=index, padding="x" * 900)
    written = os.read(reader, 10_000_000).decode().split("\n")[:-1]
    os.set_blocking(reader, False)
    log.info("after")
    rest = os.read(reader, 10_000_000).decode().split("\n")[:-1]
    everything = [json.loads(line) for line in written + rest]
    kept = [line["index"] for line in everything if line["message"] == "line"]
    assert kept == list(range(len(kept)))
    assert everything[-1]["message"] == "after"
    assert everything[-1]["dropped"] == 2000 - len(kept) > 0


def test_a_reader_that_went_away_is_no_error() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stream:
        logging.configure(stream)
        os.close(reader)
        log.info("nobody reads this")


def test_what_gets_a_closed_stream_s_number_is_not_written_to(
    pipe: tuple[int, TextIO], tmp_path: Path
) -> None:
    reader, stream = pipe
    logging.configure(stream)
    number = stream.fileno()
    log.info("before")
    stream.close()
    database = os.open(tmp_path / "poller.db", os.O_CREAT | os.O_WRONLY)
    os.dup2(database, number)
    log.info("after")
    for handle in {database, number}:
        os.close(handle)
    assert (tmp_path / "poller.db").read_bytes() == b""
    assert [json.loads(line)["message"] for line in os.read(reader, 4096).splitlines()] == ["before", "after"]


@pytest.mark.parametrize("stream", [None, "closed"])
def test_no_stdout_at_all_is_no_error(stream: str | None) -> None:
    closed = io.StringIO()
    closed.close()
    logging.configure(None if stream is None else closed)
    log.info("a")


def test_a_disk_that_is_full_is_no_error() -> None:
    with open("/dev/full", "w") as stream:  # noqa: PTH123
        logging.configure(stream)
        log.info("a")


def test_on_a_terminal_a_line_is_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = io.StringIO()
    logging.configure(stream, json_lines=False)
    logging.redactor.register(Secret("hunter2-key"))
    log.warning("poll failed", connection_id="a1", error="hunter2-key \x1b[2J", api_key="x")
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert "warning" in text
    assert "poll failed" in text
    assert "connection_id=a1" in text
    assert "hunter2" not in text
    assert "api_key=***" in text
    assert "\x1b" not in text


def test_whether_it_is_a_terminal_decides_the_form() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    logging.configure(stream)
    log.info("a")
    assert not stream.getvalue().startswith("{")


def test_a_terminal_that_is_not_unicode_gets_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="ascii") as stream:
        logging.configure(stream, json_lines=False)
        log.info("Ñuñoa")
        assert rb"\xd1u\xf1oa" in os.read(reader, 4096)
    os.close(reader)
