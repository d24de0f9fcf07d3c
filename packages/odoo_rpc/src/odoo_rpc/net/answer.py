"""From bytes to one HTTP/1 answer, with every limit that keeps a hostile peer from costing more than it should.

Pure: bytes are fed in, nothing is read or written here. One reader serves all answers of a connection.
"""

from typing import NamedTuple

import httptools

from odoo_rpc.net.caps import HEADER_BYTES, HEADER_COUNT, Caps
from odoo_rpc.net.errors import ConnectFailed, NetError, ProtocolBroken, TooLarge

_BODILESS = frozenset({204, 304})
_INFORMATIONAL = frozenset(
    {100, 102, 103}
)  # to be skipped; 101 would turn the connection into something else


class Answer(NamedTuple):
    """A whole answer: header names in lower case, repeated ones joined by ", "; the body's encoding not undone."""

    status: int
    headers: dict[str, str]
    body: bytes


class AnswerReader:
    """Reads answers, one after the other: `expect`, then `feed` until `complete`, or `end` at the end of stream.

    When complete, `collect` gives the answer, and `reusable` says whether another request may follow.
    """

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.complete = True
        self.reusable = True

    def expect(self, caps: Caps, *, truncate: bool, bodiless: bool = False) -> None:
        """Get ready for the answer to one request; `bodiless` if that was a HEAD."""
        self._caps = caps
        self._truncate = truncate
        self._bodiless = bodiless
        self._chunks: list[bytes] = []
        self._fed = self._head_bytes = self._head_count = self._body_bytes = 0
        self._refusal: NetError | None = None
        self._in_body = self._until_close = False
        self.complete = self.reusable = False
        self._status = 0
        self._headers: dict[str, str] = {}

    @property
    def started(self) -> bool:
        """Whether one byte of the answer came."""
        return self._fed > 0

    def collect(self) -> Answer:
        """Hand over the complete answer and keep nothing of it.

        An idle connection lives for a minute; thousands of them must not each hold their last answer.
        """
        chunks, headers = self._chunks, self._headers
        self._chunks, self._headers = [], {}
        return Answer(self._status, headers, chunks[0] if len(chunks) == 1 else b"".join(chunks))

    def feed(self, data: bytes) -> None:
        """Take what came. Raise `ProtocolBroken` or `TooLarge`; the connection is of no use afterwards."""
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise ProtocolBroken("the peer switched protocols") from None
        except httptools.HttpParserError:
            self.reusable = False
            # Garbage after a whole answer spoils the connection, not the answer.
            if not self.complete:
                raise self._refusal or ProtocolBroken("the answer is not valid HTTP/1") from None
        if self.complete:
            return
        if not self._in_body and self._fed > HEADER_BYTES:
            raise _headers_too_large()
        if self._fed > self._caps.raw + HEADER_BYTES:
            self._overflow()

    def end(self) -> None:
        """The peer closed. Complete the answer if it is one that ends so, otherwise raise `ConnectFailed`."""
        if self.complete:
            return
        if not self.started:
            raise ConnectFailed("the connection was closed before an answer came")
        if not self._until_close:
            raise ConnectFailed("the connection was closed in the middle of the answer")
        self.complete = True
        self.reusable = False

    def _overflow(self) -> None:
        if not self._truncate:
            raise TooLarge(f"the answer exceeds {self._caps.raw} bytes")
        self.complete = True
        self.reusable = False

    def _refuse(self, error: NetError) -> None:
        # An exception must cross the parser's C code to get out; it arrives there as a parser error.
        self._refusal = error
        raise error

    def on_message_begin(self) -> None:
        """The parser found the first byte of an answer, perhaps of one that nobody asked for."""
        if self.complete:
            self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser read a header line or a trailer."""
        if self.complete:
            return
        self._head_count += 1
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEADER_BYTES or self._head_count > HEADER_COUNT:
            self._refuse(_headers_too_large())
        if self._in_body:
            return
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        known = self._headers.get(key)
        self._headers[key] = text if known is None else f"{known}, {text}"

    def on_headers_complete(self) -> None:
        """The parser read the empty line after the headers."""
        if self.complete:
            return
        self._status = self._parser.get_status_code()
        if self._status < 200:
            if self._status not in _INFORMATIONAL:
                self._refuse(ProtocolBroken("the peer switched protocols or sent an unknown status"))
            return
        self._in_body = True
        framing = self._headers.get("transfer-encoding")
        if framing is not None and framing.lower() != "chunked":
            self._refuse(ProtocolBroken("the answer has an unknown transfer encoding"))
        length = self._headers.get("content-length")
        self._until_close = framing is None and length is None and self._status not in _BODILESS
        self.reusable = not self._until_close and self._parser.should_keep_alive()
        if self._bodiless:
            self.complete = True
            self.reusable = False
        elif length is not None and not self._truncate and int(length) > self._caps.raw:
            self._refuse(TooLarge(f"the answer exceeds {self._caps.raw} bytes"))

    def on_body(self, data: bytes) -> None:
        """The parser read some of the body."""
        if self.complete:
            return
        self._body_bytes += len(data)
        if self._body_bytes > self._caps.raw:
            if not self._truncate:
                self._refuse(TooLarge(f"the answer exceeds {self._caps.raw} bytes"))
            data = data[: self._caps.raw - self._body_bytes]
            self._overflow()
        self._chunks.append(data)

    def on_message_complete(self) -> None:
        """The parser read the end of an answer, perhaps an informational one."""
        if self.complete:
            return
        if self._status < 200:
            self._headers = {}
            return
        self.complete = True


def _headers_too_large() -> ProtocolBroken:
    return ProtocolBroken(f"the answer's headers exceed {HEADER_BYTES} bytes or {HEADER_COUNT} lines")
