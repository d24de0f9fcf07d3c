"""Which addresses may be called: decided by address, whatever notation or name hid it."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

import pytest

from odoo_rpc.net import (
    WEBHOOK_CAPS,
    AddressGuard,
    BlockedAddress,
    ConnectFailed,
    NetError,
    Transport,
    Unsendable,
)
from odoo_rpc.net import dial as dial_module
from odoo_rpc.net.target import Address

CLOSED = AddressGuard()

# URLs that must not lead to a connection, with the addresses that their names resolve to.
FORBIDDEN: list[tuple[str, list[str]]] = [
    # Literal addresses, every range of the deny list
    ("https://0.0.0.0/", []),
    ("https://0.1.2.3/", []),
    ("https://10.0.0.1/", []),
    ("https://10.255.255.255:8443/", []),
    ("https://100.64.0.1/", []),
    ("https://100.100.100.200/", []),
    ("https://127.0.0.1/", []),
    ("https://127.255.255.254/", []),
    ("https://168.63.129.16/", []),
    ("https://169.254.169.254/latest/meta-data/", []),
    ("https://169.254.170.2/", []),
    ("https://172.16.0.1/", []),
    ("https://172.31.255.255/", []),
    ("https://192.0.0.192/", []),
    ("https://192.0.2.1/", []),
    ("https://192.88.99.1/", []),
    ("https://192.168.1.1/", []),
    ("https://198.18.0.1/", []),
    ("https://198.19.255.255/", []),
    ("https://198.51.100.7/", []),
    ("https://203.0.113.7/", []),
    ("https://224.0.0.1/", []),
    ("https://239.255.255.250/", []),
    ("https://240.0.0.1/", []),
    ("https://255.255.255.255/", []),
    # Other notations of IPv4
    ("https://2130706433/", []),
    ("https://0x7f000001/", []),
    ("https://0x7F.0x0.0x0.0x1/", []),
    ("https://017700000001/", []),
    ("https://0177.1/", []),
    ("https://0177.0.0.1/", []),
    ("https://127.1/", []),
    ("https://127.0.1/", []),
    ("https://2852039166/", []),
    ("https://0xa9fea9fe/", []),
    ("https://169.16689662/", []),
    ("https://0/", []),
    ("https://127。0。0。1/", []),
    ("https://127.0.0.1./", ["127.0.0.1"]),
    # IPv6
    ("https://[::]/", []),
    ("https://[::1]/", []),
    ("https://[0:0:0:0:0:0:0:1]/", []),
    ("https://[::127.0.0.1]/", []),
    ("https://[::ffff:127.0.0.1]/", []),
    ("https://[::ffff:7f00:1]/", []),
    ("https://[::ffff:169.254.169.254]/", []),
    ("https://[::ffff:10.0.0.1]/", []),
    ("https://[64:ff9b::169.254.169.254]/", []),
    ("https://[64:ff9b::7f00:1]/", []),
    ("https://[64:ff9b:1::1]/", []),
    ("https://[2002:7f00:1::]/", []),
    ("https://[2002:a9fe:a9fe::1]/", []),
    ("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", []),
    ("https://[2001:db8::1]/", []),
    ("https://[100::1]/", []),
    ("https://[3fff::1]/", []),
    ("https://[5f00::1]/", []),
    ("https://[fc00::1]/", []),
    ("https://[fd00:ec2::254]/", []),
    ("https://[fd20:ce::254]/", []),
    ("https://[fe80::1]/", []),
    ("https://[fec0::1]/", []),
    ("https://[ff02::1]/", []),
    # Names
    ("https://localhost/", ["127.0.0.1", "::1"]),
    ("https://LOCALHOST./", ["127.0.0.1"]),
    ("https://anything.localhost/", ["127.0.0.1"]),
    ("https://metadata.google.internal/", ["169.254.169.254"]),
    ("https://odoo.example/", ["10.0.0.5"]),
    ("https://odoo.example/", ["::ffff:10.0.0.5"]),
    ("https://odoo.example/", ["127.0.0.1", "169.254.169.254", "fd00::1"]),
    ("https://odoo.example/", ["64:ff9b::a00:5"]),
    ("https://odoo.example/", ["fe80::1%1"]),
    # What is no clean https URL
    ("https://user:key@8.8.8.8/", []),
    ("https://evil\\@127.0.0.1/", []),
    ("https://8.8.8.8/#fragment", []),
    ("http://8.8.8.8/", []),
    ("http://odoo.example/", ["8.8.8.8"]),
    ("ftp://8.8.8.8/", []),
    ("file:///etc/passwd", []),
]

PUBLIC = ["8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1"]
PUBLIC += ["192.0.1.1", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450::1"]
PUBLIC += ["2001:4860:4860::8888", "2606:4700::a9fe:a9fe", "::ffff:8.8.8.8"]


class Dialled(list[Address]):
    """What the transport tried to connect to, instead of connecting."""

    async def connect(self, address: Address, port: int) -> None:
        self.append(address)
        raise OSError(111, "Connection refused")


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dialled]:
    record = Dialled()
    monkeypatch.setattr(dial_module, "connect", record.connect)
    return record


def resolving_to(*answers: list[str]) -> Transport:
    """A transport with nothing allowed, whose resolver gives these answers, one a look-up."""
    left = list(answers)

    async def resolve(host: str) -> list[Address]:
        return [ip_address(text) for text in left.pop(0)]

    return Transport(CLOSED, resolve=resolve)


async def post(transport: Transport, url: str) -> None:
    await transport.post(url, {}, b"", caps=WEBHOOK_CAPS)


@pytest.mark.anyio
@pytest.mark.parametrize(("url", "addresses"), FORBIDDEN)
async def test_a_forbidden_url_is_never_dialled(url: str, addresses: list[str], dialled: Dialled) -> None:
    with pytest.raises((BlockedAddress, Unsendable)) as caught:
        await post(resolving_to(addresses), url)
    assert dialled == []
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url", [url for url, addresses in FORBIDDEN if not addresses or "localhost" in url.lower()]
)
def test_a_literal_or_localhost_is_already_refused_when_it_is_saved(url: str) -> None:
    with pytest.raises((BlockedAddress, Unsendable)):
        CLOSED.check_url(url)


def test_the_table_of_forbidden_urls_is_long_enough() -> None:
    assert len(FORBIDDEN) >= 60


@pytest.mark.anyio
@pytest.mark.parametrize("address", PUBLIC)
async def test_a_public_address_may_be_dialled(address: str, dialled: Dialled) -> None:
    with pytest.raises(ConnectFailed):
        await post(resolving_to([address]), "https://odoo.example/")
    assert [str(each) for each in dialled] == [address.removeprefix("::ffff:")]


@pytest.mark.anyio
async def test_a_name_that_turns_private_after_its_first_look_up_is_blocked_then(dialled: Dialled) -> None:
    transport = resolving_to(["8.8.8.8"], ["169.254.169.254"])
    with pytest.raises(ConnectFailed):
        await post(transport, "https://rebinding.example/")
    with pytest.raises(BlockedAddress):
        await post(transport, "https://rebinding.example/")
    assert dialled == [ip_address("8.8.8.8")]


@pytest.mark.anyio
async def test_the_checked_address_is_dialled_without_a_second_look_up(dialled: Dialled) -> None:
    # A second look-up would find the resolver with nothing left to answer.
    with pytest.raises(ConnectFailed):
        await post(resolving_to(["8.8.8.8"]), "https://rebinding.example/")
    assert dialled == [ip_address("8.8.8.8")]


@pytest.mark.anyio
async def test_of_a_mixed_answer_only_the_permitted_addresses_are_dialled(dialled: Dialled) -> None:
    with pytest.raises(ConnectFailed):
        await post(resolving_to(["64:ff9b::808:808", "10.0.0.1", "8.8.8.8"]), "https://mixed.example/")
    assert dialled == [ip_address("8.8.8.8")]


@pytest.mark.anyio
async def test_the_reason_names_no_address_that_the_name_resolved_to() -> None:
    with pytest.raises(BlockedAddress) as caught:
        await post(resolving_to(["10.1.2.3"]), "https://odoo.example/secret-path")
    assert str(caught.value) == "https://odoo.example: this address is not allowed"


def test_a_listed_network_is_opened_also_for_plain_http() -> None:
    guard = AddressGuard.parse("10.0.0.0/8, 127.0.0.1")
    assert guard.permits(ip_address("10.9.9.9"))
    assert guard.permits_plain(ip_address("127.0.0.1"))
    assert guard.permits(ip_address("::ffff:10.9.9.9"))
    assert not guard.permits(ip_address("127.0.0.2"))
    assert not guard.permits_plain(ip_address("8.8.8.8"))
    guard.check_url("http://127.0.0.1:8069/")
    guard.check_url("http://localhost:8069/")
    guard.check_url("http://odoo:8069/")  # decided when it is dialled


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1:a9fe:a9:fe00::",
        "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::1",
    ],
)
def test_link_local_and_metadata_stay_shut_even_where_everything_is_listed(address: str) -> None:
    everything = AddressGuard([ip_network("0.0.0.0/0"), ip_network("::/0")])
    assert not everything.permits(ip_address(address))
    assert not everything.permits_plain(ip_address(address))


def test_networks_are_read_from_one_line() -> None:
    guard = AddressGuard.parse(" 10.0.0.0/8,192.168.0.0/16  fd00::/8 ")
    assert all(guard.permits(ip_address(text)) for text in ("10.1.1.1", "192.168.1.1", "fd00::1"))
    assert not AddressGuard.parse("").permits(ip_address("10.1.1.1"))


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.1/8", "localhost", "10.0.0.0-10.0.0.9"])
def test_what_is_no_network_is_named_in_one_line(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        AddressGuard.parse(f"127.0.0.0/8,{text}")
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, NetError)


@pytest.mark.parametrize("url", ["http://8.8.8.8/", "http://odoo.example/"])
def test_plain_http_is_refused_when_it_is_saved_if_nothing_is_listed(url: str) -> None:
    with pytest.raises(BlockedAddress) as caught:
        CLOSED.check_url(url)
    assert "use https" in str(caught.value)


def test_a_public_https_url_passes() -> None:
    CLOSED.check_url("https://stockmaster.notorios.cl/api/webhooks/odoo")
    CLOSED.check_url("https://8.8.8.8:8443/")
