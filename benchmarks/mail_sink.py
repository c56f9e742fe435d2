"""A mail server in a process of its own that takes everything and keeps nothing.

The bare one answers each line as soon as it is there: nothing can take mail faster in Python, so what is measured is the
client. `aiosmtpd` stands for a server that does what servers do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

from aiosmtpd.smtp import SMTP

ANSWERS = {
    b"EHLO": b"250-sink\r\n250-SIZE 33554432\r\n250 8BITMIME\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n",
}  # fmt: skip
OK = b"250 2.0.0 ok\r\n"
END = b"\r\n.\r\n"


class _Bare(asyncio.Protocol):
    """Lines are answered; behind DATA everything up to the dot is one letter."""

    def __init__(self) -> None:
        self.seen, self.in_letter = b"", False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        assert self.transport is not None
        self.seen += data
        while True:
            # An empty letter is a dot behind the line that DATA was.
            end = b".\r\n" if self.in_letter and self.seen == b".\r\n" else END if self.in_letter else b"\r\n"
            told, found, behind = self.seen.partition(end)
            if not found:
                return
            self.seen = behind
            self.transport.write(OK if self.in_letter else ANSWERS.get(told[:4].upper(), OK))
            self.in_letter = not self.in_letter and told[:4].upper() == b"DATA"


class _Forgets:
    async def handle_DATA(self, _server: object, _session: object, _envelope: object) -> str:  # noqa: N802
        return "250 2.0.0 ok"


async def _serve(kind: str, port: Connection) -> None:
    def factory() -> asyncio.BaseProtocol:
        return _Bare() if kind == "bare" else SMTP(_Forgets(), hostname="sink")

    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
    port.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _run(kind: str, port: Connection) -> None:
    asyncio.run(_serve(kind, port))


@contextmanager
def mail_sink(kind: str) -> Iterator[int]:
    """The port of a server, which ends with this."""
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_run, args=(kind, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()
