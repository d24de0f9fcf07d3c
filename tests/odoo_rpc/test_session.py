"""What is learnt, kept and chosen by version."""

import msgspec
import pytest

from odoo_rpc import Session, Unsupported
from odoo_rpc.session import choose_protocol, parse_version


@pytest.mark.parametrize(
    ("info", "version"),
    [
        ([19, 0, 0, "final", 0, ""], (19, 0)),
        ([14, 0], (14, 0)),
        (["saas~17", 4, 0, "final", 0, ""], (17, 4)),
        (["saas~18", "2", 0], (18, 2)),
        (["saas~19", "1", 0], (19, 1)),
    ],
)
def test_a_version_is_read_from_releases_and_from_odoo_online(info: object, version: tuple[int, int]) -> None:
    assert parse_version(info) == version


@pytest.mark.parametrize(
    "info", [None, "19.0", [], [19], ["final", 0], [None, 0], [19.0, 0], [10**5000, 0], ["1" * 5000, 0], {}]
)
def test_what_is_no_version_is_none(info: object) -> None:
    assert parse_version(info) is None


@pytest.mark.parametrize(
    ("version", "protocol"),
    [((14, 0), "jsonrpc"), ((18, 4), "jsonrpc"), ((19, 0), "json2"), ((22, 0), "json2"), ((25, 0), "json2")],
)
def test_auto_is_json_2_from_19_on(version: tuple[int, int], protocol: str) -> None:
    assert choose_protocol(version, "auto") == protocol


@pytest.mark.parametrize(
    ("version", "choice"), [((13, 0), "auto"), ((18, 4), "json2"), ((22, 0), "jsonrpc"), ((8, 0), "jsonrpc")]
)
def test_a_protocol_that_the_version_has_not_got_is_unsupported(
    version: tuple[int, int], choice: str
) -> None:
    with pytest.raises(Unsupported, match=f"Odoo {version[0]}"):
        choose_protocol(version, choice)  # type: ignore[arg-type]


def test_json_rpc_may_be_asked_for_until_21() -> None:
    assert choose_protocol((21, 0), "jsonrpc") == "jsonrpc"


def test_fields_are_known_once_all_of_them_were_asked_for() -> None:
    session = Session(version=(19, 0), protocol="json2")
    assert session.known_fields("res.partner", ["mobile"]) is None
    session = session.with_fields("res.partner", ["phone", "mobile"], {"phone": {}})
    assert session.known_fields("res.partner", ["mobile"]) == {"phone"}
    assert session.known_fields("res.partner", ["mobile", "vat"]) is None
    assert (session.fields, session.missing) == ({"res.partner": ["phone"]}, {"res.partner": ["mobile"]})


def test_a_session_survives_being_stored() -> None:
    session = Session(version=(19, 0), protocol="json2", uid=2).with_fields("res.partner", ["a", "b"], {"a"})
    assert msgspec.json.decode(msgspec.json.encode(session), type=Session) == session
