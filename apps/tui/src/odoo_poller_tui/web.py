"""The screens in a browser, by textual-serve: each visitor gets a process of his own, with all that the screens can do.

It listens on loopback unless told otherwise, answers only for the name it was opened under (a page elsewhere could otherwise
reach it through a name that resolves to this machine), takes a socket only from its own page, and loads nothing from elsewhere.
"""

from __future__ import annotations

import logging
import re
import shlex
import sys
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from odoo_poller_tui.i18n import _
from poller_core.settings import Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; "
    "img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
FOCUS = (
    "const waiting = setInterval(() => { const field = document.querySelector('.-loaded .xterm-helper-textarea'); "
    "if (field) { field.focus(); clearInterval(waiting); } }, 100);"
)
"""xterm's field gets the keys only once it has the focus, and tells the socket so: it has to be open."""
LINK = re.compile(r'<link\b[^>]*\bhref="([^"]*)"[^>]*>')
FONTS = {
    "normal": "/static/fonts/RobotoMono-VariableFont_wght.ttf",
    "italic": "/static/fonts/RobotoMono-Italic-VariableFont_wght.ttf",
}
"""textual-serve has the page's font beside it, but links to it elsewhere."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def serve(settings: Settings, host: str, port: int) -> int:
    """Serve until interrupted; returns the exit code."""
    command = [sys.executable, "-m", "odoo_poller_tui", "--db", str(settings.db_path.absolute())]
    WebScreens(shlex.join(command), host, port).serve()
    return 0


def is_ours(host_header: str, host: str, port: int) -> bool:
    """Whether a request's ``Host`` names this server: the name it was opened under, or a loopback name where it is loopback."""
    try:
        parts = urlsplit(f"//{host_header}")
        name, asked = (parts.hostname or "").lower(), parts.port or 80
    except ValueError:
        return False
    if asked != port:
        return False
    if _is_loopback(host):
        return _is_loopback(name)
    return name == host.lower() or _is_any(host)


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _is_any(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


class WebScreens(Server):
    """textual-serve's server with a guard before it, and without tracebacks that show locals."""

    def __init__(self, command: str, host: str, port: int) -> None:
        super().__init__(command, host=host, port=port, title="odoo-poller")

    def initialize_logging(self) -> None:
        """Warnings to stderr, in plain text."""
        logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)

    async def on_startup(self, app: web.Application) -> None:
        """Say where the screens are, and to whom they are open."""
        print(_("The screens are at {url}. Ctrl+C ends it.", url=self.public_url), file=sys.stderr)  # noqa: T201
        if not _is_loopback(self.host):
            print(_("Whoever reaches that address can do all that the screens can."), file=sys.stderr)  # noqa: T201

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_ours(request.host, self.host, self.port):
            raise web.HTTPMisdirectedRequest(text="this server goes by another name")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="from another page")
        if request.path == "/ws" and origin is None:
            raise web.HTTPForbidden(text="from no page")
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    async def handle_index(self, request: web.Request) -> Any:
        """The page, which opens its socket under the name that the browser used, and takes keys without a click before."""
        self.public_url = f"http://{request.host}"
        page: Any = await super().handle_index(request)
        text = LINK.sub(lambda link: link[0] if link[1].startswith(f"{self.public_url}/") else "", page.text)
        text = text.replace("<head>", f"<head>{self._head()}")
        page.text = text.replace("</body>", f"<script>{FOCUS}</script></body>")
        return page

    def _head(self) -> str:
        """A title, no icon, and the font: asked for before the terminal is made, which measures it only once."""
        faces = " ".join(
            f"@font-face {{ font-family: 'Roboto Mono'; font-style: {style}; font-weight: 100 700; src: url('{url}'); }}"
            for style, url in FONTS.items()
        )
        return (
            f'<meta charset="utf-8"><title>{self.title}</title><link rel="icon" href="data:,">'
            f'<link rel="preload" href="{FONTS["normal"]}" as="font" type="font/ttf" crossorigin>'
            f"<style>{faces}</style>"
        )
