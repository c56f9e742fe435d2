"""What a workbook's archive says of itself, looked at before anything in it is unpacked: parts, sizes, declarations."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from calendars.messages import Wording, refuse

MOST_PARTS = 2_000
MOST_UNPACKED = 1 << 30  # bytes: a full sheet of twenty columns has about that
MOST_RATIO = 200  # of unpacked to packed; what people and platforms write stays below fifty
SMALL = 8 << 20  # bytes that may be packed as closely as one likes
_CHUNK = 1 << 20  # bytes; a document type is declared in the first, if it is

NOT_A_WORKBOOK = Wording(
    zh="这个工作簿已损坏，或者不是 .xlsx：{why}", en="this workbook is damaged, or no .xlsx: {why}"
)
NO_BOOK = Wording(zh="压缩包里没有 xl/workbook.xml", en="there is no xl/workbook.xml in the archive")
LOCKED = Wording(zh="“{part}”加了密码", en="{part!r} has a password")
TOO_MANY = Wording(zh="有{count}个部分，最多{most}个", en="{count:part|parts}, and {most} are the most")
TOO_LARGE = Wording(
    zh="展开后有{size}MB，最多{most}MB", en="{size} MB once unpacked, and {most} MB are the most"
)
TOO_DENSE = Wording(
    zh="“{part}”展开后是压缩前的{ratio}倍，最多{most}倍",
    en="{part!r} unpacks to {ratio} times its size, and {most} times are the most",
)
DECLARES = Wording(
    zh="“{part}”含有文档类型声明（DOCTYPE），表格软件不会这样写",
    en="{part!r} declares a document type (DOCTYPE), as no spreadsheet does",
)


def look_into(path: Path) -> None:
    """Raises Refused for an archive that is no workbook, that would be more than a workbook can be once it is unpacked, or in
    which something is not as it was packed."""
    try:
        with zipfile.ZipFile(path) as archive:
            why = next(_faults(archive), None)
    except Exception as error:  # noqa: BLE001 (whatever a damaged archive brings about)
        raise refuse(NOT_A_WORKBOOK(why=error), path.name) from None
    if why is not None:
        raise refuse(NOT_A_WORKBOOK(why=why), path.name)


def _faults(archive: zipfile.ZipFile) -> Iterator[object]:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        yield TOO_MANY(count=len(parts), most=MOST_PARTS)
    if "xl/workbook.xml" not in archive.namelist():
        yield NO_BOOK()
    size = sum(part.file_size for part in parts)
    if size > MOST_UNPACKED:
        yield TOO_LARGE(size=size >> 20, most=MOST_UNPACKED >> 20)
    for part in parts:
        ratio = part.file_size // max(part.compress_size, 1)
        if part.flag_bits & 1:
            yield LOCKED(part=part.filename)
        if part.file_size > SMALL and ratio > MOST_RATIO:
            yield TOO_DENSE(part=part.filename, ratio=ratio, most=MOST_RATIO)
    for part in parts:
        with archive.open(part) as content:
            if b"<!DOCTYPE" in content.read(_CHUNK):
                yield DECLARES(part=part.filename)
            while content.read(_CHUNK):
                """At its end its size and its sum are compared with what the archive says of it."""
