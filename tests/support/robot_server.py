"""A web server on loopback that answers like a chat robot, and keeps what was posted to it and when, by a given clock."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.listeners import HOST, listening


@dataclass
class Posts:
    """What a robot is to answer, one answer after the other and the last for ever, and what it was told."""

    answers: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, b'{"errcode": 0, "code": 0}')])
    clock: Callable[[], float] = time.monotonic
    told: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    pause: float = 0.0  # seconds before an answer
    drops: bool = False  # closes the connection instead of answering


class _Robot(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        posts = self.server.posts
        posts.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        posts.paths.append(self.path)
        posts.at.append(posts.clock())
        if posts.drops:
            self.close_connection = True
            return
        time.sleep(posts.pause)
        status, answer = posts.answers[0] if len(posts.answers) == 1 else posts.answers.pop(0)
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words: object) -> None:
        """Nothing on the terminal."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, posts: Posts) -> None:
        super().__init__((HOST, 0), _Robot)
        self.posts = posts

    def handle_error(self, *_: object) -> None:
        """Whoever hung up did so on purpose."""


@contextmanager
def robot_server(posts: Posts) -> Iterator[str]:
    """The server, as HOST:PORT."""
    server = _Server(posts)
    with listening(server):
        yield f"{HOST}:{server.server_address[1]}"
