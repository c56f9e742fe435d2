"""`yanxiu likeness`: whose texts are alike, the passages side by side, and what a person decides about each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session

from calendars.clock import now
from calendars.messages import Message, Wording, refuse
from calendars.quantities import shown as quantity
from calendars.spoken_times import happened, shown, shown_end
from calendars.term import TermCalendar
from exchange.likeness_pages import likeness_page
from exchange.likeness_sheets import called, decided, is_of, write_findings
from models.database import reading, transaction
from models.exceptions import PersonException
from office.acting import keep_export
from office.answers import as_json, lines, table
from office.appeals import SecondAfterTheLock
from office.decisions import At, Document, Name, OfCohort, Reason
from office.options import AsJson, OfPerson, Out, Programme
from office.outputs import check_free, tell_written
from office.place import database
from office.words import locale, say, text
from workflows import likeness_deciding
from workflows.appealing import open_until
from workflows.correcting import standing_entry
from workflows.known import (
    assessment_named,
    calendar_named,
    cohorts_named,
    enrolments_numbered,
    person_numbered,
)
from workflows.likeness_told import (
    Finding,
    SideBySide,
    Writer,
    findings,
    lookings,
    side_by_side,
    unknown_programmes,
)
from workflows.resolving import Decision

app = typer.Typer()
likeness = typer.Typer(
    help=text("雷同：谁交的文字与谁的相同，怎么决定", "Likeness: whose texts are alike, and what is decided about each"),
    no_args_is_help=True,
)  # fmt: skip
app.add_typer(likeness, name="likeness")

NOTHING = Wording(zh="没有发现雷同", en="no texts are alike")
NOT_COMPARED = Wording(zh="日历没有规定比较文字 (likeness)", en="the calendar compares no texts (likeness)")
NOT_HERE = Wording(
    zh="日历要求与 {slug} 比较，而这个数据库里没有这个项目",
    en="the calendar compares with {slug}, and this database has no such programme",
)
NOTHING_OF = Wording(
    zh="{number} 所交的文字没有发现雷同", en="no text of {number} was found to be alike with another's"
)
SEVERAL = Wording(zh="请用 --of 写明是哪项考核：{known}", en="say by --of for which assessment: {known}")
BEFORE_LOCK = Wording(zh="锁定时按“{result}”封存", en="it will be sealed as {result}")
RING = Wording(zh="{number}（{count}人）", en="{number} ({count:person|persons})")
WHO = Wording(zh="{person} {number} {cohort}", en="{person} {number} {cohort}")
SHARE = Wording(zh="{share}%", en="{share}%")
PASSAGES = Wording(
    zh="{first} 的{share_first}%与 {second} 的相同，{second} 的{share_second}%与 {first} 的相同：{count}处，共{letters}字（不计标点）",
    en="{share_first}% of {first}'s is in {second}'s, {share_second}% of {second}'s in {first}'s: {count:passage|passages}, {letters} characters without punctuation",
)  # fmt: skip
CONFIRMED = Wording(
    zh="{person}（{cohort}）：雷同。{assessment}：{result}", en="{person} ({cohort}): likeness; {assessment}: {result}"
)  # fmt: skip
CONFIRMED_SEALED = Wording(
    zh="{person}（{cohort}）：雷同。{assessment}：{result}；本人可在 {until} 前申诉",
    en="{person} ({cohort}): likeness; {assessment}: {result}; an appeal against it may be filed before {until}",
)
CLEARED = Wording(zh="{person}（{cohort}）：不是雷同", en="{person} ({cohort}): no likeness")

OfAssessment = Annotated[
    str | None,
    typer.Option(
        "--of",
        metavar=text("考核", "ASSESSMENT"),
        help=text("哪项考核；只有一项时可不写", "For which assessment; needed where there are several"),
    ),
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        metavar=text("人员编号", "NUMBER"),
        help=text("只与这个人的；可写几次，不写就是所有的人", "With this person's alone, may be repeated; without it with all"),
    ),
]  # fmt: skip
People = Annotated[
    list[str],
    typer.Option(
        "--person",
        metavar=text("人员编号", "NUMBER"),
        help=text("决定谁，可写几次", "About whom it is decided, may be repeated"),
    ),
]


@likeness.command(
    "list",
    help=text(
        "列出雷同的文字：谁与谁，谁先交，各有多少相同，在同一组里的还有谁，已经怎样决定。写 --out 则写成表格。",
        "List the texts that are alike: who with whom, whose was first, how alike, in which ring, and what was decided. With "
        "--out as a workbook.",
    ),
)
def listed(
    programme: Programme,
    cohort: OfCohort = None,
    at: At = None,
    of: OfAssessment = None,
    out: Out = None,
    json: AsJson = False,
) -> None:
    check_free(out)
    with reading(database()) as session:
        calendar = calendar_named(session, programme)
        instant = happened(at, calendar.zoneinfo, "--at")
        wanted = assessment_named(session, programme, of) if of else None
        cohorts = {one.name for one in cohorts_named(session, programme, cohort or [])}
        found = [
            one for one in findings(session, programme, instant, wanted)
            if not cohort or any(_is_in(writer, programme, cohorts) for writer in (one.first, one.second))
        ]  # fmt: skip
        missing = [
            slug for one in lookings(session, programme, instant, wanted) for slug in unknown_programmes(one)
        ]
    if out is not None:
        keep_export(out, write_findings(calendar, found, out, locale()))
    if json:
        as_json([_facts(one) for one in found])
        return
    lines(*(say(NOT_HERE(slug=slug)) for slug in missing))
    if out is not None:
        tell_written(out)
        return
    if not found:
        lines(say(NOTHING if calendar.likeness else NOT_COMPARED))
        return
    headings = [
        text("组", "Ring"), text("先交", "First"), text("任务", "Task"), text("时间", "At"), text("相同", "Alike"),
        text("决定", "Decided"), text("后交", "Second"), text("任务", "Task"), text("时间", "At"), text("相同", "Alike"),
        text("决定", "Decided"),
    ]  # fmt: skip
    table(headings, (_row(one, calendar) for one in found))


def _is_in(writer: Writer, programme: str, cohorts: set[str]) -> bool:
    return writer.programme == programme and writer.cohort in cohorts


def _row(one: Finding, calendar: TermCalendar) -> list[object]:
    ring = say(RING(number=one.ring, count=one.ring_size))
    first = _cells(one.first, one.of_first, calendar)
    return [ring, *first, *_cells(one.second, one.of_second, calendar)]


def _cells(writer: Writer, share: int, calendar: TermCalendar) -> list[object]:
    who = say(WHO(person=writer.person, number=writer.number, cohort=called(writer, calendar)))
    at = shown(writer.happened_at, calendar.zoneinfo)
    said = say(decided(writer)) if is_of(writer, calendar) else "—"
    return [who, writer.task, at, say(SHARE(share=quantity(share))), said]


@likeness.command(
    "show",
    help=text(
        "一个人的文字与别人的相同的段落，并排列出；--html 写成网页，连同全文。",
        "The passages that a person's texts have in common with others', side by side; --html writes a page, with the "
        "whole texts.",
    ),
)
def show(
    programme: Programme,
    person: OfPerson,
    others: With = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar=text("文件", "FILE"), help=text("写成网页", "Write a page of it")),
    ] = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    check_free(html)
    with reading(database()) as session:
        calendar = calendar_named(session, programme)
        found = _side_by_side(session, programme, person, others or [], at, calendar.zoneinfo)
    if not found:
        raise refuse(NOTHING_OF(number=person), "--person")
    if html is not None:
        html.write_text(likeness_page(calendar, found, locale()), encoding="utf-8")
        keep_export(html, len(found))
    if json:
        as_json([_facts(one.finding) | {"passages": _passages(one)} for one in found])
    elif html is not None:
        tell_written(html)
    else:
        for one in found:
            _print(one)


def _side_by_side(
    session: Session, slug: str, number: str, others: Sequence[str], at: str | None, zone: ZoneInfo
) -> list[SideBySide]:
    enrolments_numbered(session, slug, number)
    return [
        side_by_side(looking, one)
        for looking in lookings(session, slug, happened(at, zone, "--at"))
        for one in findings(session, slug, looking.at, looking.likeness.of)
        if one.is_of(number) and (not others or any(one.is_of(other) for other in others))
    ]


def _print(one: SideBySide) -> None:
    finding = one.finding
    facts = {"first": finding.first.person, "second": finding.second.person, "count": len(one.passages)}
    shares = {"share_first": quantity(finding.of_first), "share_second": quantity(finding.of_second)}
    lines(say(PASSAGES(**facts, **shares, letters=sum(passage.letters for passage in one.passages))))
    heads = [f"{writer.person} {writer.number} · {writer.task}" for writer in (finding.first, finding.second)]
    rows = [(passage["first"], passage["second"]) for passage in _passages(one)]
    table(heads, rows)


def _passages(one: SideBySide) -> list[dict[str, Any]]:
    return [
        {
            "first": one.first[slice(*passage.first)], "first_at": passage.first[0],
            "second": one.second[slice(*passage.second)], "second_at": passage.second[0],
        }
        for passage in one.passages
    ]  # fmt: skip


def _facts(one: Finding) -> dict[str, Any]:
    return {
        "assessment": one.likeness.of, "ring": one.ring, "persons": one.ring_size,
        "first": _writer(one.first, one.of_first), "second": _writer(one.second, one.of_second),
    }  # fmt: skip


def _writer(writer: Writer, share: int) -> dict[str, Any]:
    return {
        "number": writer.number, "name": writer.person, "programme": writer.programme, "cohort": writer.cohort,
        "organisation": writer.organisation, "task": writer.task, "file": writer.file, "at": writer.happened_at,
        "alike": quantity(share), "decided": writer.decided, "by": list(writer.by),
    }  # fmt: skip


Act = Callable[[Session, int, str, Decision, Sequence[int]], PersonException]


@dataclass(frozen=True)
class Deciding:
    """What is said of every decision: about whom, with whose texts, why, by whom, from when on. About all, or none."""

    programme: str
    people: list[str]
    others: list[str]
    of: str | None
    by: tuple[str, str, str | None]
    at: str | None
    json: bool

    def decide(self, act: Act) -> None:
        reason, name, document = self.by
        with transaction(database()) as session:
            calendar = calendar_named(session, self.programme)
            at = happened(self.at, calendar.zoneinfo, "--at")
            decision = Decision(reason, name, at, now(), document=document)
            wanted = self._assessment(session, calendar)
            others = [person_numbered(session, number, "--with") for number in self.others]
            told = []
            for number in self.people:
                for enrolment, cohort in self._meant(session, number, wanted, at):
                    made = act(session, enrolment, wanted, decision, others)
                    told.append(_told(session, calendar, made, number, cohort))
        if self.json:
            as_json([facts for facts, _ in told])
        else:
            lines(*(say(line) for _, line in told))

    def _assessment(self, session: Session, calendar: TermCalendar) -> str:
        if self.of is not None:
            wanted = assessment_named(session, self.programme, self.of)
            return likeness_deciding.likeness_of(calendar, wanted).of
        known = [one.of for one in calendar.likeness]
        if not known:
            raise refuse(NOT_COMPARED())
        if len(known) > 1:
            raise refuse(SEVERAL(known=known), "--of")
        return known[0]

    def _meant(self, session: Session, number: str, assessment: str, at: datetime) -> list[tuple[int, str]]:
        """The enrolments of a person whose texts are alike with another's; where none is, the decision says so."""
        everywhere = enrolments_numbered(session, self.programme, number)
        (looking,) = lookings(session, self.programme, at, assessment)
        return [one for one in everywhere if looking.of(one[0])] or everywhere[:1]


def _told(
    session: Session, calendar: TermCalendar, made: PersonException, number: str, cohort: str
) -> tuple[dict[str, Any], Message]:
    assessment = calendar.assessment(made.assessment or "")
    facts = {"person": number, "cohort": cohort, "assessment": assessment.name or assessment.id}
    if made.kind == "dismiss":
        return facts | {"decided": made.kind}, CLEARED(**facts)
    standing = standing_entry(session, made.enrolment_id, assessment.id)
    result = standing.result if standing else BEFORE_LOCK(result=assessment.results.revoked)
    until = open_until(calendar, assessment.id, standing)
    told = {"decided": made.kind, "sealed": standing is not None, "appeal_until": until}
    if until is None:
        return facts | told, CONFIRMED(**facts, result=result)
    shown_until = shown_end(until, calendar.zoneinfo)
    return facts | told, CONFIRMED_SEALED(**facts, result=result, until=shown_until)


@likeness.command(
    "confirm",
    help=text(
        "决定是雷同：此人的考核结果取消。锁定前凭一人决定；锁定后须两人签名，在原来的成绩旁边封存新的一次。",
        "Decide that it is likeness: the person's result is revoked. Before the lock one name is enough; after it two are "
        "needed, and a new entry is sealed beside the old one.",
    ),
)
def confirm(  # noqa: PLR0913
    *, programme: Programme, person: People, reason: Reason, name: Name, others: With = None,
    second_name: SecondAfterTheLock = "",
    of: OfAssessment = None, document: Document = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    def act(
        session: Session, enrolment: int, wanted: str, by: Decision, others: Sequence[int]
    ) -> PersonException:
        return likeness_deciding.confirm(session, enrolment, wanted, by, second_name, others)

    Deciding(programme, person, others or [], of, (reason, name, document), at, json).decide(act)


@likeness.command(
    "clear",
    help=text(
        "决定不是雷同：此人的结果不受影响。以后又发现与别的文字雷同的，再作决定。",
        "Decide that it is none: nothing follows for this person. If another text is found alike later, it is asked again.",
    ),
)
def clear(  # noqa: PLR0913
    *, programme: Programme, person: People, reason: Reason, name: Name, others: With = None, of: OfAssessment = None,
    document: Document = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    Deciding(programme, person, others or [], of, (reason, name, document), at, json).decide(
        likeness_deciding.clear
    )
