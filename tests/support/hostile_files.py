"""Files that would do harm, or that a clerk's program has spoilt: each made from a good one by a number."""

from __future__ import annotations

import csv
import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tests.support.files import workbook

Row = Sequence[object]
Parts = dict[str, bytes]
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
MB = 1 << 20


@dataclass(frozen=True)
class Good:
    """Rows that are taken in, header first, and where in them stands what is spoilt."""

    rows: Sequence[Row]
    number: int
    amount: int

    def parts(self, folder: Path) -> Parts:
        """Of a workbook of them, by their names in it."""
        return {**_parts(tuple(map(tuple, self.rows)), folder)}

    def csv(self) -> str:
        text = io.StringIO()
        csv.writer(text).writerows(self.rows)
        return text.getvalue()


@dataclass(frozen=True)
class Spoilt:
    """`must_fall`: nothing of it may be taken in. Otherwise all of it may be, as it was meant."""

    content: bytes
    must_fall: bool = True


Way = Callable[[random.Random, Good, Path], Spoilt]


def spoilt(number: int, good: Good, folder: Path) -> tuple[str, Spoilt]:
    """In which way the file of a number is spoilt, and the file. Every way has its turn."""
    dice = random.Random(number)
    way = WAYS[number % len(WAYS)]
    return way.__name__, way(dice, good, folder)


# ---------------------------------------------------------------------- workbooks


@cache
def _parts(rows: tuple[tuple[object, ...], ...], folder: Path) -> Parts:
    path = workbook(folder / "good.xlsx", rows)
    with zipfile.ZipFile(path) as archive:
        return {part.filename: archive.read(part) for part in archive.infolist()}


def _packed(parts: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def _with(good: Good, folder: Path, part: str, change: Callable[[bytes], bytes]) -> bytes:
    parts = good.parts(folder)
    changed = change(parts[part])
    assert changed != parts[part], part
    return _packed(parts | {part: changed})


def cut_off_workbook(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    whole = _packed(good.parts(folder))
    return Spoilt(whole[: dice.randrange(4, len(whole) - 22)])


def flipped_bits(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    content = bytearray(_packed(good.parts(folder)))
    for _ in range(dice.randrange(1, 20)):
        content[dice.randrange(4, len(content))] ^= 1 << dice.randrange(8)
    return Spoilt(bytes(content), must_fall=False)


def bomb(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    """A sheet, or the strings, that unpack to much more than they are."""
    parts = good.parts(folder)
    part = dice.choice([SHEET, STRINGS])
    end = b"</sheetData>" if part == SHEET else b"</sst>"
    filling = b" " * dice.randrange(20 * MB, 40 * MB)
    return Spoilt(_packed(parts | {part: parts[part].replace(end, filling + end)}))


@cache
def _hundreds_of_megabytes(kind: str) -> bytes:
    """A part of a workbook of which its archive says that it is small."""
    begin, once, end = {
        "sheet": (
            b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>',
            b'<row><c t="inlineStr"><is><t>x</t></is></c></row>' * 1000,
            b"</sheetData></worksheet>",
        ),
        "strings": (
            b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
            b"<si><t>x</t></si>" * 3000,
            b"</sst>",
        ),
    }[kind]
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    pieces = [packer.compress(begin), *(packer.compress(once) for _ in range(12_000)), packer.compress(end)]
    return b"".join([*pieces, packer.flush()])


def lying_bomb(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    """Six hundred megabytes, and the archive says that they are some hundred bytes."""
    kind, part = dice.choice([("sheet", SHEET), ("strings", STRINGS)])
    packed = _hundreds_of_megabytes(kind)
    claimed = dice.choice([100, len(packed), len(packed) * 100])
    parts = good.parts(folder)
    parts.pop(part)
    begin = _packed(parts)
    name = part.encode()
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 33, 0, len(packed), claimed, len(name), 0)
    with zipfile.ZipFile(io.BytesIO(begin)) as archive:
        directory, entries = archive.start_dir, len(archive.infolist())
    listed = begin[directory : begin.rindex(b"PK\x05\x06")]
    entry = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 33, 0, len(packed), claimed, len(name), 0, 0, 0, 0, 0, directory
    ) + name  # fmt: skip
    body = begin[:directory] + local + name + packed
    end = struct.pack(
        "<4s4H2IH", b"PK\x05\x06", 0, 0, entries + 1, entries + 1, len(listed) + len(entry), len(body), 0
    )
    return Spoilt(body + listed + entry + end)


def many_parts(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    parts = good.parts(folder)
    return Spoilt(_packed(parts | {f"xl/media/{n}.bin": b"" for n in range(dice.randrange(2_000, 3_000))}))


def external_entity(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    """What is read from the machine, or grows, when an entity is put in."""
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    declared, used = dice.choice(
        [('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"), (f'<!ENTITY l0 "lol">{laughs}', "&l9;")]
    )
    part, root = dice.choice([(STRINGS, "sst"), (SHEET, "worksheet"), ("xl/workbook.xml", "workbook")])

    def change(xml: bytes) -> bytes:
        text = xml.decode().replace("?>", f"?><!DOCTYPE {root} [{declared}]>", 1)
        return re.sub(r"<t>[^<]*</t>", f"<t>{used}</t>", text, count=1).encode()

    return Spoilt(_with(good, folder, part, change))


def formula_in_error(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    error = dice.choice(["#REF!", "#N/A", "#DIV/0!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!"])
    cell = dice.choice([f'<c r="{{}}" t="e"><f>A1</f><v>{error}</v></c>', '<c r="{}"><f>A1*2</f></c>'])
    return Spoilt(_with(good, folder, SHEET, lambda xml: _cell_instead(xml, dice, cell)))


def _cell_instead(xml: bytes, dice: random.Random, cell: str) -> bytes:
    """Another cell where one below the header stands."""
    cells = [
        found
        for found in re.finditer(rb'<c r="([A-Z]+)(\d+)"[^>]*?(?:/>|>.*?</c>)', xml)
        if int(found[2]) > 1
    ]
    one = dice.choice(cells)
    return xml[: one.start()] + cell.format((one[1] + one[2]).decode()).encode() + xml[one.end() :]


def odd_cell(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    """Cells as no good program writes them."""
    cell = dice.choice(
        [
            '<c r="{}"><v>1e999</v></c>', '<c r="{}"><v>nan</v></c>', '<c r="{}" t="s"><v>99999999</v></c>',
            '<c r="{}" t="s"><v>-1</v></c>', '<c r="{}" t="b"><v>7</v></c>', '<c r="{}" t="d"><v>9999-99-99</v></c>',
            '<c r="{}" t="zzz"><v>1</v></c>', '<c r="XFE9999999"><v>1</v></c>', '<c r=""><v>1</v></c>',
            '<c r="{}" t="inlineStr"><is><t>' + "长" * 100_000 + "</t></is></c>", '<c r="{}"><v>-0</v></c>',
            '<c r="{}" t="str"><v>&#0;&#8;</v></c>', '<c r="{}" s="4294967295"><v>5</v></c>',
            '<c r="{}"><f>cmd|\'/c calc\'!A0</f><v>12</v></c>',
        ]
    )  # fmt: skip
    return Spoilt(_with(good, folder, SHEET, lambda xml: _cell_instead(xml, dice, cell)), must_fall=False)


def merged_cells(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    """Two people's rows with one number between them, as it looks good on paper."""
    rows = [list(row) for row in good.rows]
    rows[dice.randrange(2, len(rows))][good.number] = ""

    def change(xml: bytes) -> bytes:
        return xml.replace(
            b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
        )

    parts = replace(good, rows=rows).parts(folder)
    return Spoilt(_packed(parts | {SHEET: change(parts[SHEET])}))


def sixteen_thousand_columns(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    row = dice.randrange(2, len(good.rows) + 1)

    def change(xml: bytes) -> bytes:
        end = re.search(rb'<row r="%d".*?(</row>)' % row, xml)
        assert end is not None
        return xml[: end.start(1)] + b'<c r="XFD%d"><v>1</v></c>' % row + xml[end.start(1) :]

    return Spoilt(_with(good, folder, SHEET, change))


def far_away(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    """A cell so far from the others that a table with room for all between would not fit into any memory."""

    def change(xml: bytes) -> bytes:
        row = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        return xml.replace(b"</sheetData>", row + b"</sheetData>")

    return Spoilt(_with(good, folder, SHEET, change))


def figures_for_text(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    """The number of a person as a spreadsheet makes it of an ID number."""
    rows = [list(row) for row in good.rows]
    rows[dice.randrange(1, len(rows))][good.number] = dice.choice([3.30102198001e17, 110101199003, 0.5, True])
    return Spoilt(workbook(folder / "figures.xlsx", rows).read_bytes())


def text_for_figures(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    rows = [list(row) for row in good.rows]
    rows[dice.randrange(1, len(rows))][good.amount] = dice.choice(
        ["一百二十", "12分钟", "1,2,3", "-5", "1e3", "0x10", "１２．３４５", "12.345", "∞", "=1+1"]
    )
    return Spoilt(workbook(folder / "text.xlsx", rows).read_bytes())


def no_workbook(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    """An archive of another kind, or a workbook that lacks what makes it one."""
    parts = good.parts(folder)
    lacking = dice.choice(["xl/workbook.xml", SHEET, "xl/_rels/workbook.xml.rels", None])
    if lacking is None:
        return Spoilt(_packed({"word/document.xml": b"<w/>", "mimetype": b"application/zip"}))
    parts.pop(lacking)
    return Spoilt(_packed(parts))


def broken_xml(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    part = dice.choice([SHEET, "xl/workbook.xml"])
    return Spoilt(_with(good, folder, part, lambda xml: xml[: dice.randrange(60, len(xml) // 2)]))


def another_sheet_too(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    import openpyxl

    book = openpyxl.Workbook()
    for name in ("一", "二"):
        sheet = book.create_sheet(name) if name != "一" else book.active
        assert sheet is not None
        for row in good.rows:
            sheet.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return Spoilt(content.getvalue())


# ---------------------------------------------------------------------- CSV


def cut_off_text(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    """Where it is cut between two lines, or in the last cell, nothing tells that it was: then it is taken as it is."""
    content = good.csv().encode()
    return Spoilt(content[: dice.randrange(1, len(content))], must_fall=False)


def mixed_encodings(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    lines = good.csv().splitlines(keepends=True)
    at = dice.randrange(1, len(lines))
    both = [("utf-8", "gb18030"), ("gb18030", "utf-8"), ("utf-8", "utf-16-le")]
    first, second = dice.choice(both)
    return Spoilt("".join(lines[:at]).encode(first) + "".join(lines[at:]).encode(second))


def open_quote(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    lines = good.csv().splitlines(keepends=True)
    at = dice.randrange(1, len(lines))
    lines[at] = '"' + lines[at] if '"' not in lines[at] else lines[at].replace('"', "", 1)
    return Spoilt("".join(lines).encode())


def no_text(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    content = bytearray(good.csv().encode())
    content.insert(dice.randrange(len(content)), 0)
    return Spoilt(bytes(content))


def endless_cell(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    return Spoilt(good.csv().encode() + b"x" * dice.randrange(200_000, 2_000_000))


def endless_row(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    return Spoilt(good.csv().encode() + b"x," * dice.randrange(2_000, 500_000))


def noise(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    begin = dice.choice([b"", b"PK\x03\x04", b"\xef\xbb\xbf", b"\xd0\xcf\x11\xe0"])
    return Spoilt(begin + dice.randbytes(dice.randrange(1, 5_000)))


def one_bad_row_of_very_many(dice: random.Random, good: Good, folder: Path) -> Spoilt:
    """Once in a while a hundred thousand of them."""
    wanted = 100_000 if dice.randrange(20) == 0 else 3_000
    header, *rows = good.rows
    references = range(wanted)
    lines = [[*rows[n % len(rows)][:-1], f"r{n}"] for n in references]
    bad = dice.choice(references)
    lines[bad][good.amount] = "x"
    text = io.StringIO()
    csv.writer(text).writerows([header, *lines])
    return Spoilt(text.getvalue().encode(dice.choice(["utf-8", "gb18030"])))


WAYS: tuple[Way, ...] = (
    cut_off_workbook, flipped_bits, bomb, lying_bomb, many_parts, external_entity, formula_in_error, odd_cell, merged_cells,
    sixteen_thousand_columns, far_away, figures_for_text, text_for_figures, no_workbook, broken_xml, another_sheet_too,
    cut_off_text, mixed_encodings, open_quote, no_text, endless_cell, endless_row, noise, one_bad_row_of_very_many,
)  # fmt: skip
