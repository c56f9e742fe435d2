"""The lists of a letter that are too long for it, as the workbook that comes along: everybody, with what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from calendars.messages import Locale, Message, Wording
from exchange.letter_days import told_deadline
from exchange.letter_telling import LISTED, alike_watches
from exchange.mail import Attachment
from exchange.masks import masked
from exchange.workbooks import Page, workbook_bytes
from workflows.letters import Letter, Occasion

NAME = Wording(zh="名单{day}.xlsx", en="list {day}.xlsx")
BEHIND, UNMARKED = Wording(zh="未完成", en="not done"), Wording(zh="待批阅", en="to mark")
WAITING, UNREACHED = Wording(zh="待办", en="waiting"), Wording(zh="联系不上", en="cannot be reached")
PROGRAMME, COHORT = Wording(zh="项目", en="programme"), Wording(zh="班级", en="cohort")
TASK, DEADLINE = Wording(zh="任务", en="task"), Wording(zh="截止", en="deadline")
NUMBER, PERSON = Wording(zh="编号", en="number"), Wording(zh="姓名", en="name")
UNIT, MISSING = Wording(zh="单位", en="unit"), Wording(zh="还差", en="what is missing")
LINK, SUBJECT, WHY = (
    Wording(zh="环节", en="link"),
    Wording(zh="事项", en="subject"),
    Wording(zh="原因", en="why"),
)
AND = Wording(zh="；", en="; ")

_OF = (PROGRAMME, COHORT, TASK, DEADLINE)
_HEADINGS = {
    BEHIND: (*_OF, NUMBER, PERSON, UNIT, MISSING),
    UNMARKED: (*_OF, NUMBER, PERSON, UNIT, MISSING),
    WAITING: (*_OF, LINK, SUBJECT),
    UNREACHED: (*_OF, NUMBER, PERSON, WHY, MISSING),
}


def is_long(letter: Letter) -> bool:
    """Whether a list of it has more than a message tells; lists of one thing in several cohorts are one."""
    behind = (sum(len(watch.people) for watch in alike) for alike in alike_watches(letter.watches))
    waiting = (len(one.subjects) for one in letter.waiting)
    return max([*behind, *waiting, len(letter.unreached)], default=0) > LISTED


def list_name(letter: Letter, locale: Locale) -> str:
    return NAME(day=letter.day).text(locale)


def letter_workbook(letter: Letter, locale: Locale) -> Attachment:
    """Every list of a letter, a page for each kind. The same letter makes the same workbook, byte for byte."""
    rows = {
        BEHIND: _behind(letter, locale, unmarked=False),
        UNMARKED: _behind(letter, locale, unmarked=True),
        WAITING: _waiting(letter, locale),
        UNREACHED: _unreached(letter, locale),
    }
    pages = [
        Page(kind().text(locale), [heading().text(locale) for heading in _HEADINGS[kind]], found)
        for kind, one in rows.items()
        if (found := list(one))
    ]
    return Attachment(list_name(letter, locale), workbook_bytes(pages, letter.at))


def _behind(letter: Letter, locale: Locale, *, unmarked: bool) -> Iterator[list[str]]:
    for watch in letter.watches:
        if watch.unmarked is unmarked:
            for person in watch.people:
                cohort = person.cohort or watch.of.cohort
                yield [
                    watch.of.programme, cohort, watch.of.name, _when(letter, watch.of, locale),
                    masked(person.number), person.name, person.organisation, _missing(person.short, locale),
                ]  # fmt: skip


def _waiting(letter: Letter, locale: Locale) -> Iterator[list[str]]:
    for waiting in letter.waiting:
        for subject in waiting.subjects or ("",):
            yield [*_of(letter, waiting.of, locale), waiting.link.text(locale), subject]


def _unreached(letter: Letter, locale: Locale) -> Iterator[list[str]]:
    for person in letter.unreached:
        for due in person.dues:
            why = person.why.text(locale)
            yield [
                *_of(letter, due.of, locale),
                masked(person.number),
                person.name,
                why,
                _missing(due.short, locale),
            ]


def _of(letter: Letter, of: Occasion, locale: Locale) -> list[str]:
    return [of.programme, of.cohort, of.name, _when(letter, of, locale)]


def _when(letter: Letter, of: Occasion, locale: Locale) -> str:
    return told_deadline(of.deadline, of.zone, letter.at, letter.zone, locale).day


def _missing(short: tuple[Message, ...], locale: Locale) -> str:
    return AND().text(locale).join(message.text(locale) for message in short)
