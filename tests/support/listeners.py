"""Where alerts arrive in tests: a web server and a mail server of a few lines each, on this machine alone."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"
TOKEN = "geheim"  # of the address that is pinged


class Posted(BaseHTTPRequestHandler):
    """Takes whatever is posted, as JSON."""

    server: Listener

    def do_POST(self) -> None:
        self.server.taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Nothing on the terminal."""


class Listener(ThreadingHTTPServer):
    """Keeps what was posted to it."""

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), Posted)
        self.taken: list[dict[str, Any]] = []


class Asked(BaseHTTPRequestHandler):
    """Answers whatever is asked with the status of the moment, after as long as it is told to think."""

    server: Pinged

    def do_GET(self) -> None:
        self.server.taken.append(self.path)
        self.server.going_on.wait(30)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Nothing on the terminal."""


class Pinged(ThreadingHTTPServer):
    """Keeps the paths that were asked of it."""

    def __init__(self) -> None:
        super().__init__((HOST, 0), Asked)
        self.taken: list[str] = []
        self.status = 200
        self.going_on = threading.Event()
        self.going_on.set()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}/ping/{TOKEN}"


class Mailed(socketserver.StreamRequestHandler):
    """As much of SMTP as one message needs."""

    server: Postbox

    def handle(self) -> None:
        self._say("220 here")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self._say("354 go on")
                self.server.taken.append(self._message())
            self._say("221 bye" if word == b"QUIT" else "250 ok")

    def _message(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Postbox(socketserver.ThreadingTCPServer):
    """Keeps the messages that were mailed to it, as they came."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), Mailed)
        self.taken: list[bytes] = []


@contextmanager
def listening(server: socketserver.BaseServer) -> Iterator[None]:
    """Answer from a thread for as long as this lasts."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
