"""Looks for words, such as people's names and numbers, in whatever a program has left behind: in logs, in every table of an SQLite
file and in what stands between them, also where it was escaped, encoded, compressed or pickled."""

from __future__ import annotations

import base64
import binascii
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

AROUND = 60  # characters of what stands beside a word
DEEPEST = 4  # encodings, one within the other
MOST_UNPACKED = 64 << 20

_BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}|[A-Za-z0-9_-]{16,}={0,2}")
_UNITS = re.compile(r"(?:\\+u[0-9a-fA-F]{4})+|\\+U[0-9a-fA-F]{8}")
_BYTES = re.compile(rb"(?:\\x[0-9a-fA-F]{2})+|(?:=[0-9A-F]{2})+")
_NOT_HEX = re.compile(rb"\\x|=")
_DATABASE = b"SQLite format 3\x00"
_PACKED = (
    (b"\x1f\x8b", 31),
    (b"\x78\x01", 15),
    (b"\x78\x9c", 15),
    (b"\x78\xda", 15),
)  # with zlib's window bits


@dataclass(frozen=True)
class Trace:
    """A word that was found: where, and what stands around it."""

    where: str
    word: str
    around: str


class Words:
    """What is looked for. A word is two characters or more."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_beginning: dict[str, list[str]] = {}
        for word in set(words):
            self._by_beginning.setdefault(word[:2], []).append(word)
        firsts = "".join(sorted({beginning[0] for beginning in self._by_beginning}))
        self._first = re.compile(f"[{re.escape(firsts)}]")

    def within(self, text: str) -> Iterator[tuple[str, int]]:
        """Each word that a text has, and where it begins."""
        for first in self._first.finditer(text):
            at = first.start()
            for word in self._by_beginning.get(text[at : at + 2], ()):
                if text.startswith(word, at):
                    yield word, at


def traces(words: Words, places: Iterable[Path]) -> list[Trace]:
    """Every word with the first place that has it, in these files and in all those of these folders."""
    found: dict[tuple[str, str], Trace] = {}
    for file in _files(places):
        for where, content in _contents(file):
            for text in readings(content):
                for word, at in words.within(text):
                    around = text[max(0, at - AROUND) : at + len(word) + AROUND]
                    found.setdefault((where, word), Trace(where, word, around))
    return [*found.values()]


def readings(content: bytes, depth: int = 0) -> Iterator[str]:
    """What some bytes may be read as: the text that they are, without its escapes, and what is encoded or compressed in them."""
    text = content.decode("utf-8", "replace")
    yield text
    if "\\" in text:
        yield _UNITS.sub(_character, text)
    if _NOT_HEX.search(content):
        yield _BYTES.sub(_byte, content).decode("utf-8", "replace")
    if b"%" in content:
        yield unquote_to_bytes(content).decode("utf-8", "replace")
    if depth < DEEPEST:
        for inner in _within(content):
            yield from readings(inner, depth + 1)


def _within(content: bytes) -> Iterator[bytes]:
    for begin, window in _PACKED:
        at = content.find(begin)
        while at >= 0:
            with suppress(zlib.error):
                yield zlib.decompressobj(window).decompress(content[at:], MOST_UNPACKED)
            at = content.find(begin, at + 1)
    for run in {found[0] for found in _BASE64.finditer(content)}:
        bare = run.rstrip(b"=")
        decode: Callable[[bytes], bytes] = (
            base64.urlsafe_b64decode if b"-" in bare or b"_" in bare else base64.b64decode
        )
        with suppress(binascii.Error):
            yield decode(bare + b"=" * (-len(bare) % 4))


def _character(escaped: re.Match[str]) -> str:
    """`\\u9f98`, and two of them where one character takes two."""
    units = b"".join(
        int(unit, 16).to_bytes(len(unit) // 2, "big").rjust(2, b"\0")
        for unit in re.findall(r"[uU]([0-9a-fA-F]+)", escaped[0])
    )
    return units.decode("utf-32-be" if "U" in escaped[0] else "utf-16-be", "replace")


def _byte(escaped: re.Match[bytes]) -> bytes:
    return bytes.fromhex(escaped[0].replace(b"\\x", b"").replace(b"=", b"").decode())


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield from sorted(file for file in place.rglob("*") if file.is_file()) if place.is_dir() else [place]


def _contents(file: Path) -> Iterator[tuple[str, bytes]]:
    """A file by its name and its bytes; of a database each value too, by its table and column."""
    content = file.read_bytes()
    yield file.name, content
    if content.startswith(_DATABASE):
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            yield from _values(file.name, database)


def _values(name: str, database: sqlite3.Connection) -> Iterator[tuple[str, bytes]]:
    database.text_factory = bytes
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for table in (found.decode() for (found,) in tables):
        rows = database.execute(f'SELECT * FROM "{table}"')
        titles = [title for title, *_ in rows.description]
        seen: set[bytes] = set()
        for row in rows:
            for title, value in zip(titles, row, strict=True):
                if isinstance(value, bytes) and value not in seen:
                    seen.add(value)
                    yield f"{name} {table}.{title}", value
