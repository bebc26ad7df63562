"""HTTP itself: reads requests, writes replies, and breaks connections where a fault says so."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Callable
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from standin.clock import Clock
from standin.faults import Fault
from standin.messages import Reply, Request

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Wire(ThreadingHTTPServer):
    """An HTTP server on threads of its own. Stopping it breaks off whatever is still open."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answer: Callable[[Request], Reply], clock: Clock) -> None:
        super().__init__(address, Handler)
        self.answer = answer
        self.clock = clock
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, name="standin")

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End everything; no thread outlives this."""
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class says Any
        """Note the connection, so that it can be broken off."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - the base class says Any
        """Forget the connection."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class says Any
        """Say nothing of clients that went away; tell everything else."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


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
        """Send small pieces at once: a trickle is one of the faults."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def version_string(self) -> str:
        """No more than a name."""
        return "standin"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header, by the clock that everything goes by."""
        del timestamp
        return format_datetime(self.server.clock.now(), usegmt=True)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class names it
        """Log nothing: a request line may hold what tests look for in logs."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
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

    def _cut(self, reply: Reply) -> None:
        body = reply.body[: len(reply.body) // 2]
        told = _fault(reply).text("content_length")
        self._head(reply, {"full": len(reply.body), "cut": len(body)}.get(told))
        self.wfile.write(body)
        self.close_connection = True

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
        # The file objects hold the socket open; closed now, it is reset rather than shut down in good order.
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        self.close_connection = True


def _fault(reply: Reply) -> Fault:
    if reply.manner is None:
        msg = "this reply is not sent by a fault"
        raise ValueError(msg)
    return reply.manner
