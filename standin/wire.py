"""The listening socket and the threads behind it."""

from __future__ import annotations

import contextlib
import socket
import threading
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from http.server import BaseHTTPRequestHandler

    from standin.clock import Clock
    from standin.messages import Reply, Request


class Wire(ThreadingHTTPServer):
    """An HTTP server on threads of its own. Stopping it closes everything that is open."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        handler: type[BaseHTTPRequestHandler],
        answer: Callable[[Request], Reply],
        clock: Clock,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(address, handler)
        if tls:
            # The connection's own thread does the handshake: a client that never starts it does not block others.
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._scheme = "https" if tls else "http"
        self.answer = answer
        self.clock = clock
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, name="standin", daemon=True
        )

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        host, port = self.server_address[:2]
        return f"{self._scheme}://{host!s}:{port}"

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
                _break_off(connection)
        self.server_close()

    def opened(self, connection: socket.socket) -> None:
        """Keep a connection, to close it on stop."""
        with self._lock:
            self._connections.add(connection)
            if self.stopping.is_set():
                _break_off(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._connections.discard(connection)


def _break_off(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
