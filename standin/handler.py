"""One connection: reads requests, writes replies, and breaks off if a fault says so."""

from __future__ import annotations

import contextlib
import socket
import struct
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from standin.messages import Reply, Request

if TYPE_CHECKING:
    from standin.faults import Fault
    from standin.wire import Wire

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Wire

    def do_GET(self) -> None:
        """Answer a GET."""
        self._serve()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._serve()

    def setup(self) -> None:
        """Get ready; small pieces are sent at once, since a trickle is one of the faults."""
        super().setup()
        self.server.opened(self.connection)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle(self) -> None:
        """Serve the connection until either side has enough; a client that just goes away is no error."""
        # ValueError: the base class flushes a file that a fault has closed with its connection.
        with contextlib.suppress(OSError, ValueError):
            super().handle()

    def finish(self) -> None:
        """Clean up."""
        self.server.closed(self.connection)
        super().finish()

    def version_string(self) -> str:
        """Only a name."""
        return "standin"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header, by the clock that everything goes by."""
        del timestamp
        return format_datetime(self.server.clock.now(), usegmt=True)

    def log_message(self, *_: object) -> None:
        """Log nothing: a request line can contain what tests look for in logs."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(int(length)) if length.isdecimal() else b""
        query = dict(reversed(parse_qsl(parts.query, keep_blank_values=True)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.answer(Request(self.command, unquote(parts.path), query, headers, body))
        manner = reply.manner.name if reply.manner else ""
        act = {
            "connection_reset": self._reset,
            "connection_closed": self._close,
            "hang": self._hang,
            "cut_body": self._cut,
            "reset_body": self._reset_in_body,
            "trickle": self._trickle,
            "chunked": self._chunked,
            "wrong_length": self._wrong_length,
            "closed_after_answer": self._send_and_close,
            "interim_answer": self._interim,
            "no_length": self._send_without_length,
        }.get(manner, self._send)
        act(reply)

    def _send(self, reply: Reply) -> None:
        self._head(reply, len(reply.body))
        self.wfile.write(reply.body)

    def _head(self, reply: Reply, length: int | None) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if length is None:
            self.close_connection = True
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _chunked(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Transfer-Encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()
        half = len(reply.body) // 2 + 1
        chunks = [reply.body[start : start + half] for start in range(0, len(reply.body), half)]
        is_cut = bool(_fault(reply).number("cut"))
        for chunk in chunks[:1] if is_cut else chunks:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if not is_cut:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = is_cut

    def _wrong_length(self, reply: Reply) -> None:
        by = int(_fault(reply).number("by"))
        self._head(reply, len(reply.body) + by)
        self.wfile.write(reply.body)
        # A client waits for what is missing; what is too much is left in the connection.
        self.close_connection = by > 0

    def _send_and_close(self, reply: Reply) -> None:
        self._send(reply)
        self.close_connection = True

    def _send_without_length(self, reply: Reply) -> None:
        self._head(reply, None)
        self.wfile.write(reply.body)

    def _interim(self, reply: Reply) -> None:
        self.send_response_only(int(_fault(reply).number("status")))
        self.end_headers()
        self._send(reply)

    def _cut(self, reply: Reply) -> None:
        body = reply.body[: len(reply.body) // 2]
        told = _fault(reply).text("content_length")
        length = {"full": len(reply.body), "cut": len(body)}.get(told)
        self._head(reply, length)
        self.wfile.write(body)
        self.close_connection = length != len(body)

    def _reset_in_body(self, reply: Reply) -> None:
        self._head(reply, len(reply.body))
        self.wfile.write(reply.body[: len(reply.body) // 2])
        self._reset(reply)

    def _trickle(self, reply: Reply) -> None:
        fault = _fault(reply)
        size = int(fault.number("bytes"))
        self._head(reply, len(reply.body))
        for start in range(0, len(reply.body), size):
            if self.server.stopping.is_set():
                break
            self.wfile.write(reply.body[start : start + size])
            self.server.clock.pause(fault.number("seconds"), self.server.stopping)

    def _hang(self, reply: Reply) -> None:
        fault = _fault(reply)
        if fault.number("hold"):
            self.server.clock.advance(fault.number("seconds"))
            # Returns when the client closes the connection, or the server breaks it off on its way out.
            self.connection.recv(1)
        else:
            self.server.clock.pause(fault.number("seconds"), self.server.stopping)
        self.close_connection = True

    def _close(self, _: Reply) -> None:
        self.close_connection = True

    def _reset(self, _: Reply) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        # The file objects keep the socket open; after this it is reset instead of shut down in order.
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        self.close_connection = True


def _fault(reply: Reply) -> Fault:
    if reply.manner is None:
        msg = "this reply is not sent by a fault"
        raise ValueError(msg)
    return reply.manner
