"""At which address an office's Prefect server listens, and the one password that it asks for where others can reach it.

The password goes to the processes that need it by their environment alone; it is no part of a command line, of a log or of
Prefect's database.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from calendars.messages import Wording, refuse
from exchange.private_files import FILE as FILE_MODE
from exchange.private_files import private, private_folder

VARIABLE = "PREFECT_SERVER_API_AUTH_STRING"
FILE = "page.password"  # in the home
NAME = "yanxiu"  # before the colon of a password that is made here
PORTS_TRIED = 50

NO_ADDRESS = Wording(
    zh="“{found}”不是本机的地址，应如 0.0.0.0（所有地址）、192.168.1.5 或 ::",
    en="{found!r} is no address of a machine, such as 0.0.0.0 (all of them), 192.168.1.5 or ::",
)
NOT_HERE = Wording(zh="本机没有地址 {host}", en="this machine has no address {host}")
NO_PORT = Wording(
    zh="端口{first}到{last}都被占用，请用 --port 另选一个",
    en="the ports {first} to {last} are all taken; choose another with --port",
)
NOT_PLAIN = Wording(
    zh="口令应为“名字:口令”，只用英文字母、数字和常用符号，口令不少于12个字符",
    en="the password has to be NAME:PASSWORD in plain ASCII, with 12 characters behind the colon at least",
)
LEAST = 12


@dataclass(frozen=True)
class Listening:
    """An address of this machine and, unless nobody else reaches it, `name:password` for who comes by it."""

    host: str = "127.0.0.1"
    password: str = field(default="", repr=False)
    kept_in: Path | None = None  # where the password can be read; None: in the environment, or there is none

    def url(self, port: int) -> str:
        """Where processes of this machine find the server."""
        return f"http://{_bracketed(_LOCAL.get(self.host, self.host))}:{port}"

    def page(self, port: int) -> str:
        """Where a person finds it: by this machine's name, if it listens on all addresses."""
        return f"http://{_bracketed(socket.gethostname() if self.host in _LOCAL else self.host)}:{port}"

    def of_server(self, port: int) -> dict[str, str]:
        """The variables that the server needs for it. Its page asks the address from which it came, whatever that is called, and
        no page of another address may ask."""
        return {
            "PREFECT_SERVER_API_HOST": self.host,
            "PREFECT_SERVER_API_PORT": str(port),
            "PREFECT_SERVER_UI_API_URL": "/api",
            "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": self.url(port),
        } | ({VARIABLE: self.password} if self.password else {})

    def of_clients(self) -> dict[str, str]:
        return {"PREFECT_API_AUTH_STRING": self.password} if self.password else {}

    def free_port(self, wanted: int) -> int:
        """The wanted port of this address, or the next one that nobody has. Raises Refused if all are taken, and where the
        address is another machine's."""
        last = min(wanted + PORTS_TRIED, 65536) - 1
        for port in range(wanted, last + 1):
            with socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((self.host, port))
                except OSError as error:
                    if error.errno == errno.EADDRNOTAVAIL:
                        raise refuse(NOT_HERE(host=self.host)) from error
                    continue
                return port
        raise refuse(NO_PORT(first=wanted, last=last))


HERE_ALONE = Listening()
_LOCAL = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what somebody asked for)


def listening_at(address: str, home: Path, variables: Mapping[str, str] = os.environ) -> Listening:
    """Where somebody wants the server to listen. For what others reach, with the password of the environment, or one that is
    made once and kept in the home. Raises Refused for what is no address, and for a password that would be none."""
    try:
        host = str(ipaddress.ip_address("127.0.0.1" if address == "localhost" else address))
    except ValueError:
        raise refuse(NO_ADDRESS(found=address), "--listen") from None
    if ipaddress.ip_address(host).is_loopback:
        return Listening(host)
    if given := variables.get(VARIABLE, ""):
        return Listening(host, _fit(given, VARIABLE))
    file = home / FILE
    return Listening(host, _fit(_kept(file), str(file)), file)


def _kept(file: Path) -> str:
    """What stands in the file, which is made where there is none, for this account alone."""
    private_folder(file.parent)
    with suppress(FileExistsError), open(file, "x", encoding="ascii", opener=private) as made:
        made.write(f"{NAME}:{secrets.token_urlsafe(18)}\n")
    file.chmod(FILE_MODE)
    return file.read_text(encoding="utf-8").strip()


def _fit(password: str, place: str) -> str:
    _, colon, secret = password.partition(":")
    if not (colon and password.isascii() and password.isprintable() and len(secret) >= LEAST):
        raise refuse(NOT_PLAIN(), place)
    return password


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
