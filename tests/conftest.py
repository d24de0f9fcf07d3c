"""What every folder of tests shares. A session has one turn at a real Odoo, so its fixture must exist once only."""

import signal

from hypothesis import settings

from real_odoo_support import real_odoo

__all__ = ["real_odoo"]

# How long an example takes is the machine's business; what must not hang has pytest's own time limit.
settings.register_profile("here", deadline=None)
settings.load_profile("here")

# A shell ignores Ctrl-C for what it starts in its background, nohup a hang-up, and so would every program that a test starts and
# ends by it.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)
