"""The folders through which files come in and go out beside the command: `inbox`, `inbox/files`, `inbox/done` and `outbox`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from calendars.messages import Wording, refuse
from exchange.private_files import private, private_folder
from flows.settings import OfficeSettings

NO_NAME = Wording(
    zh="“{name}”不是 inbox 文件夹里的文件名：只写名字，不带路径",
    en="{name!r} is no name of a file in the folder inbox: the name alone, without a path",
)
NOT_THERE = Wording(
    zh="inbox 文件夹里没有文件“{name}”（共有{count}个文件）",
    en="there is no file {name!r} in the folder inbox, which holds {count:file|files}",
)
NO_PLAIN_FILE = Wording(
    zh="“{name}”不是普通文件（是文件夹或链接），不读取",
    en="{name!r} is a folder or a link, no plain file, and is not read",
)
PROBLEMS = ".problems.txt"  # behind the name of a file that was refused


def inbox(settings: OfficeSettings) -> Path:
    """Where files wait to be imported. It is the account's own, for the files hold people's data."""
    return private_folder(settings.home / "inbox")


def inbox_files(settings: OfficeSettings) -> Path:
    """Where the files lie that learning records in the inbox name: they stay there, and a copy of each is kept."""
    return private_folder(inbox(settings) / "files")


def outbox(settings: OfficeSettings) -> Path:
    """Where what was exported is fetched."""
    return private_folder(settings.home / "outbox")


def waiting_file(settings: OfficeSettings, name: str) -> Path:
    """The file of this name in the inbox. Raises Refused for a path, a link, a folder, and what is not there."""
    if name in ("", ".", "..") or any(sign in name for sign in "/\\\0"):
        raise refuse(NO_NAME(name=name))
    folder = inbox(settings)
    file = folder / name
    if file.is_symlink() or file.is_dir():
        raise refuse(NO_PLAIN_FILE(name=name))
    if not file.is_file():
        waiting = [one for one in folder.iterdir() if one.is_file() and not one.name.endswith(PROBLEMS)]
        raise refuse(NOT_THERE(name=name, count=len(waiting)))
    return file


def problems_file(file: Path) -> Path:
    """Beside a refused file: every problem in full, with what the cells say."""
    return file.with_name(file.name + PROBLEMS)


def write_problems(file: Path, lines: Iterable[str]) -> Path:
    """Write them anew, for this account alone; whatever stood there, be it a link, is taken away and not followed."""
    place = problems_file(file)
    place.unlink(missing_ok=True)
    with open(place, "x", encoding="utf-8", opener=private) as full:
        full.writelines(f"{line}\n" for line in lines)
    return place


def put_away(settings: OfficeSettings, file: Path, at: datetime) -> Path:
    """Move an imported file to `inbox/done`, under its name behind the time. What is there already stays."""
    folder = private_folder(inbox(settings) / "done")
    place = free_name(folder, stamped(settings, at), file.name)
    file.rename(place)
    return place


def stamped(settings: OfficeSettings, at: datetime) -> str:
    return at.astimezone(settings.zoneinfo).strftime("%Y%m%d-%H%M%S")


def free_name(folder: Path, begin: str, end: str) -> Path:
    """`BEGIN END` in the folder, with a number between where that is taken."""
    number, place = 1, folder / f"{begin} {end}"
    while place.exists() or place.is_symlink():
        number += 1
        place = folder / f"{begin}-{number} {end}"
    return place
