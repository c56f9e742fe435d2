"""The sheet of contacts: where organisations and the chat groups of cohorts are reached. Read here into what it changes.

A robot's address holds a secret: no preview and no problem shows one, nor what was put into another column by mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import reduce
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlmodel import Session

from calendars.messages import Message, Wording
from exchange.cells import Reader
from exchange.columns import Row, recognise
from exchange.contact_columns import CONTACT_COLUMNS, NONE, takes_away
from exchange.contact_places import Places
from exchange.plans import Proposal
from exchange.robot_addresses import NOT_A_ROBOT, is_masked, masked, robot_address
from exchange.spreadsheets import open_sheet
from models.types import seconds
from workflows.contacts import Reach, Standing, Whose, contacts, put_down

IN_ITS_COLUMN = Wording(
    zh="这里像是群机器人的地址，应填在“群机器人”一列",
    en="this looks like the address of a robot, which belongs into the column robot",
)
NO_MAIL_TO_A_GROUP = Wording(
    zh="班级的群只能有群机器人；个人的邮箱在名册里",
    en="the group of a cohort has a robot alone; people's own addresses stand in the roster",
)
MASKED = Wording(
    zh="这里的地址是遮住的，不是这里登记的那个；请填完整的地址",
    en="this address is masked, and not that of the robot which is known here; write the whole address",
)
TWICE = Wording(zh="{whose} 在第{first}行已经出现过", en="{whose} stands in line {first} already")
CHANGE = Wording(zh="{whose}：{what}", en="{whose}: {what}")
AND = Wording(zh="{one}，{other}", en="{one}, {other}")
SAID = {
    "name": Wording(zh="联系人 {said}", en="contact {said}"),
    "email": Wording(zh="邮箱 {said}", en="email {said}"),
    "robot": Wording(zh="群机器人 {said}", en="robot {said}"),
}

Said = dict[str, str | None]  # by column; None takes away what stands there


def read_contacts(session: Session, path: Path, received_at: datetime) -> Proposal:
    """Check a sheet of contacts whole. Raises Refused for a file or a header that cannot be used at all; problems of rows are
    in the proposal."""
    table = recognise(open_sheet(path), CONTACT_COLUMNS)
    proposal = Proposal(table.sheet.file, table.sheet.sha256, received_at)
    reader = Reader(table, ZoneInfo("UTC"), seconds(received_at))
    rows = _Rows(reader, Places(session), contacts(session), proposal)
    for row in table.rows():
        proposal.rows += 1
        rows.take(row)
    proposal.examples = table.examples
    proposal.refused = [*reader.problems, *table.strays]
    proposal.write = rows.write
    return proposal


@dataclass
class _Rows:
    """The rows of one sheet, checked one by one and against what stands."""

    reader: Reader
    places: Places
    standing: Mapping[Whose, Standing]
    proposal: Proposal
    changes: dict[Whose, Reach] = field(default_factory=dict)
    _lines: dict[Whose, int] = field(default_factory=dict)

    def take(self, row: Row) -> None:
        before = len(self.reader.problems)
        if self._shows_a_secret(row):
            return
        whose = self.places.whose(self.reader, row)
        reach = self._reach(whose)
        said = self._said(row, whose, reach)
        if len(self.reader.problems) > before or whose is None:
            return
        first = self._lines.setdefault(whose, row.line)
        if first != row.line:
            column = "organisation" if whose.kind == "o" else "cohort"
            self.reader.refuse(row, column, TWICE(whose=self.places.called(whose), first=first))
            return
        self._compare(row, whose, reach, Reach(**(asdict(reach) | said)))

    def write(self, session: Session, _recorded_at: datetime) -> None:
        for whose, reach in self.changes.items():
            put_down(session, whose, reach)

    def _reach(self, whose: Whose | None) -> Reach:
        standing = self.standing.get(whose) if whose is not None else None
        return standing.reach if standing else Reach()

    def _compare(self, row: Row, whose: Whose, before: Reach, after: Reach) -> None:
        if after == before:
            self.proposal.unchanged += 1
            return
        self.changes[whose] = after
        self.proposal.added += before.is_nothing
        self.proposal.changed += not before.is_nothing
        what = reduce(lambda one, other: AND(one=one, other=other), _told(before, after))
        told = CHANGE(whose=self.places.called(whose), what=what)
        self.proposal.show(self.reader.table, row.line, "organisation", told)

    # ------------------------------------------------------------------ what a row says

    def _shows_a_secret(self, row: Row) -> bool:
        """What is no robot's address is told with what was found, and must not be one."""
        wrong = [key for key, cell in row.cells.items() if key != "robot" and "://" in str(cell)]
        for key in wrong:
            self.reader.refuse(row, key, IN_ITS_COLUMN())
        return bool(wrong)

    def _said(self, row: Row, whose: Whose | None, reach: Reach) -> Said:
        """What a row says; what it leaves empty is not among it."""
        found = {"name": self._cell(row, "name", lambda text: text), "email": self._email(row, whose)}
        found["robot"] = self._cell(row, "robot", lambda text: self._robot(row, text, reach))
        return {key: said or None for key, said in found.items() if said is not None}

    def _cell(self, row: Row, key: str, read: Callable[[str], str | None]) -> str | None:
        """What a cell says; "" takes away, None says nothing or was refused."""
        text = self.reader.text(row, key)
        if not text:
            return None
        return "" if takes_away(text) else read(text)

    def _email(self, row: Row, whose: Whose | None) -> str | None:
        said = self._cell(row, "email", lambda _: self.reader.email(row))
        if said is not None and whose is not None and whose.kind == "c":
            self.reader.refuse(row, "email", NO_MAIL_TO_A_GROUP())
        return said

    def _robot(self, row: Row, text: str, reach: Reach) -> str | None:
        if is_masked(text):
            if reach.robot is None or masked(reach.robot) != text:
                self.reader.refuse(row, "robot", MASKED())
            return None
        address = robot_address(text)
        if address is None:
            self.reader.refuse(row, "robot", NOT_A_ROBOT())
        return address


def _told(before: Reach, after: Reach) -> list[Message]:
    """What is put down anew."""
    new = {key: said for key, said in asdict(after).items() if said != getattr(before, key)}
    return [
        SAID[key](said=NONE() if said is None else masked(said) if key == "robot" else said)
        for key, said in new.items()
    ]
