"""Backups: a folder with a copy of the database, what belongs to it, and a manifest that says what is in it.

A backup is whole or not there: it is made under another name, restored for a proof, and renamed. One that is there is never
written over.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from calendars.messages import Message, Problem, Refused, Wording, refuse
from exchange import postgres_dumps, sqlite_copies
from exchange.belongings import FILES, HEADS, HOLIDAYS, LETTERS, Belongings, attachment
from exchange.private_files import FILE, private_folder
from exchange.whole_files import hashed, remove, settle_folder, write_json
from models.database import reading
from models.types import instant, seconds
from workflows.census import Census, attached, census, differences

FORMAT = 1
MANIFEST, LOCK = "manifest.json", ".lock"
PARTIAL = ".partial"

NO_BACKUP = Wording(
    zh="这不是备份：里面没有能读的 {name}", en="this is no backup: it has no {name} that can be read"
)
OTHER_FORMAT = Wording(
    zh="这个备份是另一版本的程序做的（格式{found}）",
    en="this backup was made by another version of the program (format {found})",
)
LACKING = Wording(zh="备份里缺这个文件", en="this file of the backup is missing")
ALTERED = Wording(zh="备份里的这个文件与清单不符", en="this file of the backup is not as its manifest says")
STRANGE = Wording(zh="清单里没有这个文件", en="the manifest knows nothing of this file")
NOT_THE_SAME = Wording(
    zh="复制出来的与数据库不符，没有保留",
    en="what was copied is not the same as the database, and was not kept",
)
AT_WORK = Wording(zh="这里正在进行另一次备份", en="another backup is being made there")
THERE = Wording(zh="已经有这个备份，不会覆盖", en="this backup exists, and is not written over")

Progress = Callable[[int, int], None]


class Way(NamedTuple):
    """How a kind of database comes into a file and out of it."""

    file: str
    take: Callable[[Session, Path, Progress], None]
    prove: Callable[[Path, Engine], Census | None]
    bring_back: Callable[[Path, Engine, Callable[[Session], None]], None]


WAYS = {
    "sqlite": Way("database.sqlite", sqlite_copies.take, sqlite_copies.prove, sqlite_copies.bring_back),
    "postgresql": Way("database.dump", postgres_dumps.take, postgres_dumps.prove, postgres_dumps.bring_back),
}


@dataclass(frozen=True)
class Backup:
    """What a manifest says. `proved` where the database was restored and compared, and not only read."""

    folder: Path
    at: datetime
    dialect: str
    database: str  # its address, without a password
    census: Census
    files: Mapping[str, Mapping[str, Any]]  # size and SHA-256 of each
    proved: bool = True
    left_out: Sequence[str] = field(default_factory=list)  # attachments that are no longer what they were
    missing: int = 0  # attachments that the database names and that are not there, the former among them

    @property
    def way(self) -> Way:
        return WAYS[self.dialect]

    @property
    def size(self) -> int:
        return sum(told["size"] for told in self.files.values())

    @property
    def attachments(self) -> int:
        return sum(name.startswith(f"{FILES}/") for name in self.files)

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT, "at": seconds(self.at), "dialect": self.dialect, "database": self.database,
            "census": self.census.as_json(), "proved": self.proved, "left_out": [*self.left_out],
            "missing": self.missing, "files": dict(self.files),
        }  # fmt: skip


def back_up(
    engine: Engine, belongings: Belongings, folder: Path, name: str, at: datetime, progress: Progress
) -> Backup:
    """Make a backup of this name in a folder while others write. Raises Refused, and leaves nothing."""
    private_folder(folder)
    with _alone(folder):
        whole, partial = folder / name, folder / f".{name}{PARTIAL}"
        if whole.exists():
            raise refuse(THERE(), str(whole))
        for left in folder.glob(f".*{PARTIAL}"):  # of one that was killed
            remove(left)
        try:
            private_folder(partial)
            made = _made(engine, belongings, partial, at, progress)
            write_json(partial / MANIFEST, made.as_json())
            partial.rename(whole)
        except BaseException:
            remove(partial)
            raise
        settle_folder(folder)
    return read_manifest(whole)


def _made(engine: Engine, belongings: Belongings, folder: Path, at: datetime, progress: Progress) -> Backup:
    way = WAYS[engine.dialect.name]
    names = [*belongings.take_heads(folder)]
    with reading(engine) as session:
        stands = census(session)
        way.take(session, folder / way.file, progress)
        named = {attachment(sha256) for sha256 in attached(session)}
    left_out: list[str] = []
    names += [way.file, *belongings.take_rest(folder, left_out.append)]
    found = way.prove(folder / way.file, engine)
    wrong = [] if found is None else [*differences(stands, found)]
    if wrong:
        raise Refused([Problem(str(folder), NOT_THE_SAME()), *(Problem(way.file, one) for one in wrong)])
    files = {
        name: {"size": (folder / name).stat().st_size, "sha256": hashed(folder / name)} for name in sorted(names)
    }  # fmt: skip
    url = engine.url.render_as_string(hide_password=True)
    return Backup(
        folder,
        at,
        engine.dialect.name,
        url,
        stands,
        files,
        found is not None,
        left_out,
        len(named - {*files}),
    )


def read_manifest(folder: Path) -> Backup:
    """What a backup says of itself. Raises Refused for what is none."""
    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        found = _read(folder, said) if said["format"] == FORMAT else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise refuse(NO_BACKUP(name=MANIFEST), str(folder)) from None
    if found is None:
        raise refuse(OTHER_FORMAT(found=said["format"]), str(folder))
    return found


def _read(folder: Path, said: Mapping[str, Any]) -> Backup:
    found = Backup(
        folder, instant(said["at"]), said["dialect"], said["database"], Census.from_json(said["census"]), said["files"],
        said["proved"], said["left_out"], said["missing"],
    )  # fmt: skip
    names = {*found.files}
    if found.size < 0 or found.way.file not in names or not all(_is_ours(name, found.way) for name in names):
        raise ValueError(folder)
    return found


def _is_ours(name: str, way: Way) -> bool:
    """Whether a manifest may name this: it must lead nowhere else."""
    first, _, rest = name.partition("/")
    if not rest:
        return name in (way.file, HEADS, HOLIDAYS)
    return first in (FILES, LETTERS) and not {"", ".", ".."} & {*rest.split("/")}


def check(backup: Backup, progress: Progress) -> None:
    """Raises Refused, with every file that is not as the manifest says."""
    problems: list[Problem] = []
    done = 0

    def read(size: int) -> None:
        nonlocal done
        done += size
        progress(done, backup.size)

    for name, told in backup.files.items():
        file = backup.folder / name
        if not file.is_file():
            problems.append(Problem(str(file), LACKING()))
        elif hashed(file, read) != told["sha256"]:
            problems.append(Problem(str(file), ALTERED()))
    there = {
        file.relative_to(backup.folder).as_posix() for file in backup.folder.rglob("*") if file.is_file()
    }
    problems += [
        Problem(str(backup.folder / name), STRANGE()) for name in sorted(there - {*backup.files, MANIFEST})
    ]
    if problems:
        raise Refused(problems)


def backups_of(folder: Path, database: str) -> list[Backup]:
    """The backups of a database in a folder, oldest first."""
    found = []
    for manifest in folder.glob(f"*/{MANIFEST}"):
        try:
            backup = read_manifest(manifest.parent)
        except Refused:
            continue
        if backup.database == database:
            found.append(backup)
    return sorted(found, key=lambda one: (one.at, one.folder.name))


def keep_newest(newest: Backup, most: int) -> list[Backup]:
    """Remove the oldest backups of the same database beside the newest, down to so many. Returns those that were removed."""
    folder = newest.folder.parent
    with _alone(folder):
        old = [one for one in backups_of(folder, newest.database) if one.folder != newest.folder]
        gone = old[: max(0, len(old) + 1 - most)]
        for one in gone:
            going = folder / f".{one.folder.name}{PARTIAL}"  # half of it is no backup
            one.folder.rename(going)
            remove(going)
    return gone


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with os.fdopen(os.open(folder / LOCK, os.O_WRONLY | os.O_CREAT, FILE), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise refuse(AT_WORK(), str(folder)) from None
        yield


def restore(
    backup: Backup, engine: Engine, belongings: Belongings, note: Callable[[Session], None]
) -> list[str]:
    """Bring a checked backup back into a vacant database, whole or not at all; `note` writes down that it is one. Returns what
    was there already beside it and is another: it stays."""
    names = [name for name in backup.files if name != backup.way.file]
    stays = [name for name in names if not belongings.put(backup.folder, name)]

    def accept(session: Session) -> None:
        wrong: list[Message] = [*differences(backup.census, census(session))]
        if wrong:
            raise Refused([Problem(backup.way.file, one) for one in wrong])
        note(session)

    backup.way.bring_back(backup.folder / backup.way.file, engine, accept)
    return stays
