from pathlib import Path

import pytest
from rich.pretty import pretty_repr

from poller_core.errors import BadInput
from poller_core.settings import Settings


def read(**environ: str) -> Settings:
    return Settings.from_environment(environ)


def test_an_empty_environment_gives_the_defaults_of_the_design() -> None:
    assert read() == Settings(
        db_path=Path("data/poller.db"),
        log_level="INFO",
        default_webhook_url="https://stockmaster.notorios.cl/api/webhooks/odoo",
        secret_keys=(),
        allowed_networks="",
        odoo_min_interval_ms=1000,
        overlap_seconds=300,
        backoff_base_seconds=30.0,
        backoff_max_seconds=600.0,
        endpoint_concurrency=16,
        http_host="127.0.0.1",
        http_port=None,
        language="en",
        allow_unsafe_filesystem=False,
    )


def test_every_variable_is_read() -> None:
    assert read(
        POLLER_DB_PATH="/srv/orders.db",
        POLLER_LOG_LEVEL="debug",
        POLLER_DEFAULT_WEBHOOK_URL="https://picking.example/hook",
        POLLER_SECRET_KEY="new, old\nolder",
        POLLER_ALLOWED_NETWORKS="127.0.0.0/8, 10.0.0.0/8 fd00::/8",
        POLLER_ODOO_MIN_INTERVAL_MS="0",
        POLLER_OVERLAP_SECONDS="600",
        POLLER_BACKOFF_BASE_SECONDS="0.25",
        POLLER_BACKOFF_MAX_SECONDS=".5",
        POLLER_ENDPOINT_CONCURRENCY="4",
        POLLER_HTTP_HOST="::",
        POLLER_HTTP_PORT="8080",
        POLLER_LANG="es_CL.UTF-8",
        POLLER_ALLOW_UNSAFE_FILESYSTEM="1",
    ) == Settings(
        db_path=Path("/srv/orders.db"),
        log_level="DEBUG",
        default_webhook_url="https://picking.example/hook",
        secret_keys=("new", "old", "older"),
        allowed_networks="127.0.0.0/8, 10.0.0.0/8 fd00::/8",
        odoo_min_interval_ms=0,
        overlap_seconds=600,
        backoff_base_seconds=0.25,
        backoff_max_seconds=0.5,
        endpoint_concurrency=4,
        http_host="::",
        http_port=8080,
        language="es",
        allow_unsafe_filesystem=True,
    )


def test_a_variable_set_to_nothing_counts_as_unset() -> None:
    names = [
        "DB_PATH",
        "LOG_LEVEL",
        "DEFAULT_WEBHOOK_URL",
        "SECRET_KEY",
        "ALLOWED_NETWORKS",
        "ODOO_MIN_INTERVAL_MS",
        "OVERLAP_SECONDS",
        "BACKOFF_BASE_SECONDS",
        "BACKOFF_MAX_SECONDS",
        "ENDPOINT_CONCURRENCY",
        "HTTP_HOST",
        "HTTP_PORT",
        "LANG",
        "ALLOW_UNSAFE_FILESYSTEM",
    ]
    assert Settings.from_environment({f"POLLER_{name}": " " for name in names} | {"PORT": ""}) == read()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("POLLER_LOG_LEVEL", "LOUD", "must be one of DEBUG, INFO, WARNING, ERROR"),
        ("POLLER_DEFAULT_WEBHOOK_URL", "picking.example", "must be an http:// or https:// address"),
        ("POLLER_DEFAULT_WEBHOOK_URL", "https://a b", "must be an http:// or https:// address"),
        ("POLLER_SECRET_KEY", " , ", "holds no key: give one or more, newest first, with commas between"),
        (
            "POLLER_ALLOWED_NETWORKS",
            "10.0.0.1/8",
            "must be networks such as 10.0.0.0/8, 192.168.1.5/32 ('10.0.0.1/8' is none)",
        ),
        ("POLLER_ODOO_MIN_INTERVAL_MS", "-1", "must be a whole number from 0 to 3600000"),
        ("POLLER_ODOO_MIN_INTERVAL_MS", "1.5", "must be a whole number from 0 to 3600000"),
        ("POLLER_OVERLAP_SECONDS", "86401", "must be a whole number from 0 to 86400"),
        ("POLLER_OVERLAP_SECONDS", "٣", "must be a whole number from 0 to 86400"),
        (
            "POLLER_BACKOFF_BASE_SECONDS",
            "0,5",
            "must be a number of seconds from 0.001 to 86400, with a decimal point",
        ),
        (
            "POLLER_BACKOFF_BASE_SECONDS",
            "0",
            "must be a number of seconds from 0.001 to 86400, with a decimal point",
        ),
        (
            "POLLER_BACKOFF_MAX_SECONDS",
            "inf",
            "must be a number of seconds from 0.001 to 86400, with a decimal point",
        ),
        ("POLLER_ENDPOINT_CONCURRENCY", "0", "must be a whole number from 1 to 1000"),
        ("POLLER_HTTP_PORT", "65536", "must be a whole number from 0 to 65535"),
        ("POLLER_HTTP_HOST", "a b", "must be a host name or an IP address"),
        ("PORT", "abc", "must be a whole number from 0 to 65535"),
        ("POLLER_LANG", "fr", "must be en or es"),
        ("POLLER_DB_PATH", ":memory:", "must be the path of a file"),
        ("POLLER_ALLOW_UNSAFE_FILESYSTEM", "maybe", "must be 1 or 0"),
    ],
)
def test_a_bad_value_is_one_line_that_names_its_variable(variable: str, value: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        Settings.from_environment({variable: value})
    assert str(caught.value) == f"{variable} {said}"
    assert caught.value.field == variable


def test_the_option_goes_before_the_variable() -> None:
    environ = {"POLLER_DB_PATH": "/srv/a.db"}
    assert Settings.from_environment(environ, db="/srv/b.db").db_path == Path("/srv/b.db")
    assert Settings.from_environment(environ, db="").db_path == Path("/srv/a.db")


def test_a_bad_option_is_named_as_the_option() -> None:
    with pytest.raises(BadInput, match=r"^--db must be the path of a file$"):
        Settings.from_environment({}, db="a\0b")


def test_a_home_directory_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    assert read(POLLER_DB_PATH="~/poller.db").db_path == Path("/home/ana/poller.db")


def test_port_is_honoured_and_reachable_from_outside_where_our_own_is_unset() -> None:
    settings = read(PORT="8081")
    assert (settings.http_host, settings.http_port) == ("0.0.0.0", 8081)


def test_our_own_port_goes_before_port_and_stays_on_this_machine() -> None:
    settings = read(PORT="8081", POLLER_HTTP_PORT="9000")
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 9000)


def test_a_host_alone_opens_nothing() -> None:
    assert read(POLLER_HTTP_HOST="0.0.0.0").http_port is None


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "es_CL.UTF-8"}, "es"),
        ({"LANG": "es"}, "es"),
        ({"LANG": "est_EE.UTF-8"}, "en"),
        ({"LANG": "es_CL.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "es_ES@euro"}, "es"),
        ({"LANG": "es_CL.UTF-8", "LC_ALL": ""}, "es"),
        ({"LANG": "es_CL.UTF-8", "POLLER_LANG": "en"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_language_is_that_of_the_locale_unless_it_is_set(environ: dict[str, str], language: str) -> None:
    assert Settings.from_environment(environ).language == language


def test_the_key_file_lies_beside_the_database() -> None:
    assert read(POLLER_DB_PATH="/srv/orders.db").key_path == Path("/srv/orders.db.key")


def test_no_form_of_repr_shows_a_key() -> None:
    settings = read(POLLER_SECRET_KEY="topsecretkey")
    shown = repr(settings) + str(settings) + pretty_repr(settings) + f"{settings}"
    assert "topsecretkey" not in shown
    assert "secret_keys=('***',)" in repr(settings)
