"""What can go wrong between here and another host, one class for each different reaction of the caller.

::

    NetError (an httpx.TransportError)
    ├── ConnectFailed     nobody answered, or the connection broke before the answer was whole: try later
    ├── NameNotFound      the host name has no address: try later, look at the URL
    ├── TlsFailed         the certificate or the handshake was refused: look at the certificate
    ├── TimedOut          connecting or the whole exchange took too long: try later
    ├── BlockedAddress    the host is at an address that must not be called: a person must decide
    ├── ProtocolBroken    what came is not an HTTP/1 answer that we asked for
    ├── TooLarge          the answer exceeds its caps
    └── Unsendable        the URL or a header cannot be sent as given (also a ValueError): a person must mend it

Messages are one line and name the origin (scheme, host, port) at most: never a path, a query, a header's value
or a body, since those carry secrets.
"""

import httpx


class NetError(httpx.TransportError):
    """Root of everything that `odoo_rpc.net` raises about an exchange."""


class ConnectFailed(NetError):
    """Refused, unreachable, reset, or closed before the answer was complete."""


class NameNotFound(NetError):
    """The resolver knows no address for the host name, or failed to say."""


class TlsFailed(NetError):
    """The TLS handshake failed: certificate expired, for another host, from an unknown authority, old protocol."""


class TimedOut(NetError):
    """The connect deadline or the total deadline passed."""


class BlockedAddress(NetError):
    """The host lies at a loopback, private, link-local or otherwise special address that nobody allowed."""


class ProtocolBroken(NetError):
    """The peer did not speak HTTP/1 as asked: bad syntax, 101, unknown encoding, headers beyond their caps."""


class TooLarge(NetError):
    """The answer's body is larger than the caps, as sent or as decoded."""


class Unsendable(NetError, ValueError):
    """The URL or a header cannot be put on the wire as given."""
