"""A child process that is stopped with everything it started, however its parent comes to its end.

It has a process group of its own: a Ctrl-C reaches the parent alone, who then ends the group in order.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import IO

from exchange.private_files import private, private_folder

GRACE = 20.0  # seconds for an orderly end before the group is killed
PAUSE = 0.05
OF_OTHERS = 0o077


class Child:
    """One running process and its group, writing to a log file."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        stdout: IO[bytes] | int | None = None,
        keeps_open: Sequence[int] = (),
    ) -> None:
        self.log = log
        private_folder(log.parent)
        with open(log, "wb", opener=private) as lines:
            self._process = subprocess.Popen(  # noqa: S603 - our own modules, no words from outside
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=lines if stdout is None else stdout,
                stderr=lines,
                start_new_session=True,
                umask=OF_OTHERS,  # what it writes is nobody else's to read
                pass_fds=keeps_open,
            )
        self.pid = self._process.pid
        self.stdout = self._process.stdout

    def ended(self) -> bool:
        return self._process.poll() is not None

    def last_lines(self, count: int = 5) -> str:
        return "\n".join(self.log.read_text(errors="replace").strip().splitlines()[-count:])

    def stop(self, grace: float = GRACE) -> None:
        """End the whole group: asked first, killed after the grace. An interrupt does not cut this short."""
        with deaf_to_interrupts():
            self._signal(signal.SIGTERM)
            if not self._gone_within(grace):
                self._signal(signal.SIGKILL)
                self._gone_within(2)
            if self.stdout is not None:
                self.stdout.close()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS says so of a group of zombies
            os.killpg(self.pid, number)

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while True:
            self._process.poll()  # lets the leader go, or its group would never be empty
            try:
                os.killpg(self.pid, 0)
            except (ProcessLookupError, PermissionError):
                return self.ended()
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE)


ENDINGS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ended_like_interrupted() -> Iterator[None]:
    """Let a SIGTERM or a closed terminal unwind this process as Ctrl-C does, so that its children are stopped."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Let a second Ctrl-C not break the cleaning up of the first. Only the main thread hears signals at all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, *ENDINGS)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
