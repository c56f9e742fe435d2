"""`yanxiu review`: each person's material item by item, what is missing, and what the reviewer decides about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session

from calendars.messages import Message, Wording, refuse
from calendars.quantities import shown as quantity
from calendars.spoken_times import happened, shown, shown_end
from calendars.term import TermCalendar
from exchange.filing_subjects import subjects
from exchange.review_sheets import write_reviews
from models.database import reading
from models.exceptions import PersonException
from office.answers import as_json, lines, table
from office.decisions import At, Document, Name, OfCohort, OfPhase, Reason, Said, phase_id
from office.exceptions import InCohort, OfItem, exception_line
from office.exceptions import Said as SaidOfOne
from office.filings import Under
from office.options import A_TIME, AsJson, Programme
from office.outputs import tell_exported
from office.place import database_within
from office.verdicts import fact_rows
from office.words import locale, say, text
from workflows import review_acts
from workflows.exceptions_told import exceptions_of
from workflows.filing_fields import as_text
from workflows.filing_lists import CaseSeen, seen
from workflows.known import calendar_named, cohorts_named, enrolments_numbered, task_named
from workflows.organisations import load_tree
from workflows.publishing import newest_edition
from workflows.resolving import Decision
from workflows.review_done import review_done
from workflows.review_lists import Reviewed, reviews
from workflows.reviewing import must_review
from workflows.scopes import require_organisation
from workflows.wanting import amount_of

app = typer.Typer()
review = typer.Typer(
    help=text(
        "审核材料：逐人逐项看交了什么、缺什么，不予接受、恢复接受，审核完毕",
        "Review of material: what each person handed in and what is missing; refuse, accept after all, done",
    ),
    no_args_is_help=True,
)
app.add_typer(review, name="review")

NOBODY = Wording(zh="没有要审核的人", en="there is nobody to review")
NO_SHEET = Wording(zh="{number} 没有要审核的材料", en="{number} has no material to be reviewed")
HEAD = Wording(
    zh="{person}（{role}，{cohort}）{path}：{assessment}：{told}",
    en="{person} ({role}, {cohort}), {path}: {assessment}: {told}",
)
FILED = Wording(zh="上报“{filing}”（件{case}）：{state}", en="filing {filing} (case {case}): {state}")
FIELD = Wording(zh="  {name}：{value}", en="  {name}: {value}")
ATTACHED = Wording(zh="  附件：{name}（{size} B，{at}）", en="  attachment: {name} ({size} B, {at})")

OfNumber = Annotated[
    str,
    typer.Argument(metavar=text("人员编号", "NUMBER"), help=text("身份证号或教师编号", "The ID number or teacher number")),
]  # fmt: skip
OfTask = Annotated[
    str,
    typer.Argument(metavar=text("任务", "TASK"), help=text("任务的代号或名称", "The task's id or name")),
]
OfRecord = Annotated[
    str, typer.Option(metavar=text("记录编号", "REFERENCE"), help=text("只这一条记录", "This record alone"))
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--at", metavar=A_TIME,
        help=text("未锁定的看到何时为止，默认现在", "Up to when, for what is not sealed; by default now"),
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Looked:
    """What a list, a sheet or a page of one person looks at."""

    calendar: TermCalendar
    found: list[Reviewed]

    @property
    def zone(self) -> ZoneInfo:
        return self.calendar.zoneinfo


def _look(
    session: Session, programme: str, cohorts: list[str] | None, organisation: str | None, at: str | None, *,
    whosever: bool = False,
) -> Looked:  # fmt: skip
    calendar = calendar_named(session, programme)
    must_review(calendar)
    whosever = organisation is not None or whosever
    named = cohorts_named(session, programme, cohorts or [], whosever=whosever)
    meant = [cohort.id or 0 for cohort in named]
    found = reviews(session, meant, happened(at, calendar.zoneinfo, "--at"))
    if organisation is not None:
        edition, tree = newest_edition(session, programme), load_tree(session)
        place = subjects(session, edition.programme_id, calendar).any_place_called(
            organisation, "--organisation"
        )
        require_organisation(session, place)
        found = [one for one in found if any(node.id == place for node in tree.path(one.organisation_id))]
    return Looked(calendar, found)


@review.command(
    "list",
    help=text(
        "一人一行：认定、材料不全缺什么、取消、待审，按学校排列。",
        "One line a person, by school: recognised, incomplete and what is missing, revoked, to be reviewed.",
    ),
)
def listed(
    programme: Programme,
    cohort: OfCohort = None,
    organisation: Under = None,
    at: AsOf = None,
    json: AsJson = False,
) -> None:
    with reading(database_within()) as session:
        looked = _look(session, programme, cohort, organisation, at)
    if json:
        as_json([_facts(one) for one in looked.found])
    elif not looked.found:
        lines(say(NOBODY))
    else:
        headings = [
            text("单位", "Organisation"), text("人员编号", "Number"), text("姓名", "Name"), text("班级", "Cohort"),
            text("考核", "Assessment"), text("结论", "Verdict"),
        ]  # fmt: skip
        table(headings, (_row(one) for one in looked.found))


def _row(one: Reviewed) -> tuple[str, ...]:
    return "/".join(one.path), one.number, one.person, one.cohort, _called(one), say(one.told)


def _called(one: Reviewed) -> str:
    return one.assessment.name or one.assessment.id


@review.command(
    help=text(
        "一个人逐项：要求什么、交了什么（时间、字数、上报的附件）、计不计入、为什么。",
        "One person item by item: what is asked, what was handed in (dates, characters, attachments of filings), whether it "
        "counts and why not.",
    )
)
def show(
    programme: Programme, person: OfNumber, cohort: InCohort = None, at: AsOf = None, json: AsJson = False
) -> None:
    with reading(database_within()) as session:
        calendar = calendar_named(session, programme)
        must_review(calendar)
        numbered = enrolments_numbered(session, programme, person)
        meant = [name for _, name in numbered if cohort in (None, name)] or [name for _, name in numbered]
        looked = _look(session, programme, meant, None, at, whosever=True)
        theirs = {enrolment for enrolment, _ in numbered}
        mine = [one for one in looked.found if one.enrolment in theirs]
        cases = _cases(session, programme, calendar, person)
        told = {one.enrolment: exceptions_of(session, enrolment_id=one.enrolment) for one in mine}
    if json:
        as_json([_facts(one, cases) for one in mine])
        return
    if not mine:
        lines(say(NO_SHEET(number=person)))
    for one in mine:
        _print(one, looked.zone)
        lines(*(exception_line(decided, looked.zone) for decided in told[one.enrolment]))
    for case in cases:
        lines(*_filed(case, looked.zone))


def _print(one: Reviewed, zone: ZoneInfo) -> None:
    facts = {"person": one.person, "role": one.role, "cohort": one.cohort, "path": "/".join(one.path)}
    lines("", say(HEAD(**facts, assessment=_called(one), told=one.told)))
    headings = [
        text("项目", "Item"), text("要求", "Asked"), text("计入", "Counts"), text("还差", "Short"),
        text("截止", "By"), text("依据", "Source"),
    ]  # fmt: skip
    table(headings, _pieces(one, zone))
    if any(line.facts for line in one.lines):
        table(
            [
                text("考核项", "Component"), text("记录", "Record"), text("数量", "Amount"), text("发生", "Happened"),
                text("收到", "Received"), text("来源", "Source"), text("是否计入", "Counts"),
            ],
            fact_rows(one.lines, zone),
        )  # fmt: skip


def _pieces(one: Reviewed, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    for line in one.lines:
        for piece in line.wanted:
            name = " ".join(filter(None, (line.name, _said(piece.item), piece.kind)))
            counted, asked = (say(amount_of(piece, amount)) for amount in (piece.counted, piece.asked))
            lacks = say(amount_of(piece, piece.lacks)) if piece in line.lacking else ""
            yield name, asked, counted, lacks, shown_end(line.deadline, zone), " ".join(line.cites)


def _cases(session: Session, programme: str, calendar: TermCalendar, number: str) -> list[CaseSeen]:
    """What this person has filed."""
    kinds = [filing.id for filing in calendar.filings if filing.about == "person"]
    programme_id = newest_edition(session, programme).programme_id
    found = seen(session, programme_id, calendar, load_tree(session), kinds) if kinds else []
    return [case for case in found if case.person and case.person[0] == number]


def _filed(case: CaseSeen, zone: ZoneInfo) -> Iterator[str]:
    yield say(FILED(filing=case.filing.name, case=case.number, state=case.label))
    for key, value in case.fields.items():
        yield say(FIELD(name=case.filing.fields[key].name, value=as_text(value)))
    for step in case.steps:
        for one in step.attachments:
            yield say(ATTACHED(name=one.name, size=one.size, at=shown(step.at, zone)))


def _said(told: Message | str) -> str:
    return told if isinstance(told, str) else say(told)


def _facts(one: Reviewed, cases: list[CaseSeen] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "number": one.number, "person": one.person, "cohort": one.cohort, "organisation": list(one.path),
        "assessment": one.assessment.id, "verdict": one.verdict, "told": one.told, "sealed": one.sealed, "as_of": one.as_of,
        "missing": one.missing,
    }  # fmt: skip
    if cases is None:
        return found
    found["items"] = [
        {
            "component": line.key, "name": line.name, "deadline": line.deadline, "cites": list(line.cites),
            "pieces": [
                {
                    "item": piece.item, "kind": piece.kind, "unit": piece.unit, "asked": quantity(piece.asked),
                    "counted": quantity(piece.counted), "short": quantity(piece.lacks),
                }
                for piece in line.wanted
            ],
            "records": [{**asdict(fact), "kind_name": fact.kind_name, "why": fact.why} for fact in line.facts],
        }
        for line in one.lines
    ]  # fmt: skip
    found["filings"] = [
        {
            "case": case.number, "filing": case.filing.id, "state": case.state, "fields": dict(case.fields),
            "attachments": [{"name": kept.name, "size": kept.size, "at": step.at} for step in case.steps for kept in step.attachments],
        }
        for case in cases
    ]  # fmt: skip
    return found


@review.command(
    "export",
    help=text(
        "写成表格：一人一行、一项一列，结论和缺项，按学校排列。已有的同名文件会被替换。",
        "Write the sheet: one row a person, one column an item, verdict and what is missing, by school. A file of this name "
        "is replaced.",
    ),
)
def export(
    programme: Programme,
    out: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help=text("写到哪个文件", "The file to write"))],
    cohort: OfCohort = None,
    organisation: Under = None,
    at: AsOf = None,
    json: AsJson = False,
) -> None:
    with reading(database_within()) as session:
        looked = _look(session, programme, cohort, organisation, at)
    if not looked.found:
        raise refuse(NOBODY())
    out.open("ab").close()  # says why, if it cannot be written
    write_reviews(looked.calendar, looked.found, out, locale())
    tell_exported(out, len(looked.found), json=json, people=len(looked.found))


@review.command(
    "refuse",
    help=text(
        "不予接受：一项任务（或其中一项、一条记录）所交的不再计入。",
        "What was handed in for a task, an item or a record of it is not accepted and counts no more.",
    ),
)
def refuse_work(  # noqa: PLR0913
    *, programme: Programme, person: OfNumber, task: OfTask, reason: Reason, name: Name, item: OfItem = "",
    reference: OfRecord = "", document: Document = None, cohort: InCohort = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    def act(session: Session, enrolment: int, by: Decision) -> PersonException:
        return review_acts.refuse_work(
            session, enrolment, task_named(session, programme, task), by, item, reference
        )

    SaidOfOne(programme, person, cohort, reason, name, document, at, json).decide(act)


@review.command(
    "accept",
    help=text(
        "恢复接受：不予接受过的又计入，从现在起算收到。",
        "Take a refusal back: what it refused counts again, as received now.",
    ),
)
def accept_work(  # noqa: PLR0913
    *, programme: Programme, person: OfNumber, task: OfTask, reason: Reason, name: Name, item: OfItem = "",
    reference: OfRecord = "", document: Document = None, cohort: InCohort = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    def act(session: Session, enrolment: int, by: Decision) -> PersonException:
        return review_acts.accept_work(
            session, enrolment, task_named(session, programme, task), by, item, reference
        )

    SaidOfOne(programme, person, cohort, reason, name, document, at, json).decide(act)


@review.command(
    "done",
    help=text(
        "审核完毕：班级的材料已经逐人看过，可以锁定。此后又收到的材料，锁定前要再审核。",
        "The review is done: somebody has looked through everybody's material, and it may lock. What is received afterwards "
        "must be reviewed before the lock.",
    ),
)
def done(
    *, programme: Programme, reason: Reason, name: Name, cohort: OfCohort = None, phase: OfPhase = None,
    document: Document = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    named = phase_id(programme, phase) if phase else None
    said = Said(programme, cohort or [], reason, name, at, json, document=document)
    said.decide(lambda _zone: lambda session, one, by: review_done(session, one, named, by))
