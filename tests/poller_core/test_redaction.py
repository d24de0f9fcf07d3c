import pytest

from odoo_rpc.secret import Secret
from poller_core.redaction import Redactor


@pytest.fixture
def redactor() -> Redactor:
    redactor = Redactor()
    for text in ("hunter2-key", "hunter2-key-longer", "s3cr3t", "with space"):
        redactor.register(Secret(text))
    return redactor


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("nothing here", "nothing here"),
        ("?key=s3cr3t&x=1", "?key=***&x=1"),
        ("s3cr3ts3cr3t", "******"),
        ("hunter2-key-longer and hunter2-key", "*** and ***"),
        ("with space", "***"),
        ("s3cr3", "s3cr3"),
        ("", ""),
    ],
)
def test_registered_secrets_are_masked_wherever_they_stand(
    redactor: Redactor, text: str, scrubbed: str
) -> None:
    assert redactor.scrub(text) == scrubbed


def test_short_secrets_do_not_turn_ordinary_words_into_masks() -> None:
    redactor = Redactor()
    redactor.register(Secret("order"))
    assert redactor.scrub("order captured") == "order captured"


@pytest.mark.parametrize(
    "key",
    [
        "api_key",
        "apikey",
        "odoo_api_key",
        "webhook_secret",
        "Authorization",
        "password",
        "key",
        "access_token",
    ],
)
def test_keys_that_sound_like_a_secret_are_masked_whatever_they_hold(redactor: Redactor, key: str) -> None:
    assert redactor.field(key, "visible") == "***"
    assert redactor.field(key, 12345) == "***"


@pytest.mark.parametrize("key", ["connection_id", "key_id", "keyboard", "number", "duration_ms"])
def test_other_keys_are_not(redactor: Redactor, key: str) -> None:
    assert redactor.field(key, "visible") == "visible"


def test_a_secret_inside_a_nested_value_is_masked(redactor: Redactor) -> None:
    value = {"headers": [("X-A", "s3cr3t")], "password": "x", "ok": True, "n": 1.5}
    assert redactor.field("request", value) == {
        "headers": [["X-A", "***"]],
        "password": "***",
        "ok": True,
        "n": 1.5,
    }


def test_an_error_is_shown_by_name_and_scrubbed(redactor: Redactor) -> None:
    assert redactor.field("error", ValueError("bad s3cr3t\n\x1b[2J")) == r"ValueError: bad ***\n\x1b[2J"


def test_a_secret_object_shows_itself_to_nobody(redactor: Redactor) -> None:
    assert redactor.field("value", Secret("unregistered")) == "***"


def test_values_are_of_bounded_size(redactor: Redactor) -> None:
    text = redactor.field("text", "x" * 1_000_000)
    assert isinstance(text, str)
    assert len(text) == 1000
    items = redactor.field("items", list(range(1000)))
    assert items == list(range(20))


def test_a_secret_at_the_cut_is_masked_whole(redactor: Redactor) -> None:
    text = redactor.field("text", "x" * 996 + "s3cr3t" + "y" * 100)
    assert isinstance(text, str)
    assert "s3c" not in text


def test_a_deep_value_ends_as_text(redactor: Redactor) -> None:
    assert redactor.field("deep", [[[["s3cr3t"]]]]) == [[["['***']"]]]


def test_a_traceback_keeps_its_lines_and_its_end(redactor: Redactor) -> None:
    trace = "x" * 5000 + "\n  File a\nValueError: s3cr3t \x1b[2J"
    shown = redactor.traceback(trace)
    assert shown.endswith("\n  File a\nValueError: *** \\x1b[2J")
    assert len(shown) == 2000
