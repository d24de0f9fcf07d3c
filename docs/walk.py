"""Walk from an empty folder to the first delivered order of a real Odoo 19, and write it down with what was said.

``python docs/walk.py`` writes ``docs/first-order.md`` anew; ``$REAL_ODOO`` names the tool that starts the Odoo. Every command
runs on a terminal of its own, 100 columns wide. Left out of the page are the key and the secret, and nothing else.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from real_odoo_support import Access, Seeder, locate, turn  # noqa: E402

PAGE = ROOT / "docs" / "first-order.md"
COLUMNS = 100
BAR = re.compile(r"\r\x1b\[K(?:[A-Z][\w ]* … \d+ s)?")  # drawn for a moment and taken away
SECRET = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")

TEXT = """\
# The first order

From nothing to the first order of a real Odoo at a receiver, in {count} commands; each says what comes next. Below, an Odoo 19
and the receiver run on this machine: in your own case leave `POLLER_ALLOWED_NETWORKS` away, and take your Odoo's address and
your receiver's. What the commands say is real; `python docs/walk.py` writes this page anew.

{install}

installs the program into `.venv`. Loopback and private addresses are refused unless they are listed:

{allow}

A receiver, for trying things out: [docs/receiver.py](receiver.py) takes whatever comes and says so.

{receive}

The API key was made in Odoo under *Preferences → Account Security* and lies in the file `odoo.key`. Without options, the
command asks for everything; the key never stands on the command line.

{add}

A connection begins now: older orders are left out until you say otherwise. Whether all is as it should be:

{test}

Now confirm a quotation in Odoo ({number} here), and fetch it:

{poll}

What became of it, from its capture to the receiver's answer:

{show}

And how everything does:

{status}

`odoo-poller run` does from now on by itself what `poll` did once, for all connections, until it is stopped. That no order was
missed is proven by `odoo-poller reconcile 'Mi tienda' --since 2026-11-01`, which asks Odoo for all of them. As a service, in a
container and with its metrics: [docs/configuration.md](configuration.md); what a receiver should do: [docs/receivers.md](receivers.md).
"""


class Walk:
    """A folder, a terminal, and the commands that were typed."""

    def __init__(self, folder: Path, access: Access) -> None:
        (folder / "docs").symlink_to(ROOT / "docs")
        (folder / "odoo.key").write_text(access.api_key)
        self.folder = folder
        clean = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("POLLER_", "LC_", "LANG", "MAKE", "MFLAGS"))
        }
        bin_folder = str(Path(sys.executable).parent)
        self.environ = {**clean, "NO_COLOR": "1", "LANG": "C.UTF-8", "PATH": f"{bin_folder}:{clean['PATH']}"}
        self.environ["POLLER_ALLOWED_NETWORKS"] = "127.0.0.0/8"
        self.commands = 0
        self.said = b""
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
        threading.Thread(target=self._listen, daemon=True).start()
        self.receiver: subprocess.Popen[bytes] | None = None

    def _listen(self) -> None:
        while part := os.read(self.ours, 65_536):
            self.said += part

    def typed(self, command: str) -> str:
        """Show a command that changes nothing which could be seen here."""
        self.commands += 1
        return f"```\n$ {command}\n```"

    def receives(self, command: str) -> str:
        """Start the receiver; what it says appears among what the others say."""
        self.receiver = self._started(command.removesuffix(" &"))
        return self.typed(command)

    def ran(self, command: str, folder: Path | None = None) -> str:
        """Run a command to its end and show what was said."""
        self.said = b""
        process = self._started(command, folder)
        if code := process.wait(timeout=120):
            raise SystemExit(f"{command} ended with {code}: {self.said.decode()}")
        termios.tcdrain(self.theirs)
        text = BAR.sub("", SECRET.sub("…", self.said.decode().replace("\r\n", "\n")))
        self.commands += 1
        return "\n".join(
            ["```", f"$ {command}", *(line.rstrip() for line in text.rstrip().split("\n")), "```"]
        )

    def _started(self, command: str, folder: Path | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            f"exec {command}".replace("\\\n", ""),
            shell=True,
            cwd=folder or self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=self.theirs,
            stderr=self.theirs,
        )


def confirm_order(seeder: Seeder) -> str:
    """Confirm a new quotation in Odoo, as a salesperson would; its number."""
    partner = seeder.partner("Ana Huenchumán", street="Pasaje Lautaro 12", city="Temuco", zip="4780000")
    product = seeder.product("Polera algodón", sku="POL-M-RO", price=12990.0)
    ids = seeder.draft_orders(1, partner, [{"product_id": product, "product_uom_qty": 2}])
    seeder.confirm(ids)
    return str(seeder.call("sale.order", "read", ids, ["name"])[0]["name"])


def page(access: Access, folder: Path) -> str:
    """Walk, and return the page."""
    walk = Walk(folder, access)
    seeder = Seeder(access)
    try:
        parts = {
            "install": walk.ran("make setup", ROOT),
            "allow": walk.typed("export PATH=$PWD/.venv/bin:$PATH POLLER_ALLOWED_NETWORKS=127.0.0.0/8"),
            "receive": walk.receives("python docs/receiver.py &"),
            "add": walk.ran(
                "odoo-poller connections add --name 'Mi tienda' --store-id tienda-1 --client-id cliente-1 \\\n"
                f"    --odoo-url {access.url} --odoo-db {access.db} --odoo-username {access.username} \\\n"
                "    --webhook-url http://127.0.0.1:9000/webhooks/odoo --api-key - < odoo.key"
            ),
            "test": walk.ran("odoo-poller connections test 'Mi tienda'"),
        }
        number = confirm_order(seeder)
        parts["poll"] = walk.ran("odoo-poller poll")
        parts["show"] = walk.ran(f"odoo-poller orders show {number}")
        parts["status"] = walk.ran("odoo-poller status")
    finally:
        seeder.close()
        if walk.receiver is not None:
            walk.receiver.terminate()
    return TEXT.format(count=walk.commands, number=number, **parts)


def main() -> None:
    with turn(19), tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(page(locate(19), Path(folder)), "utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
