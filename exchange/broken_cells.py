"""Cells whose formula is in error or has no result. The workbook reader gives them as empty, and an empty cell
has a meaning of its own (an amount left out is 1), so they are looked for in the sheet's XML."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_SHEET = re.compile(rb'<(?:\w+:)?sheet\s[^>]*?\bid="([^"]+)"')
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_TARGET = re.compile(rb'\bTarget="([^"]+)"')
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*[^/])>(.*?)</(?:\w+:)?c>", re.DOTALL)
_ADDRESS = re.compile(rb'\br="([A-Z]+[0-9]+)"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_RESULT = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>[^<]")
_CHUNK = 1 << 20


def broken_cells(path: Path, sheet: int) -> list[str]:
    """The addresses of the broken cells of a sheet, which is counted from 0 in the workbook's order."""
    with zipfile.ZipFile(path) as archive:
        part = _part(archive, sheet)
        return [] if part is None else list(_broken(archive, part))


def _part(archive: zipfile.ZipFile, sheet: int) -> str | None:
    """The name of a sheet's XML inside the workbook, or None where the workbook is laid out in another way."""
    try:
        ids = _SHEET.findall(archive.read("xl/workbook.xml"))
        relations = _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels"))
    except KeyError:
        return None
    for relation in relations:
        target = _TARGET.search(relation)
        if sheet < len(ids) and b'Id="' + ids[sheet] + b'"' in relation and target:
            name = target[1].decode()
            part = name.removeprefix("/") if name.startswith("/") else str(PurePosixPath("xl") / name)
            return part if part in archive.namelist() else None
    return None


def _broken(archive: zipfile.ZipFile, part: str) -> Iterator[str]:
    with archive.open(part) as xml:
        rest = b""
        while chunk := xml.read(_CHUNK):
            text = rest + chunk
            whole = text.rfind(b"row>") + 4 if b"row>" in text else 0
            rest = text[whole:]
            yield from _broken_in(text[:whole])
        yield from _broken_in(rest)


def _broken_in(xml: bytes) -> Iterator[str]:
    if b't="e"' not in xml and not _FORMULA.search(xml):
        return
    for attributes, content in _CELL.findall(xml):
        no_result = b't="str"' not in attributes and not _RESULT.search(content)
        if b't="e"' in attributes or (no_result and _FORMULA.search(content)):
            address = _ADDRESS.search(attributes)
            if address:
                yield address[1].decode()
