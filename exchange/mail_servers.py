"""A mail server as an office writes it down: `smtp://user:password@host:587`, with what may follow behind a `?`.

The address may hold a password, so nothing here shows it, not even the part that cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from calendars.messages import UnreadableError, Wording
from calendars.nearest import nearest

PORTS = {"smtp": 587, "smtps": 465}
SECONDS = 30  # of silence, after which a server counts as hanging

EXPECTED = Wording(
    zh="。应类似 smtp://用户:密码@mail.example.org:587 或 smtps://…（这里不显示所写的地址）",
    en=". Expected one such as smtp://user:password@mail.example.org:587 or smtps://… (what was written is not shown)",
)
NO_SCHEME = Wording(
    zh="应以 smtp:// 或 smtps:// 开头{expected}", en="it must begin with smtp:// or smtps://{expected}"
)
NO_HOST = Wording(zh="没有写服务器的名称{expected}", en="it names no host{expected}")
NO_PORT = Wording(
    zh="端口应为 1 到 65535 的数{expected}", en="its port must be a number from 1 to 65535{expected}"
)
NOT_ASCII = Wording(
    zh="用户名和密码只能用 ASCII 字符；特殊字符写作 %XX{expected}",
    en="user and password must be ASCII; special characters are written as %XX{expected}",
)
HALF = Wording(
    zh="用户名和密码要么都写，要么都不写{expected}",
    en="it has one of user and password and not the other{expected}",
)
EXTRA = Wording(
    zh="主机名之后只能有 ?选项{expected}", en="nothing but ?options may follow the host{expected}"
)
NO_OPTION = Wording(
    zh="没有“{found}”这个选项，只有 starttls、ca、timeout{near}",
    en="there is no option {found!r}; there are starttls, ca and timeout{near}",
)
NO_STARTTLS = Wording(zh="starttls 应为 yes 或 no", en="starttls must be yes or no")
NO_CA = Wording(zh="没有 ca 所写的文件 {found}", en="there is no file {found} as ca says")
NO_TIMEOUT = Wording(zh="timeout 应为 1 到 600 秒", en="timeout must be 1 to 600 seconds")


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, and how. `wrapped` is TLS from the first byte; `starttls` is required where it is set."""

    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    wrapped: bool = False
    starttls: bool = False
    ca: Path | None = None
    timeout: float = SECONDS


def read_mail_server(url: str) -> MailServer:
    """Raises UnreadableError, which never shows the address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnreadableError(NO_PORT(expected=EXPECTED())) from None
    if parts.scheme not in PORTS:
        raise UnreadableError(NO_SCHEME(expected=EXPECTED()))
    if not parts.hostname:
        raise UnreadableError(NO_HOST(expected=EXPECTED()))
    if port == 0:
        raise UnreadableError(NO_PORT(expected=EXPECTED()))
    if parts.path not in ("", "/") or parts.fragment:
        raise UnreadableError(EXTRA(expected=EXPECTED()))
    user, password = _login(parts)
    options = _options(parts.query)
    wrapped = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=user,
        password=password,
        wrapped=wrapped,
        starttls=not wrapped and _starttls(options, parts.hostname),
        ca=_ca(options),
        timeout=_timeout(options),
    )


def _login(parts: SplitResult) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise UnreadableError(HALF(expected=EXPECTED()))
    if not (user + password).isascii():
        raise UnreadableError(NOT_ASCII(expected=EXPECTED()))
    return user, password


def _options(query: str) -> dict[str, str]:
    known = ("starttls", "ca", "timeout")
    options = dict(parse_qsl(query, keep_blank_values=True))
    for found in options:
        if found not in known:
            raise UnreadableError(NO_OPTION(found=found, near=nearest(found, known)))
    return options


def _starttls(options: dict[str, str], host: str) -> bool:
    """Not asked of this machine itself, where nobody listens in between."""
    said = options.get("starttls", "no" if _is_loopback(host) else "yes")
    if said not in ("yes", "no"):
        raise UnreadableError(NO_STARTTLS())
    return said == "yes"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ca(options: dict[str, str]) -> Path | None:
    if "ca" not in options:
        return None
    path = Path(options["ca"]).expanduser()
    if not path.is_file():
        raise UnreadableError(NO_CA(found=path))
    return path


def _timeout(options: dict[str, str]) -> float:
    said = options.get("timeout", str(SECONDS))
    try:
        seconds = float(said)
    except ValueError:
        seconds = 0
    if not 1 <= seconds <= 600:
        raise UnreadableError(NO_TIMEOUT())
    return seconds
