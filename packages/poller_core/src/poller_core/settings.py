"""What the environment says, checked once and whole: every bad value is one line that names its variable.

A variable that is set to nothing counts as unset, since compose files and unit files can't unset one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from poller_core.errors import BadInput
from poller_core.i18n import Language, Phrase

DEFAULT_DB_PATH = "./data/poller.db"
DEFAULT_WEBHOOK_URL = "https://stockmaster.notorios.cl/api/webhooks/odoo"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_WHOLE = re.compile(r"[0-9]{1,9}")
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?|\.[0-9]{1,9}")
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_LOOPBACK = "127.0.0.1"
_EVERYWHERE = "0.0.0.0"  # noqa: S104  # a platform that sets PORT probes from outside the container

_T = TypeVar("_T")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The variables of the design, read and checked. Seconds and milliseconds as the names say.

    ``secret_keys`` are the Fernet keys of POLLER_SECRET_KEY, newest first, empty where the key file serves; no form
    of repr shows them. ``http_port`` is None where health and metrics are off.
    """

    db_path: Path = Path(DEFAULT_DB_PATH)
    log_level: str = "INFO"
    default_webhook_url: str = DEFAULT_WEBHOOK_URL
    secret_keys: tuple[str, ...] = ()
    allowed_networks: str = ""
    odoo_min_interval_ms: int = 1000
    overlap_seconds: int = 300
    backoff_base_seconds: float = 30.0
    backoff_max_seconds: float = 600.0
    endpoint_concurrency: int = 16
    http_host: str = _LOOPBACK
    http_port: int | None = None
    language: Language = "en"
    allow_unsafe_filesystem: bool = False

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, db: str | None = None) -> Settings:
        """Read ``environ``; ``db`` (the option ``--db``) goes before POLLER_DB_PATH. Raise `BadInput` for a bad value."""
        env = _Environment(environ)
        own_port = env.read("POLLER_HTTP_PORT", _port, None)
        port = own_port if own_port is not None else env.read("PORT", _port, None)
        return cls(
            db_path=_Environment({"--db": db or ""}).read(
                "--db", _db_path, env.read("POLLER_DB_PATH", _db_path, Path(DEFAULT_DB_PATH))
            ),
            log_level=env.read("POLLER_LOG_LEVEL", _log_level, "INFO"),
            default_webhook_url=env.read("POLLER_DEFAULT_WEBHOOK_URL", _url, DEFAULT_WEBHOOK_URL),
            secret_keys=env.read("POLLER_SECRET_KEY", _keys, ()),
            allowed_networks=env.read("POLLER_ALLOWED_NETWORKS", _networks, ""),
            odoo_min_interval_ms=env.read("POLLER_ODOO_MIN_INTERVAL_MS", _whole(0, 3_600_000), 1000),
            overlap_seconds=env.read("POLLER_OVERLAP_SECONDS", _whole(0, 86_400), 300),
            backoff_base_seconds=env.read("POLLER_BACKOFF_BASE_SECONDS", _seconds, 30.0),
            backoff_max_seconds=env.read("POLLER_BACKOFF_MAX_SECONDS", _seconds, 600.0),
            endpoint_concurrency=env.read("POLLER_ENDPOINT_CONCURRENCY", _whole(1, 1000), 16),
            http_host=env.read(
                "POLLER_HTTP_HOST", _host, _LOOPBACK if own_port is not None or port is None else _EVERYWHERE
            ),
            http_port=port,
            language=env.read("POLLER_LANG", _language, _locale_language(environ)),
            allow_unsafe_filesystem=env.read("POLLER_ALLOW_UNSAFE_FILESYSTEM", _switch, False),
        )

    @property
    def key_path(self) -> Path:
        """Where the secrets' key lies when POLLER_SECRET_KEY doesn't hold it: ``<db>.key``."""
        return self.db_path.with_name(self.db_path.name + ".key")

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        # Rich asks for this when it prints a traceback's locals.
        for name in self.__struct_fields__:
            yield name, ("***",) * len(self.secret_keys) if name == "secret_keys" else getattr(self, name)


class _Environment:
    """Values by variable, each through its reader; the reader's complaint gets the variable's name in front."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def read(self, variable: str, reader: Callable[[str], _T], default: _T) -> _T:
        text = self._environ.get(variable, "").strip()
        if not text:
            return default
        try:
            return reader(text)
        except _Refused as error:
            raise BadInput(
                Phrase("{variable} {reason}", variable=variable, reason=error.args[0]), field=variable
            ) from None


class _Refused(Exception):
    """What is allowed, as the end of a sentence that begins with the variable's name. Never leaves this module."""


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
            raise _Refused(Phrase("must be a whole number from {low} to {high}", low=low, high=high))
        return int(text)

    return read


_port = _whole(0, 65_535)


def _seconds(text: str) -> float:
    value = float(text) if _DECIMAL.fullmatch(text) else 0.0
    if not 0.001 <= value <= 86_400:
        raise _Refused(Phrase("must be a number of seconds from 0.001 to 86400, with a decimal point"))
    return value


def _db_path(text: str) -> Path:
    if "\0" in text or text.startswith((":memory:", "file:")):
        raise _Refused(Phrase("must be the path of a file"))
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise _Refused(Phrase("must be one of {choices}", choices=", ".join(LOG_LEVELS)))
    return text.upper()


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise _Refused(Phrase("must be an http:// or https:// address"))
    return text


def _host(text: str) -> str:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise _Refused(Phrase("must be a host name or an IP address"))
    return text


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(part for part in re.split(r"[,\s]+", text) if part)
    if not keys:
        raise _Refused(Phrase("holds no key: give one or more, newest first, with commas between"))
    return keys


def _networks(text: str) -> str:
    # Loaded only where the variable is set: it is dear, and most commands never call anybody.
    from ipaddress import ip_network

    for part in filter(None, re.split(r"[,\s]+", text)):
        try:
            ip_network(part)
        except ValueError:
            raise _Refused(
                Phrase(
                    "must be networks such as 10.0.0.0/8, 192.168.1.5/32 ({part} is none)", part=repr(part)
                )
            ) from None
    return text


def _language(text: str) -> Language:
    match text.lower().replace("-", "_").partition("_")[0]:
        case "es":
            return "es"
        case "en":
            return "en"
        case _:
            raise _Refused(Phrase("must be en or es"))


def _locale_language(environ: Mapping[str, str]) -> Language:
    """Spanish where the locale of messages is; POSIX: LC_ALL over LC_MESSAGES over LANG, empty ones don't count."""
    locale = next(
        (value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environ.get(name, ""))), ""
    )
    return "es" if re.match(r"es([._@-]|$)", locale, re.IGNORECASE) else "en"


def _switch(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise _Refused(Phrase("must be 1 or 0"))


__all__ = ["DEFAULT_DB_PATH", "DEFAULT_WEBHOOK_URL", "LOG_LEVELS", "Settings"]
