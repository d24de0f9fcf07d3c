"""TLS settings: certificates always verified, TLS 1.2 at least, nothing taken from the environment."""

import ssl
from functools import lru_cache
from pathlib import Path

import certifi

from odoo_rpc.net.errors import TlsFailed


def context_for(ca_file: str | None) -> ssl.SSLContext:
    """Return the context for a CA file, or for the public authorities (`None`); each is loaded once a process.

    A CA file that changes on disk is read again. It replaces the public authorities: a tenant with a private one is
    not to be impersonated by any of the hundred others. Raise `TlsFailed` where it can't be used.
    """
    if ca_file is None:
        return _load(certifi.where(), 0)
    try:
        return _load(ca_file, Path(ca_file).stat().st_mtime_ns)
    except (OSError, ssl.SSLError) as error:
        raise TlsFailed(f"the CA file can't be used: {error.strerror or 'it holds no certificate'}") from None


@lru_cache(maxsize=1024)
def _load(ca_file: str, _changed: int) -> ssl.SSLContext:
    # Not ssl.create_default_context(): it would write session keys to where SSLKEYLOGFILE says. This protocol
    # verifies certificate and host name from the start.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    context.load_verify_locations(cafile=ca_file)
    return context
