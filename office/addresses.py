"""Addresses of databases that a person types. Whatever is typed anybody on the machine can read, so a password is not."""

from __future__ import annotations

import sys

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from calendars.messages import Wording, refuse
from flows.settings import OfficeSettings
from models.database import NO_ADDRESS

STDIN = "-"
PASSWORD = Wording(
    zh="命令行上的密码，这台机器上人人都能看到。请把它从地址里去掉，写到 ~/.pgpass 或 PGPASSWORD；或者写 -，从标准输入读地址。"
    "这个密码可能已经被看到，最好换一个",
    en="whatever is typed can be read by anybody on this machine. Leave the password out of the address and put it into ~/.pgpass or "
    "PGPASSWORD; or say - and give the address on the standard input. This one may have been seen: better change it",
)


def typed_address(said: str, option: str) -> str:
    """The address of a database; `-` reads it from the standard input. Raises Refused for what is none, and for a password
    that was typed."""
    from_input = said == STDIN
    try:
        url = make_url(sys.stdin.readline().strip() if from_input else said)
    except ArgumentError as error:
        raise refuse(NO_ADDRESS(why=error), option) from None
    if not from_input and (url.password or any("password" in name for name in url.query)):
        raise refuse(PASSWORD(), option)
    return OfficeSettings(database_url=url.render_as_string(hide_password=False)).database_url
