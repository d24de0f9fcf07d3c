"""A URL is taken apart once, and every ambiguous one is refused."""

from ipaddress import IPv4Address, IPv6Address

import pytest

from odoo_rpc.net import Unsendable, parse_target


def test_a_url_becomes_host_port_and_request_line() -> None:
    target = parse_target("https://Odoo.Example:8443/hooks/a b?x=1".replace(" ", "%20"))
    assert (target.secure, target.host, target.port) == (True, "odoo.example", 8443)
    assert target.post_head == b"POST /hooks/a%20b?x=1 HTTP/1.1\r\nHost: odoo.example:8443\r\n"
    assert target.head("GET") == b"GET /hooks/a%20b?x=1 HTTP/1.1\r\nHost: odoo.example:8443\r\n"


@pytest.mark.parametrize(("url", "port"), [("http://odoo.example", 80), ("https://odoo.example:443/", 443)])
def test_the_usual_port_is_not_named_in_the_host_header(url: str, port: int) -> None:
    target = parse_target(url)
    assert target.port == port
    assert target.host_lines == b"Host: odoo.example\r\n"
    assert target.path == b"/"


def test_an_international_name_is_sent_in_ascii() -> None:
    assert parse_target("https://ñandú.cl/").host == "xn--and-6ma2c.cl"


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("8.8.8.8", IPv4Address("8.8.8.8")),
        ("2130706433", IPv4Address("127.0.0.1")),
        ("0x7f000001", IPv4Address("127.0.0.1")),
        ("017700000001", IPv4Address("127.0.0.1")),
        ("127.1", IPv4Address("127.0.0.1")),
        ("0x7f.1", IPv4Address("127.0.0.1")),
        ("[2606:4700::1111]", IPv6Address("2606:4700::1111")),
        ("127。0。0。1", IPv4Address("127.0.0.1")),
    ],
)
def test_every_notation_of_an_address_is_read_as_that_address(host: str, address: object) -> None:
    assert parse_target(f"https://{host}/").literal == address


def test_an_ipv6_address_keeps_its_brackets_on_the_wire() -> None:
    assert parse_target("https://[2606:4700::1111]:8443/").host_lines == b"Host: [2606:4700::1111]:8443\r\n"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "odoo.example",
        "//odoo.example/",
        "/hook",
        "ftp://odoo.example/",
        "file:///etc/passwd",
        "unix:///run/docker.sock",
        "https:/odoo.example/",
        "https:odoo.example",
        "https://",
        "https:///hook",
        "https://:443/",
        "https://user@odoo.example/",
        "https://user:secret@odoo.example/",
        "https://@odoo.example/",
        "https://odoo.example/#here",
        "https://odoo.example/#",
        "https://odoo.example:0/",
        "https://odoo.example:65536/",
        "https://odoo.example:abc/",
        "https://odoo example/",
        " https://odoo.example/",
        "https://odoo.example/\r\nX: y",
        "https://odoo.example/\x00",
        "https://evil\\@127.0.0.1/",
        "https://a%6b.example/",
        "https://-a.example/",
        "https://exa<mple/",
        "https://[::1/",
        "https://[::1]x/",
        "https://1.2.3.256/",
    ],
)
def test_what_is_no_clean_absolute_url_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(Unsendable) as caught:
        parse_target(url)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_a_method_can_not_smuggle_a_second_line() -> None:
    with pytest.raises(Unsendable):
        parse_target("https://odoo.example/").head("GET / HTTP/1.1\r\nX: y\r\n\r\nGET")


def test_showing_a_target_does_not_show_its_path() -> None:
    assert (
        repr(parse_target("https://odoo.example/token/s3cret?k=s3cret"))
        == "ParsedTarget('https://odoo.example')"
    )
