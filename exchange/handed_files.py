"""Files that come beside a sheet: found in the folder, hashed, and what is a text read in a process with limits and counted.

Nothing in this process opens what is inside a file.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sqlmodel import Session

from calendars.characters import characters_in
from calendars.messages import Message, UnreadableError, Wording, refuse
from exchange.children import Child
from exchange.columns import NEAREST
from exchange.keeping import MOST_BYTES, keep
from exchange.lookups import look_up
from exchange.text_child import MOST_CHARACTERS
from models.pouring import pour
from models.texts import HandedFile, TextBody
from workflows.handed_files import RECORD, Key

SECONDS = 20.0  # for one file
MOST_BYTES_OF_TEXT = 20 << 20  # of a file that is opened
BETWEEN = re.compile(r"[;；\n]")  # between the names of several files

NO_FOLDER = Wording(
    zh="这里写了附件“{name}”；请用 --files 指明附件在哪个文件夹",
    en="a file is named here, {name!r}: say with --files in which folder the files are",
)
NOT_A_FOLDER = Wording(zh="没有这个文件夹", en="there is no such folder")
NOT_INSIDE = Wording(zh="“{name}”不在附件的文件夹里", en="{name!r} is not inside the folder of files")
NO_FILE = Wording(
    zh="附件的文件夹里没有“{name}”。{hint}", en="there is no {name!r} in the folder of files. {hint}"
)
NO_HINT = Wording(zh="请核对文件名，连同 .docx、.txt", en="Check the name, with its .docx or .txt")
TOO_LARGE = Wording(zh="“{name}”太大，最大{most}MB", en="{name!r} is too large; {most} MB is the most")
STOPPED = Wording(
    zh="读取“{name}”没有完成：文件已损坏，或者太复杂",
    en="reading {name!r} did not come to its end: it is damaged, or too complicated",
)
CHANGED = Wording(
    zh="“{name}”在检查之后被改动过，请重新导入", en="{name!r} was changed after it was checked; import again"
)
ONE_TEXT = Wording(
    zh="任务“{task}”按文字考核，一行只写一份文字，这里有{count}份：{names}",
    en="{task!r} is judged by its text: one text a line, and here are {count}: {names}",
)
UNFIT = {
    "old document": Wording(
        zh="“{name}”是旧格式（.doc）或加了密码。请另存为不加密的 .docx",
        en="{name!r} is an old .doc, or has a password. Save it as .docx without one",
    ),
    "pdf": Wording(zh="“{name}”是 PDF。请交 .docx、.txt 或 .md", en="{name!r} is a PDF; .docx, .txt or .md is expected"),
    "utf-16": Wording(zh="“{name}”是 UTF-16 编码。请另存为 UTF-8", en="{name!r} is in UTF-16; save it as UTF-8"),
    "no text": Wording(
        zh="“{name}”既不是 .docx，也不是 UTF-8 或 GB18030 的文本", en="{name!r} is neither a .docx nor a text in UTF-8 or GB18030"
    ),
    "no document": Wording(zh="“{name}”不是 .docx 文档", en="{name!r} is no .docx document"),
    "too large": Wording(zh="“{name}”展开后太大", en="{name!r} is too large once unpacked"),
    "damaged": Wording(zh="“{name}”已损坏，打不开", en="{name!r} is damaged and cannot be opened"),
    "too long": Wording(
        zh="“{name}”超过{most}字", en="{name!r} has more than {most} characters"
    ),
    "empty": Wording(zh="“{name}”里没有文字", en="there is no text in {name!r}"),
}  # fmt: skip


@dataclass(frozen=True)
class ReadText:
    """A text that was taken out of a file."""

    body: str
    sha256: str  # of the body in UTF-8
    characters: int


@dataclass(frozen=True)
class ReadFile:
    """One file: what it is called, how large it is, its hash, and its text or why none is in it."""

    path: Path
    name: str
    size: int
    sha256: str
    text: ReadText | Message

    @property
    def content(self) -> str:
        """By what it is known again: its text where it has one, however it was saved."""
        return self.text.sha256 if isinstance(self.text, ReadText) else self.sha256


@dataclass
class Files:
    """The files of one folder, each read once. Close it when all are read."""

    folder: Path | None
    read: list[ReadFile] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)
    _child: Child = field(default_factory=lambda: Child("exchange.text_child", SECONDS))

    def __post_init__(self) -> None:
        if self.folder is not None and not self.folder.is_dir():
            raise refuse(NOT_A_FOLDER(), str(self.folder))

    def places_of(self, names: str) -> tuple[int, ...]:
        """Where in `read` the files of these names are, each content once. Raises UnreadableError with why one cannot be taken."""
        named = [name.strip() for name in BETWEEN.split(names) if name.strip()]
        for name in named:
            if name not in self._places:
                self.read.append(self._read(name))
                self._places[name] = len(self.read) - 1
        found: dict[str, int] = {}
        for place in (self._places[name] for name in named):
            found.setdefault(self.read[place].sha256, place)
        return tuple(found.values())

    def close(self) -> None:
        self._child.close()

    def _read(self, name: str) -> ReadFile:
        path = self._find(name)
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise UnreadableError(TOO_LARGE(name=name, most=MOST_BYTES >> 20))
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return ReadFile(path, path.name, size, sha256, self._text(path, name, size))

    def _text(self, path: Path, name: str, size: int) -> ReadText | Message:
        if size > MOST_BYTES_OF_TEXT:
            return TOO_LARGE(name=name, most=MOST_BYTES_OF_TEXT >> 20)
        self._child.begin(str(path))
        answer = self._child.answer()
        if answer is None:
            return STOPPED(name=name)
        if "refused" in answer:
            return UNFIT[answer["refused"]](name=name, most=MOST_CHARACTERS)
        body = answer["text"]
        return ReadText(body, hashlib.sha256(body.encode()).hexdigest(), characters_in(body))

    def _find(self, name: str) -> Path:
        """The file that is meant, which lies inside the folder, wherever links may lead."""
        if self.folder is None:
            raise UnreadableError(NO_FOLDER(name=name))
        written = PurePosixPath(name.replace("\\", "/"))
        folder = self.folder.resolve()
        path = (folder / written).resolve()
        if written.is_absolute() or not path.is_relative_to(folder):
            raise UnreadableError(NOT_INSIDE(name=name))
        if not path.is_file():
            known = [found.name for found in path.parent.iterdir()] if path.parent.is_dir() else []
            near = difflib.get_close_matches(written.name, known, n=1, cutoff=0.5)
            raise UnreadableError(
                NO_FILE(
                    name=name, hint=NEAREST(near=(written.parent / near[0]).as_posix()) if near else NO_HINT()
                )
            )
        return path


def only_text(task: str, files: Sequence[ReadFile]) -> None:
    """Raises UnreadableError unless one of the files, and no other, is a text."""
    texts = [file.name for file in files if isinstance(file.text, ReadText)]
    if len(texts) > 1:
        raise UnreadableError(ONE_TEXT(task=task, count=len(texts), names=texts))
    why = files[0].text
    if not texts and isinstance(why, Message):
        raise UnreadableError(why)


def keep_all(read: Sequence[ReadFile], folder: Path) -> None:
    """Keep the files. Raises Refused where one is no longer what was checked."""
    for one in read:
        if keep(folder, one.path).sha256 != one.sha256:
            raise refuse(CHANGED(name=one.name), str(one.path))


def standing_files(session: Session, enrolments: Sequence[int]) -> dict[Key, set[str]]:
    """The contents of the files of each record of these enrolments that came with some."""
    columns = (*RECORD, "sha256", "text")
    found: dict[Key, set[str]] = {}
    for *key, sha256, text in look_up(
        session, columns, "handed_file", "enrolment_id = wanted.value", sorted(set(enrolments))
    ):
        found.setdefault((key[0], key[1], key[2], key[3]), set()).add(text or sha256)
    return found


def write_files(session: Session, handed: Sequence[tuple[Key, ReadFile]]) -> None:
    """Put down which record came with which files."""
    texts = {one.text.sha256: one.text for _, one in handed if isinstance(one.text, ReadText)}
    there = {row[0] for row in look_up(session, ("sha256",), "text_body", "sha256 = wanted.value", [*texts])}
    new = [(text.sha256, text.body, text.characters) for text in texts.values() if text.sha256 not in there]
    pour(session, TextBody.__table__, ("sha256", "body", "characters"), new)  # type: ignore[attr-defined]
    columns = (*RECORD, "name", "size", "sha256", "text")
    rows = [
        (*key, one.name, one.size, one.sha256, one.content if isinstance(one.text, ReadText) else None)
        for key, one in handed
    ]
    pour(session, HandedFile.__table__, columns, rows)  # type: ignore[attr-defined]
