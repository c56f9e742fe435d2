"""The columns of each kind of file, by their Chinese and English names, and the header row that names them."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from calendars.messages import Locale, Message, Problem, Refused, Wording
from exchange.sheet_files import NO_ROWS
from exchange.spreadsheets import Sheet, Value

UNKNOWN_COLUMN = Wording(zh="不认识“{found}”这一列。{hint}", en="there is no column {found!r}. {hint}")
NEAREST = Wording(zh="是不是“{near}”？", en="Did you mean {near!r}?")
ALL_COLUMNS = Wording(zh="可用的列：{names}", en="The columns are: {names}")
DOUBLED = Wording(zh="“{found}”这一列出现了两次", en="the column {found!r} appears twice")
MISSING = Wording(
    zh="表头（第{line}行）缺少“{name}”这一列", en="the header row (line {line}) lacks the column {name!r}"
)
NO_TITLE = Wording(
    zh="这个单元格有内容，而它的列没有表头", en="this cell has content, but its column has no name"
)

EXAMPLE = ("示例", "example")
"""A row whose leading cell begins with one of these is the template's example, and is passed over."""

_BANNER_ROWS = 10  # above the header there may be a title and a few lines of explanation


Words = str | Wording


def written_in(words: Words, locale: Locale) -> str:
    """As they stand in a sheet of a language: what has one word alone, as it is."""
    if isinstance(words, str):
        return words
    return words.zh if locale == "zh" else words.en


@dataclass(frozen=True)
class Column:
    """One column. The one that `leads` holds the template's word for an example row."""

    key: str
    name: Wording
    about: Wording
    aliases: tuple[str, ...] = ()
    required: bool = False
    leads: bool = False
    figures: bool = False  # of amounts; every other column of a template is text, whatever is typed into it
    choices: Sequence[Words] = ()  # what a template offers
    example: Words = ""  # in the template's example row

    def names(self) -> tuple[str, ...]:
        return (self.name.zh, self.name.en, *self.aliases)


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    cells: Mapping[str, Value]  # by the key of the column; empty cells are left out


@dataclass
class Table:
    """A sheet whose header has been recognised."""

    sheet: Sheet
    columns: Sequence[Column]
    header: int
    titles: list[str]  # as the file has them, by position
    keys: dict[str, int]  # the position of each column that the file has
    examples: int = 0  # rows passed over so far
    strays: list[Problem] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """The rows with content, in the file's order. Cells without a column name are collected in `strays`."""
        for line, cells in self.lines():
            row = self.row(line, cells)
            if row is not None:
                yield row

    def lines(self) -> Iterator[tuple[int, list[Value]]]:
        """What stands below the header, as wide as it or wider. Cells without a column name are collected in `strays`."""
        self.examples, self.strays = 0, []
        named, width = set(self.keys.values()), len(self.titles)
        for line, cells in self.sheet.rows():
            if line <= self.header:
                continue
            if len(cells) > width or len(named) < width:
                self._find_strays(line, cells, named)
            if len(cells) < width:
                cells.extend([""] * (width - len(cells)))
            yield line, cells

    def row(self, line: int, cells: Sequence[Value]) -> Row | None:
        """A line by the keys of its columns; None where it is empty or the template's example."""
        # Spelled out rather than called: this is done for every cell of a file.
        found = {
            key: cell
            for key, at in self.keys.items()
            if (cell := cells[at]) != "" and not (cell.__class__ is str and cell.isspace())
        }
        if not found:
            return None
        if self.leading and _is_example(found.get(self.leading)):
            self.examples += 1
            return None
        return Row(line, found)

    @cached_property
    def leading(self) -> str | None:
        return next((column.key for column in self.columns if column.leads), None)

    def problem(self, line: int, key: str, message: Message) -> Problem:
        """A problem at a cell; where the file has no such column, at the first one."""
        at = self.keys.get(key, 0)
        return self.sheet.problem(line, at, self.titles[at] if at < len(self.titles) else key, message)

    def _find_strays(self, line: int, cells: Sequence[Value], named: set[int]) -> None:
        for at, cell in enumerate(cells):
            if at not in named and not _is_empty(cell):
                self.strays.append(self.sheet.problem(line, at, "", NO_TITLE()))


def recognise(sheet: Sheet, columns: Sequence[Column]) -> Table:
    """Find the header row. Raises Refused with every unknown, doubled and missing column."""
    known = {plain(name): column.key for column in columns for name in column.names()}
    line, titles = _header(sheet, known)
    problems: list[Problem] = []
    keys: dict[str, int] = {}
    for at, title in enumerate(titles):
        key = known.get(plain(title))
        if key in keys:
            problems.append(sheet.problem(line, at, title, DOUBLED(found=title)))
        elif key:
            keys[key] = at
        elif title:
            problems.append(
                sheet.problem(line, at, title, UNKNOWN_COLUMN(found=title, hint=_hint(title, columns)))
            )
    problems += [
        Problem(
            f"{sheet.file}!{sheet.name}" if sheet.name else sheet.file, MISSING(line=line, name=_both(column))
        )
        for column in columns
        if column.required and column.key not in keys
    ]
    if problems:
        raise Refused(problems)
    return Table(sheet, columns, line, titles, keys)


@lru_cache(maxsize=1 << 12)
def plain(name: str) -> str:
    """A name as it is compared: width, case, spaces, underscores and the asterisk of a required column aside."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(folded.replace("_", "").replace("*", "").split())


def _header(sheet: Sheet, known: Mapping[str, str]) -> tuple[int, list[str]]:
    """The first of the upper rows that names two columns or more; else the first row, to be complained about."""
    first: tuple[int, list[str]] | None = None
    seen = 0
    for line, cells in sheet.rows():
        titles = [_title(cell) for cell in cells]
        if not any(titles):
            continue
        first = first or (line, titles)
        if sum(plain(title) in known for title in titles) >= 2:
            return line, titles
        seen += 1
        if seen == _BANNER_ROWS:
            break
    if first is None:
        raise Refused([Problem(sheet.file, NO_ROWS())])
    return first


def _title(cell: Value) -> str:
    """A title is told where it is wrong: of an address no more than its beginning, for it may hold a secret."""
    title = cell.strip() if isinstance(cell, str) else str(cell)
    service, address, _ = title.partition("://")
    return f"{service}://***" if address else title


def _hint(title: str, columns: Sequence[Column]) -> Message:
    names = {plain(name): name for column in columns for name in column.names()}
    near = difflib.get_close_matches(plain(title), names, n=1, cutoff=0.5)
    if near:
        return NEAREST(near=names[near[0]])
    return ALL_COLUMNS(names=[column.name() for column in columns])


def _both(column: Column) -> str:
    return f"{column.name.zh} {column.name.en}"


def _is_empty(cell: Value) -> bool:
    return cell == "" or (cell.__class__ is str and cell.isspace())


def _is_example(cell: Value | None) -> bool:
    return isinstance(cell, str) and cell.strip().casefold().startswith(EXAMPLE)


def by_export(key: str, name: Wording) -> Column:
    """A column that says how things stand, and says nothing when it comes back."""
    about = Wording(zh="导出时写明，导入时不看", en="written by an export, and passed over by an import")
    return Column(key, name, about)


STATE = by_export("state", Wording(zh="状态", en="state"))
DOCUMENT = Column(
    "document",
    Wording(zh="文号", en="document"),
    Wording(zh="依据的文件，可不填", en="the paper on which it rests; optional"),
    ("依据文号",),
)
