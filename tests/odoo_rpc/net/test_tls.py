"""Certificates are verified, always, against the public authorities or the one that was named."""

import os
import ssl
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from net_peers import NO_CONTENT, Authority, Peer, Talk, answering, idle_connection_saw_something
from odoo_rpc.net import (
    ODOO_CAPS,
    WEBHOOK_CAPS,
    AddressGuard,
    ConnectFailed,
    TimedOut,
    TlsFailed,
    Transport,
    tls,
)
from odoo_rpc.net.tls import context_for

pytestmark = pytest.mark.anyio

StartPeer = Callable[..., Peer]


async def test_a_host_certified_by_the_named_authority_is_called(
    peer: StartPeer, transport: Transport, authority: Authority
) -> None:
    served = peer(answering(NO_CONTENT), context=authority.server("odoo.example"))
    for _ in range(3):
        reply = await transport.post(served.url, {}, b"{}", caps=WEBHOOK_CAPS, ca_file=authority.file)
        assert reply.status == 204
    assert (served.connections, transport.idle) == (1, 1)
    assert served.requests[0].startswith(b"POST /hook HTTP/1.1\r\nHost: odoo.example:%d\r\n" % served.port)


async def test_a_certificate_for_an_address_holds_for_that_address(
    peer: StartPeer, transport: Transport, authority: Authority
) -> None:
    served = peer(answering(NO_CONTENT), context=authority.server("127.0.0.1"))
    url = f"https://127.0.0.1:{served.port}/"
    assert (await transport.post(url, {}, b"", caps=WEBHOOK_CAPS, ca_file=authority.file)).status == 204


async def test_a_name_with_its_final_dot_is_certified_without_it(
    peer: StartPeer, transport: Transport, authority: Authority
) -> None:
    served = peer(answering(NO_CONTENT), context=authority.server("odoo.example"))
    url = f"https://odoo.example.:{served.port}/"
    assert (await transport.post(url, {}, b"", caps=WEBHOOK_CAPS, ca_file=authority.file)).status == 204


async def test_a_large_body_goes_both_ways_through_tls(
    peer: StartPeer, transport: Transport, authority: Authority
) -> None:
    def echo(talk: Talk) -> None:
        body = (talk.request() or b"").partition(b"\r\n\r\n")[2]
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    served = peer(echo, context=authority.server("odoo.example"))
    sent = bytes(range(256)) * 16_000
    reply = await transport.post(served.url, {}, sent, caps=ODOO_CAPS, ca_file=authority.file)
    assert reply.body == sent


@pytest.mark.parametrize(
    ("hosts", "options", "reason"),
    [
        (["odoo.example"], {"self_signed": True}, "self-signed certificate"),
        (["odoo.example"], {"expired": True}, "certificate has expired"),
        (["other.example"], {}, "Hostname mismatch"),
        (["127.0.0.1"], {}, "Hostname mismatch"),
    ],
    ids=["self-signed", "expired", "wrong host", "address only"],
)
async def test_a_certificate_that_proves_nothing_is_refused(
    hosts: list[str],
    options: dict[str, bool],
    reason: str,
    peer: StartPeer,
    transport: Transport,
    authority: Authority,
) -> None:
    served = peer(answering(NO_CONTENT), context=authority.server(*hosts, **options))
    with pytest.raises(TlsFailed) as caught:
        await transport.post(served.url, {}, b"secret", caps=WEBHOOK_CAPS, ca_file=authority.file)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert served.requests == []


async def test_a_private_authority_is_not_trusted_unless_named(
    peer: StartPeer, transport: Transport, authority: Authority
) -> None:
    served = peer(answering(NO_CONTENT), context=authority.server("odoo.example"))
    with pytest.raises(TlsFailed):
        await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS)
    assert served.requests == []


async def test_an_old_protocol_is_refused(
    peer: StartPeer, transport: Transport, authority: Authority
) -> None:
    context = authority.server("odoo.example")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises((TlsFailed, ConnectFailed)):
        await transport.post(
            peer(answering(NO_CONTENT), context=context).url,
            {},
            b"",
            caps=WEBHOOK_CAPS,
            ca_file=authority.file,
        )


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_an_idle_tls_connection_that_the_peer_closed_is_noticed_before_reuse(
    version: ssl.TLSVersion, peer: StartPeer, transport: Transport, authority: Authority
) -> None:
    def answer_once_and_close(talk: Talk) -> None:
        talk.request()
        talk.send(NO_CONTENT)
        talk.peer.stopping.wait(0.05)

    context = authority.server("odoo.example")
    context.minimum_version = context.maximum_version = version
    served = peer(answer_once_and_close, context=context)
    for _ in range(3):
        await transport.post(served.url, {}, b"", caps=WEBHOOK_CAPS, ca_file=authority.file)
        await idle_connection_saw_something(transport)
    assert served.connections == 3


async def test_a_peer_that_speaks_no_tls_is_refused(peer: StartPeer, transport: Transport) -> None:
    def plain(talk: Talk) -> None:
        talk.socket.recv(1)
        talk.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        talk.wait_until_closed()

    served = peer(plain)
    with pytest.raises(TlsFailed):
        await transport.post(served.url.replace("http:", "https:"), {}, b"", caps=WEBHOOK_CAPS)


@pytest.mark.parametrize("close", [Talk.reset, lambda talk: None], ids=["reset", "close"])
async def test_a_peer_that_goes_away_in_the_handshake_is_an_error_of_the_connection(
    close: Callable[[Talk], None], peer: StartPeer, transport: Transport
) -> None:
    def leave(talk: Talk) -> None:
        talk.socket.recv(1000)
        close(talk)

    with pytest.raises((TlsFailed, ConnectFailed)):
        await transport.post(peer(leave).url.replace("http:", "https:"), {}, b"", caps=WEBHOOK_CAPS)


async def test_a_peer_that_never_finishes_the_handshake_ends_at_the_connect_deadline(peer: StartPeer) -> None:
    served = peer(Talk.wait_until_closed)
    async with Transport(AddressGuard.parse("127.0.0.1"), connect_seconds=0.2) as transport:
        with anyio.fail_after(5), pytest.raises(TimedOut):
            await transport.post(f"https://127.0.0.1:{served.port}/", {}, b"", caps=WEBHOOK_CAPS)


@pytest.mark.parametrize("content", [None, "", "no certificate"])
async def test_a_ca_file_that_can_not_be_used_is_an_error_that_says_so(
    content: str | None, tmp_path: Path, peer: StartPeer, transport: Transport
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    served = peer(Talk.wait_until_closed)
    with pytest.raises(TlsFailed) as caught:
        await transport.post(
            f"https://127.0.0.1:{served.port}/", {}, b"", caps=WEBHOOK_CAPS, ca_file=str(path)
        )
    assert "the CA file can't be used" in str(caught.value)


def test_a_context_is_loaded_once_and_again_when_its_file_changes(
    authority: Authority, tmp_path: Path
) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(Path(authority.file).read_bytes())
    first = context_for(str(path))
    assert context_for(str(path)) is first
    os.utime(path, (1, 1))
    assert context_for(str(path)) is not first
    assert context_for(None) is context_for(None)


def test_the_settings_are_strict_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    tls._load.cache_clear()
    context = context_for(None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.keylog_filename is None
    assert len(context.get_ca_certs()) > 50
