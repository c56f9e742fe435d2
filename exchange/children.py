"""Processes that open what comes from outside: each knows where Python finds its modules, and nothing else of this one."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from select import POLLIN, poll
from typing import IO, Any, cast

ROOM = 1 << 20  # bytes of an answer that need not be waited for


class Child:
    """A process that answers one line of JSON with another. It has so many seconds for each answer; what has none is ended."""

    def __init__(self, module: str, seconds: float) -> None:
        self.module = module
        self.seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, what: object) -> None:
        """Ask, and go on: `answer` fetches what comes of it."""
        if self._process is None:
            self._process = _start(self.module)
        try:
            cast("IO[bytes]", self._process.stdin).write(json.dumps(what).encode() + b"\n")
        except BrokenPipeError:
            self.close()

    def answer(self) -> dict[str, Any] | None:
        """What is answered to the last question; None where that was the process's end."""
        if self._process is None:
            return None
        line = b"".join(_pieces(cast("IO[bytes]", self._process.stdout).fileno(), self.seconds))
        if not line.endswith(b"\n"):
            self.close()
            return None
        return cast("dict[str, Any]", json.loads(line))

    @property
    def is_there(self) -> bool:
        return self._process is not None

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def _pieces(answers: int, seconds: float) -> Iterator[bytes]:
    """What is to be read up to the end of a line; less where nothing more comes, or not in so many seconds."""
    until = time.monotonic() + seconds
    piece = b""
    while not piece.endswith(b"\n"):
        there = is_answered(answers, max(until - time.monotonic(), 0))
        piece = os.read(answers, ROOM) if there else b""
        if not piece:
            return
        yield piece


def is_answered(answers: int, seconds: float) -> bool:
    """Whether there is something to be read, or comes in so many seconds."""
    waiting = poll()  # which takes any number of open files
    waiting.register(answers, POLLIN)
    return bool(waiting.poll(seconds * 1000))


def _start(module: str) -> subprocess.Popen[bytes]:
    known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - our own modules, no words from outside
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=known,
        bufsize=0, pipesize=ROOM,
    )  # fmt: skip


def limited(most_memory: int) -> None:
    """From inside: have this process write no file, leave no trace when it dies, and take no more address space than so many
    bytes, as far as the system lets that be limited: macOS does not."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    except (OSError, ValueError):
        return


def give_time(seconds: float) -> None:
    """From inside: end this process when it has used so many more seconds of a processor."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 1, most))
