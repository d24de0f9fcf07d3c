from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import certifi
import pytest

from odoo_rpc.net.guard import AddressGuard
from odoo_rpc.secret import Secret
from poller_core.errors import BadInput
from poller_core.validation import parse_sync_from, reason, suggest

GUARD = AddressGuard()
NOW = datetime(2025, 1, 15, 10, 30, 59, 999_999, tzinfo=UTC)
NO_DATE = "must be now, all, or a date such as 2025-01-31 or 2025-01-31T08:00:00-03:00"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "a1b2-c3.d4_e5"),
        ("name", "Le Juste Odoo"),
        ("name", "Ñandú & Cía. 株式会社"),
        ("odoo_url", "https://miempresa.odoo.com"),
        ("odoo_db", "miempresa-prod_1"),
        ("odoo_username", "bot@miempresa.cl"),
        ("api_key", "0123456789abcdef0123456789abcdef01234567"),
        ("api_key", Secret("0123456789abcdef")),
        ("store_id", "tienda 7"),
        ("client_id", "cliente-ñ"),
        ("webhook_url", "https://stockmaster.notorios.cl/api/webhooks/odoo?tienda=7"),
        ("webhook_secret", "s"),
        ("webhook_secret", ""),
        ("webhook_secret", None),
        ("webhook_secret", Secret("s 1")),
        ("polling_interval_seconds", 1),
        ("polling_interval_seconds", "86400"),
        ("sync_from", "now"),
        ("sync_from", "ALL"),
        ("sync_from", "2025-01-15"),
        ("protocol", "json2"),
        ("min_interval_ms", -1),
        ("min_interval_ms", "0"),
        ("overlap_seconds", "-1"),
        ("overlap_seconds", 300),
        ("max_attempts", 0),
        ("max_attempts", 50),
        ("ca_file", ""),
        ("ca_file", certifi.where()),
        ("active", True),
        ("active", "false"),
    ],
)
def test_these_are_accepted(field: str, value: object) -> None:
    assert reason(field, value, GUARD) is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "must not be empty"),
        ("name", "   ", "must not be empty"),
        ("name", None, "must not be empty"),
        ("name", "a\nb", "must be one line of printable characters"),
        ("name", "a\u202eb", "must be one line of printable characters"),
        ("name", " a", "must not begin or end with a space"),
        ("name", "a" * 101, "must have at most 100 characters"),
        ("id", "a b", "must be up to 64 letters, digits, dots, dashes and underscores"),
        ("id", "á", "must be up to 64 letters, digits, dots, dashes and underscores"),
        ("id", "a\r\n", "must be up to 64 letters, digits, dots, dashes and underscores"),
        ("id", "a" * 65, "must be up to 64 letters, digits, dots, dashes and underscores"),
        ("odoo_db", "españa", "must be ASCII: letters, digits and signs, no accents"),
        ("odoo_db", "a\0b", "must be one line of printable characters"),
        ("api_key", "clave-ñ", "must be ASCII: letters, digits and signs, no accents"),
        ("api_key", Secret("a\r\nb"), "must be one line of printable characters"),
        ("api_key", Secret(""), "must not be empty"),
        (
            "webhook_secret",
            "ñ",
            "must be printable ASCII: letters, digits and signs, no accents and no line ends",
        ),
        ("webhook_url", "", "must not be empty"),
        ("webhook_url", "https://a/" + "b" * 2000, "must have at most 2000 characters"),
        ("polling_interval_seconds", "0", "must be a whole number from 1 to 86400"),
        ("polling_interval_seconds", "1.5", "must be a whole number from 1 to 86400"),
        ("polling_interval_seconds", "86401", "must be a whole number from 1 to 86400"),
        ("polling_interval_seconds", "９", "must be a whole number from 1 to 86400"),
        ("sync_from", "yesterday", NO_DATE),
        ("protocol", "xmlrpc", "must be one of auto, jsonrpc, json2"),
        ("min_interval_ms", "-2", "must be a whole number from 0 to 3600000"),
        ("max_attempts", "51", "must be a whole number from 0 to 50"),
        ("ca_file", "ca.pem", "must be a full path: the poller may be started elsewhere"),
        ("ca_file", "/nowhere/ca.pem", "is no file"),
        ("ca_file", "/", "is no file"),
        ("ca_file", "/a\0b", "is no file"),
        ("active", "perhaps", "must be true or false"),
        ("colour", "red", "is no field of a connection"),
    ],
)
def test_these_are_refused_in_one_line(field: str, value: object, said: str) -> None:
    assert reason(field, value, GUARD) == said


@pytest.mark.parametrize(
    "url",
    [
        "miempresa.odoo.com",
        "ftp://miempresa.odoo.com",
        "http://miempresa.odoo.com",
        "https://user:pass@miempresa.odoo.com",
        "https://miempresa.odoo.com/#top",
        "https://127.0.0.1",
        "https://169.254.169.254/latest",
        "https://localhost:8069",
        "https://",
        "https://a b",
        "https://{braces}",
    ],
)
@pytest.mark.parametrize("field", ["odoo_url", "webhook_url"])
def test_addresses_are_judged_by_the_guard_in_one_line(field: str, url: str) -> None:
    said = reason(field, url, GUARD)
    assert said
    assert "\n" not in said


def test_what_the_operator_listed_may_be_called_plainly() -> None:
    assert reason("odoo_url", "http://127.0.0.1:8069", AddressGuard.parse("127.0.0.0/8")) is None


def test_a_ca_file_must_hold_a_certificate(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    for content in (
        b"",
        b"hello",
        b"\xff\xfe",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ):
        file.write_bytes(content)
        assert reason("ca_file", str(file), GUARD) == "holds no PEM certificate that can be read"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("now", "2025-01-15 10:30:59"),
        (" Now ", "2025-01-15 10:30:59"),
        ("all", ""),
        ("2024-12-31", "2024-12-31 00:00:00"),
        ("2024-12-31 23:59:58", "2024-12-31 23:59:58"),
        ("2024-12-31T23:59:58.7", "2024-12-31 23:59:58"),
        ("2024-12-31T23:59:58Z", "2024-12-31 23:59:58"),
        ("2024-12-31T22:00:00-03:00", "2025-01-01 01:00:00"),
        ("1970-01-01", "1970-01-01 00:00:00"),
    ],
)
def test_a_start_is_naive_utc_in_whole_seconds(text: str, start: str) -> None:
    assert parse_sync_from(text, NOW) == start


def test_now_is_the_same_moment_in_any_zone() -> None:
    santiago = NOW.astimezone(timezone(timedelta(hours=-3)))
    assert parse_sync_from("now", santiago) == "2025-01-15 10:30:59"


@pytest.mark.parametrize(
    "text", ["", "never", "15/01/2025", "2025-13-01", "2025-02-30", "1969-12-31", "0001-01-01T00:00:00+14:00"]
)
def test_anything_else_is_no_start(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_sync_from(text, NOW)
    assert str(caught.value) == NO_DATE
    assert caught.value.field == "sync_from"


def test_near_names_are_suggested_nearest_first() -> None:
    names = ["Empresa X", "Empresa Y", "Le Juste Odoo", "Otra"]
    assert suggest("empresa x", names) == ("Empresa X", "Empresa Y")
    assert suggest("le juste", names) == ("Le Juste Odoo",)
    assert suggest("juste", names) == ("Le Juste Odoo",)
    assert suggest("zzz", names) == ()
    assert suggest("", names) == ()
    assert suggest("a", []) == ()
