import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import odoo_rpc.net
import poller_core
from catalogue import placeholders, problems, used_texts
from poller_core.errors import BadInput
from poller_core.i18n import Phrase, translator
from poller_core.spanish import CORE, FROM_ODOO_RPC, WITHIN

_SYSTEM = (
    errno.ECONNREFUSED,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.ENOENT,
    errno.EACCES,
    errno.EISDIR,
    errno.ENOTDIR,
)
SPANISH = {
    "hello": "hola",
    "{n} order": "{n} pedido",
    "{n} orders": "{n} pedidos",
    "{name} failed: {why}": "{name} falló: {why}",
    "broken {a}": "roto {b}",
}
es = translator("es", SPANISH)
en = translator("en", SPANISH)


def test_a_template_is_said_in_either_language_with_its_values() -> None:
    assert es("hello") == "hola"
    assert en("hello") == "hello"
    assert es("{name} failed: {why}", name="A {x}", why="?") == "A {x} falló: ?"


def test_a_phrase_is_english_text_that_can_be_said_again() -> None:
    phrase = Phrase("{name} failed: {why}", name="A", why=Phrase("hello"))
    assert phrase == "A failed: hello"
    assert es(phrase) == "A falló: hola"
    assert en(phrase) == "A failed: hello"


def test_text_without_values_keeps_its_braces() -> None:
    assert Phrase("{not a field}") == "{not a field}"
    assert es("{not a field}") == "{not a field}"


def test_what_has_no_translation_stays_english() -> None:
    assert es("goodbye {name}", name="Ana") == "goodbye Ana"


def test_a_translation_with_another_placeholder_falls_back_to_english() -> None:
    assert es("broken {a}", a=1) == "broken 1"


@pytest.mark.parametrize(("number", "said"), [(0, "0 pedidos"), (1, "1 pedido"), (2, "2 pedidos")])
def test_counts_choose_their_form(number: int, said: str) -> None:
    assert es.count(number, "{n} order", "{n} orders") == said


def test_an_error_is_translated_where_it_was_raised_with_a_phrase() -> None:
    assert es.error(BadInput(Phrase("{name} failed: {why}", name="A", why="x"))) == "A falló: x"
    assert str(BadInput(Phrase("hello"))) == "hello"
    assert es.error(BadInput("hello")) == "hello"
    assert es.error(KeyError("k")) == "'k'"
    assert es.error(ValueError()) == ""


def test_the_core_s_own_texts_come_along() -> None:
    assert translator("es")("must not be empty") == "no debe estar vacío"


def test_every_text_of_the_core_is_there_in_spanish() -> None:
    package = Path(poller_core.__file__).parent
    assert problems(package, CORE, unused_allowed=FROM_ODOO_RPC) == []


def test_what_is_translated_of_odoo_rpc_is_still_what_it_says() -> None:
    package = Path(odoo_rpc.net.__file__).parent
    source = "".join(module.read_text(encoding="utf-8") for module in package.glob("*.py"))
    assert [text for text in FROM_ODOO_RPC if text not in source] == []


def test_the_helper_finds_what_is_missing_unused_or_different(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "_('one')\nself._('two' if x else 'three')\n_.count(n, '{n} a', '{n} b')\nPhrase('four {x}', x=1)\n"
        "_(variable)\nother('five')\n"
    )
    assert used_texts(tmp_path) == {"one", "two", "three", "{n} a", "{n} b", "four {x}"}
    catalogue = {
        "one": "uno",
        "two": " ",
        "{n} a": "{n} a",
        "{n} b": "b",
        "four {x}": "cuatro {x}",
        "six": "seis",
    }
    assert problems(tmp_path, catalogue) == [
        "empty: 'two'",
        "missing: 'three'",
        "placeholders differ: '{n} b' and 'b'",
        "unused: 'six'",
    ]
    assert placeholders("{a} {b!r} {{c}} {d:>3}") == {"a", "b", "d"}


@pytest.mark.parametrize(
    "module",
    [
        "settings",
        "i18n",
        "display",
        "lock",
        "filesystem",
        "validation",
        "vault",
        "logging",
        "redaction",
        "webhook",
    ],
)
def test_importing_these_loads_none_of_the_dear_libraries(module: str) -> None:
    dear = ("anyio", "asyncio", "cryptography", "httpx", "odoo_rpc", "rich", "structlog")
    code = f"import sys, poller_core.{module}\nprint([name for name in {dear!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("said", "spanish"),
    [
        ("timeout: https://a.cl: no complete answer within 30 s", "timeout: https://a.cl: sin respuesta completa en 30 s"),
        ("dns: https://a.cl: the host name can't be resolved", "dns: https://a.cl: no se puede resolver el nombre del host"),
        (
            "Odoo shows 3 confirmed orders and showed 12 the day before: see whether a record rule or a right hides orders from this user",
            "Odoo muestra 3 pedidos confirmados y el día anterior mostraba 12: vea si una regla de registro o un permiso oculta pedidos a este usuario",
        ),
        ("S00042 {of} a customer", "S00042 {of} a customer"),
    ],
)  # fmt: skip
def test_sentences_of_the_client_are_said_in_spanish_where_they_stand(said: str, spanish: str) -> None:
    assert translator("es")(said) == spanish
    assert translator("en")(said) == said


@pytest.mark.parametrize("english", sorted(WITHIN))
def test_a_sentence_that_is_translated_within_others_is_one_that_somebody_says(english: str) -> None:
    """In the client's source, where an f-string may stand for a part of it, in the core's texts, or the system's own words."""
    source = "".join(file.read_text("utf-8") for file in Path(odoo_rpc.__file__).parent.rglob("*.py"))
    source += "".join(CORE)
    system = {os.strerror(code) for code in _SYSTEM}
    parts = re.split(r"\{0\}|(?<=the connection broke )(?:in the middle of|before)", english)
    assert english in system or all(part in source for part in parts)
