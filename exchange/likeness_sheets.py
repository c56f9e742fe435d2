"""Findings of likeness as a workbook to pass on: a row for each two texts, ring by ring, with what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from calendars.messages import Locale, Message, Wording
from calendars.spoken_times import shown
from calendars.term import TermCalendar
from exchange.workbooks import Page, write_workbook
from workflows.likeness_told import Finding, Writer

LIKENESS = Wording(zh="雷同", en="Likeness")
ASSESSMENT = Wording(zh="考核", en="Assessment")
RING, PERSONS = Wording(zh="组", en="Ring"), Wording(zh="组内人数", en="Persons in it")
EARLIER, LATER = (
    Wording(zh="先交：{what}", en="First: {what}"),
    Wording(zh="后交：{what}", en="Second: {what}"),
)
NAME, NUMBER = Wording(zh="姓名", en="name"), Wording(zh="人员编号", en="number")
COHORT, PLACE = Wording(zh="班级", en="cohort"), Wording(zh="单位", en="organisation")
TASK, FILE = Wording(zh="任务", en="task"), Wording(zh="附件", en="file")
AT, ALIKE = Wording(zh="时间", en="at"), Wording(zh="相同", en="alike")
DECIDED = Wording(zh="决定", en="decided")
OF_A_WRITER = (NAME, NUMBER, COHORT, PLACE, TASK, FILE, AT, ALIKE, DECIDED)
TO_DECIDE = Wording(zh="待定", en="to be decided")
VERDICTS = {
    "revoke": Wording(zh="雷同，取消（{names}）", en="likeness, revoked ({names})"),
    "dismiss": Wording(zh="不是雷同（{names}）", en="no likeness ({names})"),
}
BEFORE_THE_WRITERS = 3  # columns
Cell = str | int | None


def write_findings(calendar: TermCalendar, found: Sequence[Finding], path: Path, locale: Locale) -> int:
    """Whose text was first stands first. How alike is a part of one's own text that is in the other's. Returns how many
    pairs there are."""
    headings = [one().text(locale) for one in (ASSESSMENT, RING, PERSONS)]
    headings += [
        turn(what=what().text(locale)).text(locale) for turn in (EARLIER, LATER) for what in OF_A_WRITER
    ]
    alike = BEFORE_THE_WRITERS + OF_A_WRITER.index(ALIKE)
    page = Page(
        LIKENESS().text(locale), headings, [_row(one, calendar, locale) for one in found],
        whole=frozenset({1, 2}), percent=frozenset({alike, alike + len(OF_A_WRITER)}),
    )  # fmt: skip
    return write_workbook(path, [page])


def _row(one: Finding, calendar: TermCalendar, locale: Locale) -> list[Cell]:
    assessment = calendar.assessment(one.likeness.of)
    first, second = (
        _cells(writer, share, calendar, locale)
        for writer, share in ((one.first, one.of_first), (one.second, one.of_second))
    )
    return [assessment.name or assessment.id, one.ring, one.ring_size, *first, *second]


def _cells(writer: Writer, share: int, calendar: TermCalendar, locale: Locale) -> list[Cell]:
    return [
        writer.person, writer.number, called(writer, calendar), writer.organisation, writer.task, writer.file,
        shown(writer.happened_at, calendar.zoneinfo), share,
        decided(writer).text(locale) if is_of(writer, calendar) else "—",
    ]  # fmt: skip


def is_of(writer: Writer, calendar: TermCalendar) -> bool:
    """Not of a former programme, about whose texts nothing is decided here."""
    return writer.programme == calendar.programme


def called(writer: Writer, calendar: TermCalendar) -> str:
    """The cohort, with its programme where that is another."""
    return writer.cohort if is_of(writer, calendar) else f"{writer.programme} {writer.cohort}"


def decided(writer: Writer) -> Message:
    return VERDICTS[writer.decided](names=writer.by) if writer.decided else TO_DECIDE()
