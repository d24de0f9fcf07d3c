"""Where log lines go: a stream that may be slow, full or closed, none of which is the poller's concern.

A log collector that stops reading fills the pipe, and the next write would hold up every delivery. So a line is
written only when the stream takes it at once, and is dropped otherwise; the next line that gets through says how
many were lost.
"""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from typing import TextIO

# POSIX: a pipe that is ready takes this many bytes without blocking, and whole (PIPE_BUF is 4096 on Linux).
LINE_LIMIT = 4096


class Sink:
    """Writes whole lines to ``stream``, never waits, never raises. ``None`` stands for a stdout that was closed.

    ``dropped`` counts the lines lost since the last one that got through.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self.dropped = 0
        self._stream = stream
        self._handle = _own_handle(stream)
        self._poll = select.poll()
        if self._handle is not None:
            self._poll.register(self._handle, select.POLLOUT)

    def write(self, line: bytes | str) -> None:
        """Write one line without its end; at most `LINE_LIMIT` bytes of it."""
        data = line.encode("utf-8", "backslashreplace") if isinstance(line, str) else line
        data = data[: LINE_LIMIT - 1] + b"\n"
        self.dropped = 0 if self._written(data) else self.dropped + 1

    debug = info = warning = error = critical = exception = write

    def close(self) -> None:
        """Give the handle back; the stream itself stays open."""
        handle, self._handle, self._stream = self._handle, None, None
        if handle is not None:
            os.close(handle)

    def _written(self, data: bytes) -> bool:
        try:
            if self._handle is not None:
                return bool(self._poll.poll(0)) and os.write(self._handle, data) == len(data)
            return self._stream is not None and _by_stream(self._stream.write, data)
        except (OSError, ValueError):
            return False


def _by_stream(write: Callable[[str], int], data: bytes) -> bool:
    write(data.decode("utf-8", "replace"))
    return True


def _own_handle(stream: TextIO | None) -> int | None:
    """A copy of the stream's file descriptor: were the stream closed, its number might come to name the database."""
    if stream is None:
        return None
    try:
        stream.flush()
        return os.dup(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return None


__all__ = ["LINE_LIMIT", "Sink"]
