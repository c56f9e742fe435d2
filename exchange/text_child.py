"""The process in which handed-in files are opened: a hostile one ends this process, and nothing else.

It is told one path a line as JSON and answers one line for each: `{"text": …}`, or `{"refused": …}` with a word that
`exchange.handed_files` knows. It can write no file, and memory and time are limited.
"""

from __future__ import annotations

import codecs
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exchange.children import limited

MOST_MEMORY = 1 << 30  # bytes of address space
MOST_UNPACKED = 100 << 20  # bytes of a .docx, pictures included
MOST_CHARACTERS = 200_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_UNSEEN = (
    f"{_W}moveFrom",
    f"{_W}del",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
)
_BLANKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}p": "\n", f"{_W}tc": "\t"}


class Unfit(Exception):
    """Why no text can be taken out of a file."""


def main() -> None:
    """Answer until nobody asks any more."""
    limited(MOST_MEMORY)
    for line in sys.stdin:
        print(json.dumps(_answer(Path(json.loads(line)))), flush=True)  # noqa: T201


def _answer(path: Path) -> dict[str, str]:
    try:
        text = _text_of(path)
    except Unfit as unfit:
        return {"refused": str(unfit)}
    except MemoryError:
        return {"refused": "too large"}
    except Exception:  # noqa: BLE001 (whatever a damaged file brings about)
        return {"refused": "damaged"}
    if len(text) > MOST_CHARACTERS:
        return {"refused": "too long"}
    return {"text": text} if text.strip() else {"refused": "empty"}


def _text_of(path: Path) -> str:
    """By what the file is, whatever it is called."""
    with path.open("rb") as file:
        begin = file.read(8)
    if begin.startswith(b"PK\x03\x04"):
        return _of_document(path)
    if begin.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unfit("old document")
    if begin.startswith(b"%PDF"):
        raise Unfit("pdf")
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unfit("utf-16")
    return _of_plain(path.read_bytes())


def _of_plain(content: bytes) -> str:
    """UTF-8 if every byte is, else GB18030 if every byte is."""
    if b"\x00" in content:
        raise Unfit("no text")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise Unfit("no text")


def _of_document(path: Path) -> str:
    from docx import Document  # noqa: PLC0415 (plain text needs none of it)

    with zipfile.ZipFile(path) as archive:
        if "word/document.xml" not in archive.namelist():
            raise Unfit("no document")
        if sum(info.file_size for info in archive.infolist()) > MOST_UNPACKED:
            raise Unfit("too large")
    body = Document(str(path)).element.body
    lines = "".join(_seen(body)).split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def _seen(element: Any) -> Iterator[str]:
    """What a reader of the document sees, in its order: also what was inserted while changes were tracked, what stands
    in form fields, text boxes and tables; not what was deleted."""
    for part in element:
        if part.tag in _UNSEEN:
            continue
        if part.tag == f"{_W}t":
            yield part.text or ""
        else:
            yield from _seen(part)
            yield _BLANKS.get(part.tag, "")


if __name__ == "__main__":
    main()
