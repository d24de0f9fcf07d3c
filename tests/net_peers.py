"""Real peers on loopback, each a thread that follows a script, so that one test runs on asyncio and trio alike."""

import datetime
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

import anyio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from odoo_rpc.net import Transport

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Talk:
    """One accepted connection, as its script sees it."""

    def __init__(self, peer: "Peer", connected: socket.socket) -> None:
        self.peer = peer
        self.socket = connected
        self._unread = b""

    def request(self) -> bytes | None:
        """Read one whole request; None where the client closed."""
        while b"\r\n\r\n" not in self._unread:
            if not self._more():
                return None
        head, _, rest = self._unread.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(rest) < length:
            if not self._more():
                return None
            rest = self._unread.partition(b"\r\n\r\n")[2]
        self._unread = rest[length:]
        whole = head + b"\r\n\r\n" + rest[:length]
        self.peer.requests.append(whole)
        return whole

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def drip(self, data: bytes, seconds: float = 0.02) -> None:
        for position in range(len(data)):
            if self.peer.stopping.wait(seconds):
                return
            self.send(data[position : position + 1])

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def wait_until_closed(self) -> None:
        with suppress(OSError):
            while self.socket.recv(65536):
                pass

    def _more(self) -> bool:
        try:
            data = self.socket.recv(65536)
        except OSError:
            return False
        self._unread += data
        return bool(data)


Script = Callable[[Talk], None]


class Peer:
    """A listener whose every connection follows `script`; `context` makes it a TLS server."""

    def __init__(
        self, script: Script, context: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._script = script
        self._context = context
        self._listener = socket.create_server((host, 0))
        self.port = self._listener.getsockname()[1]
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://{'127.0.0.1' if context is None else 'odoo.example'}:{self.port}/hook"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        self.stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connected, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._follow, args=(connected,), daemon=True).start()

    def _follow(self, connected: socket.socket) -> None:
        with suppress(OSError), connected:
            if self._context is not None:
                connected = self._context.wrap_socket(connected, server_side=True)
            with connected:
                self._script(Talk(self, connected))


def answering(*answers: bytes) -> Script:
    """A script that answers its requests with these, the last one again and again."""

    def script(talk: Talk) -> None:
        number = 0
        while talk.request() is not None:
            talk.send(answers[min(number, len(answers) - 1)])
            number += 1

    return script


def after_request(then: Script) -> Script:
    """A script that reads one request and then does something else, such as misbehave."""

    def script(talk: Talk) -> None:
        if talk.request() is not None:
            then(talk)

    return script


async def idle_connection_saw_something(transport: Transport) -> None:
    """Wait until the newest idle connection's socket has something to say, if only that its peer is gone."""
    newest = next(reversed(transport._pool._by_age))
    with anyio.fail_after(5):
        while newest.silent():
            await anyio.lowlevel.checkpoint()


class Authority:
    """A certificate authority of our own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
        self._certificate = self._signed(self._name, self._key.public_key(), ca=True)
        self.file = str(folder / "ca.pem")
        Path(self.file).write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def server(self, *hosts: str, expired: bool = False, self_signed: bool = False) -> ssl.SSLContext:
        """A server's context with a certificate for `hosts`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        names = [x509.IPAddress(ip_address(h)) if h[0].isdigit() else x509.DNSName(h) for h in hosts]
        certificate = self._signed(
            name, key.public_key(), names=names, expired=expired, signer=key if self_signed else None
        )
        path = self._folder / f"{hosts[0]}-{expired}-{self_signed}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self,
        subject: x509.Name,
        public_key: ec.EllipticCurvePublicKey,
        *,
        ca: bool = False,
        names: list[x509.GeneralName] | None = None,
        expired: bool = False,
        signer: ec.EllipticCurvePrivateKey | None = None,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name if signer is None else subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 3 * day)
            .not_valid_after(now - day if expired else now + day)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(signer or self._key, hashes.SHA256())
