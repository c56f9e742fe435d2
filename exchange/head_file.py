"""The file in which the heads of the chains are kept outside of the database, and the key with which it is signed.

A line is a head, or the end of what one night has added, with a code over that and all before it which only the key gives. So
the file may lie where others write, or be sent away night by night: what was changed in it does not go with its codes.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine
from sqlmodel import Session

from calendars.messages import Problem, Refused, Wording, refuse
from exchange.private_files import private_folder, rewritable, settle
from models.database import reading
from models.types import seconds
from workflows.heads import Heads, Link, fingerprint, heads_of, strayed

KEY_BYTES = 32

NO_KEY = Wording(
    zh="打不开封存密钥：{why}。没有它就不能核对 {heads}；若确已丢失，见 docs/operations.md 的 A key lost",
    en="the seal key cannot be opened: {why}. Without it {heads} cannot be checked; if it is lost for good, see “A key lost” in "
    "docs/operations.md",
)
NOT_A_KEY = Wording(
    zh="这不是封存密钥：应是 64 个十六进制字符",
    en="this is no seal key: 64 hexadecimal characters are expected",
)
ALTERED = Wording(
    zh="到第{line}行为止，留存在外的校验码与封存密钥不符：文件被改动过，或不是用这个密钥写的",
    en="up to line {line} the heads that were kept do not go with the seal key: the file was changed, or it was not written "
    "with this key",
)
NOT_OPEN = Wording(
    zh="留存校验码的文件读不了或写不了：{why}", en="the file of heads cannot be read or written: {why}"
)
NO_HEAD = Wording(zh="第{line}行不是校验码", en="line {line} is no head")


@dataclass
class Kept:
    """What a file of heads says, as far as it goes with its codes."""

    heads: dict[Link, str] = field(default_factory=dict)
    code: str = ""  # the last
    size: int = 0  # bytes up to there; what stands behind was being written when the machine stopped
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Keeping:
    """What a night has kept: how many heads are new, how many there are, what stands for all, and what is not as it was."""

    new: int
    links: int
    fingerprint: str
    problems: list[Problem]


@dataclass(frozen=True)
class HeadFile:
    """Where the heads are kept, and the key."""

    path: Path
    key_path: Path

    def keep(self, session: Session, as_of: datetime, recorded_at: datetime) -> Keeping:
        """Compare what was kept with what is there, and keep what is new. Where the file itself was changed nothing is added to
        it. Raises Refused where the file or the key cannot be used."""
        with self._opened(), rewritable(self.path) as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # of nights that end at once, one after the other
            kept, heads = self.read(), heads_of(session)
            new = 0 if kept.problems else self._add(file, kept, heads, as_of, recorded_at)
        problems = kept.problems + strayed(session, heads, kept.heads)
        return Keeping(new, len(heads), fingerprint(heads), problems)

    def check(self, session: Session, programme: str | None = None) -> list[Problem]:
        """What is not as it was kept, all or of one programme. Raises Refused like `keep`."""
        with self._opened():
            kept = self.read()
        return kept.problems + strayed(session, heads_of(session), kept.heads, programme)

    def read(self) -> Kept:
        """Raises Refused where there are heads and no key."""
        kept = Kept()
        if not self.path.exists() or not self.path.stat().st_size:
            return kept
        key = self._key()
        waiting: dict[Link, str] = {}
        pieces: list[bytes] = []
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                pieces.append(line)
                try:
                    said = json.loads(line) if line.endswith(b"\n") else None
                    if said is None:
                        break
                    if "code" not in said:
                        waiting[Link(said["cohort"], said["number"])] = said["head"]
                        continue
                    told = said.pop("code")
                except (ValueError, KeyError, TypeError, AttributeError):
                    kept.problems.append(Problem(self.path.name, NO_HEAD(line=number)))
                    break
                code = _code(key, kept.code, [*pieces[:-1], _line(said)])
                if not hmac.compare_digest(code, str(told)):
                    kept.problems.append(Problem(self.path.name, ALTERED(line=number)))
                    break
                kept.heads |= waiting
                kept.code, kept.size = code, kept.size + sum(map(len, pieces))
                waiting, pieces = {}, []
        return kept

    def _add(self, file: BinaryIO, kept: Kept, heads: Heads, as_of: datetime, recorded_at: datetime) -> int:
        """Write what is not kept yet, whole or not at all. How many heads it is; a night that sealed nothing leaves no line."""
        new = {link: head for link, head in heads.items() if link not in kept.heads}
        if not new:
            return 0
        key = self._key(make=not kept.code)
        lines = [
            _line({"cohort": link.cohort, "number": link.number, "head": head}) for link, head in new.items()
        ]
        end = {
            "as_of": seconds(as_of),
            "recorded_at": seconds(recorded_at),
            "links": len(kept.heads) + len(new),
        }
        code = _code(key, kept.code, [*lines, _line(end)])
        file.truncate(kept.size)
        file.seek(kept.size)
        file.writelines([*lines, _line({**end, "code": code})])
        settle(file)
        return len(new)

    @contextmanager
    def _opened(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise refuse(NOT_OPEN(why=error.strerror or error), str(self.path)) from None

    def _key(self, *, make: bool = False) -> bytes:
        if make and not self.key_path.exists():
            private_folder(self.key_path.parent)
            with rewritable(self.key_path) as file:
                file.write(secrets.token_hex(KEY_BYTES).encode() + b"\n")
                settle(file)
        try:
            key = bytes.fromhex(self.key_path.read_text(encoding="ascii").strip())
        except OSError as error:
            raise refuse(
                NO_KEY(why=error.strerror or error, heads=self.path.name), str(self.key_path)
            ) from None
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise refuse(NOT_A_KEY(), str(self.key_path))
        return key


def keep_heads(
    engine: Engine, file: HeadFile, as_of: datetime, recorded_at: datetime
) -> tuple[Keeping | None, list[Problem]]:
    """What a night has sealed, kept outside of the database; and what is not as it was kept, or why nothing can be kept."""
    try:
        with reading(engine) as session:
            keeping = file.keep(session, as_of, recorded_at)
    except Refused as refused:
        return None, refused.problems
    return keeping, keeping.problems


def _line(said: Mapping[str, object]) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"


def _code(key: bytes, before: str, lines: Iterable[bytes]) -> str:
    return hmac.new(key, b"".join([before.encode(), b"\n", *lines]), "sha256").hexdigest()
