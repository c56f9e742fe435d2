"""Mail addresses as the envelope and the headers need them: ASCII throughout, the domain by its IDNA name."""

from __future__ import annotations

import re
from email.utils import getaddresses
from functools import lru_cache

from calendars.messages import UnreadableError, Wording

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_ADDRESS = re.compile(rf"{_LOCAL}@{_DOMAIN}")
LONGEST = 254  # RFC 5321

NO_ADDRESS = Wording(
    zh="应为一个邮件地址，如 office@example.org 或 项目办 <office@example.org>",
    en="expected one mail address, such as office@example.org or Project Office <office@example.org>",
)


def envelope_address(address: str) -> str | None:
    """The address as SMTP takes it, or None if it takes none such."""
    local, at, domain = address.strip().rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            return None
    found = f"{local}{at}{domain}"
    return found if len(found) <= LONGEST and _ADDRESS.fullmatch(found) else None


def read_sender(text: str) -> tuple[str, str]:
    """The name, which may be empty, and the address of `Name <address>`. Raises UnreadableError."""
    found = getaddresses([text]) if text.isprintable() else []
    address = envelope_address(found[0][1]) if len(found) == 1 else None
    if address is None:
        raise UnreadableError(NO_ADDRESS())
    return found[0][0], address


@lru_cache(maxsize=64)
def domain_of(address: str) -> str:
    return address.rpartition("@")[2]
