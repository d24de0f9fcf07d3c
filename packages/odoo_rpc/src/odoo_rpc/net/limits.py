"""How many connections may lie idle in this process."""

import sys

MOST_IDLE = 10_000


def idle_limit() -> int:
    """Return half of the files that this process may open, at most `MOST_IDLE`: the rest is for everything else."""
    if sys.platform == "win32":
        return MOST_IDLE
    import resource

    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_IDLE if soft == resource.RLIM_INFINITY else max(1, min(MOST_IDLE, soft // 2))
