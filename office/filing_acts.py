"""`yanxiu filing file`, `pass`, `return`, `refuse`, `take-back`, `extend`: what is done with a case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from calendars.clock import now
from calendars.filings import Filing
from calendars.messages import Problem, Refused, Wording, refuse
from calendars.spoken_times import ending, happened, not_to_come, shown_end
from calendars.term import TermCalendar
from exchange.filing_subjects import Subjects, subjects
from exchange.keeping import keep
from models.database import transaction
from models.filings import Filing as Case
from office.answers import as_json, lines
from office.decisions import END, At, Document, Name, Reason
from office.options import A_TIME, AsJson, Programme
from office.place import database_within, settings
from office.words import say, text
from workflows.filing_acts import ACTS, STATES, Desk
from workflows.filing_cases import Attached, Subject
from workflows.filing_fields import read_fields
from workflows.known import calendar_named, filing_named
from workflows.organisations import load_tree
from workflows.publishing import newest_edition
from workflows.resolving import Decision

group = typer.Typer(
    no_args_is_help=True,
    help=text(
        "上报：逐级办理的申请、方案、推荐。每件只能由它所在的环节办理，到了截止就不再受理。",
        "Filings: applications, plans and recommendations that go up link by link. Only the link on which a case waits "
        "can act, and nothing is taken once that is over.",
    ),
)

NO_CASE = Wording(zh="项目里没有件号{case}", en="the programme has no case {case}")
BY_A_PERSON = Wording(
    zh="“{filing}”由个人报，请写 --person", en="{filing} is filed by a person: say --person"
)
BY_AN_ORGANISATION = Wording(
    zh="“{filing}”由单位报，请写 --organisation",
    en="{filing} is filed by an organisation: say --organisation",
)
NOT_A_PAIR = Wording(zh="应写成 项=内容，而写的是“{said}”", en="FIELD=TEXT is expected, not {said!r}")
DONE = Wording(zh="件{case}：{act}，现在{state}", en="case {case}: {act}, now {state}")
EXTENDED = Wording(
    zh="已延长到 {until}；继续办理的有{count}件", en="extended until {until}; {count:case goes|cases go} on"
)

OfFiling = Annotated[
    str,
    typer.Option(
        "--filing",
        "-f",
        metavar=text("上报", "FILING"),
        help=text("哪一项上报：代号或名称", "Which filing, by its id or name"),
    ),
]
OfCases = Annotated[
    list[int],
    typer.Option("--case", metavar="ID", help=text("件号，可写几次，见 filing list", "A case's number, may be repeated; see filing list")),
]  # fmt: skip
OfTier = Annotated[
    str,
    typer.Option(
        metavar="TIER",
        help=text(
            "由哪一级办理：person（本人）、school、county、city、province",
            "Which link acts: person, school, county, city or province",
        ),
    ),
]
ForReason = Annotated[
    str, typer.Option(metavar=text("理由", "TEXT"), help=text("理由，永久保存", "Why; it is kept for ever"))
]
Attach = Annotated[
    list[Path] | None,
    typer.Option(
        "--attach",
        metavar=text("文件", "FILE"),
        help=text(
            "附件，可写几次；原样保存，不打开",
            "An attachment, may be repeated; it is kept as it is and not opened",
        ),
    ),
]
Week = Annotated[
    str,
    typer.Option(
        metavar=text("日期", "DAY"),
        help=text("每周一份的：这一周的第一天", "For a weekly one: the first day of the week"),
    ),
]


@dataclass(frozen=True)
class Said:
    """What every act says: in which programme, by whom, why, on which paper, when."""

    programme: str
    name: str
    reason: str
    document: str | None
    at: str | None
    json: bool

    def by(self, calendar: TermCalendar) -> Decision:
        zone = calendar.zoneinfo
        at = not_to_come(happened(self.at, zone, "--at"), zone, "--at")
        return Decision(self.reason, self.name, at, now(), document=self.document)

    def act(self, cases: list[int], act: str, do: Callable[[Desk, Case, Decision], None]) -> None:
        """The same act with several cases: with all of them, or with none."""
        problems: list[Problem] = []
        done: list[tuple[int, str, datetime]] = []
        with transaction(database_within()) as session:
            desk = desk_of(session, self.programme)
            by = self.by(desk.calendar)
            for number in cases:
                try:
                    case = case_numbered(desk, number)
                    do(desk, case, by)
                    done.append((number, case.state, by.effective_at))
                except Refused as refused:
                    problems += [Problem(f"--case {number}", one.message) for one in refused.problems]
            if problems:
                raise Refused(problems)
        if self.json:
            as_json([{"case": case, "state": state, "effective_at": at} for case, state, at in done])
        else:
            lines(*(say(DONE(case=case, act=ACTS[act](), state=STATES[state]())) for case, state, _ in done))


def desk_of(session: Session, programme: str) -> Desk:
    calendar = calendar_named(session, programme)
    return Desk(session, newest_edition(session, programme).programme_id, calendar, load_tree(session))


def case_numbered(desk: Desk, number: int) -> Case:
    wanted = select(Case).where(col(Case.id) == number, col(Case.programme_id) == desk.programme_id)
    found = desk.session.exec(wanted).one_or_none()
    if found is None:
        raise refuse(NO_CASE(case=number))
    return found


def kept(files: list[Path] | None) -> list[Attached]:
    """Attachments, copied beside the database."""
    return [keep(settings().files, file) for file in files or ()]


@group.command(
    help=text(
        "报出一件，或在退回、撤回后重报：个人的写 --person，单位的写 --organisation。许多件一起报，用 filing import。",
        "File a case, or file it anew after it was returned or taken back: --person for a person's, --organisation for an "
        "organisation's. For many at once use filing import.",
    )
)
def file(  # noqa: PLR0913 (its options)
    *,
    programme: Programme,
    filing: OfFiling,
    name: Name,
    person: Annotated[
        str | None,
        typer.Option(metavar=text("人员编号", "NUMBER"), help=text("谁的：身份证号或教师编号", "Whose: the ID number or teacher number")),
    ] = None,
    organisation: Annotated[
        str | None,
        typer.Option(metavar=text("单位", "NAME"), help=text("哪个单位报的；重名时连同上级写，如 一县/一小", "Which organisation files; where several have the name, with those above: COUNTY/SCHOOL")),
    ] = None,
    title: Annotated[
        str, typer.Option(metavar=text("题名", "TITLE"), help=text("一个单位报几项时：这一项的题名", "Of the entry, where an organisation files several"))
    ] = "",
    week: Week = "",
    fields: Annotated[
        list[str] | None,
        typer.Option("--set", metavar=text("项=内容", "FIELD=TEXT"), help=text("要填写的一项，可写几次", "One field, may be repeated")),
    ] = None,
    attach: Attach = None,
    reason: ForReason = "",
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    said = Said(programme, name, reason, document, at, json)
    with transaction(database_within()) as session:
        desk = desk_of(session, programme)
        wanted = filing_named(desk.calendar, filing)
        known = subjects(session, desk.programme_id, desk.calendar)
        subject = _subject(known, wanted, person, organisation, title, week)
        told = read_fields(wanted, _pairs(fields or []), "--set")
        case = desk.file(wanted, subject, told, said.by(desk.calendar), kept(attach))
        number, state, holder = case.id, case.state, case.stands_at
    if json:
        as_json({"case": number, "state": state, "stands_at": holder})
    else:
        lines(say(DONE(case=number, act=ACTS["apply"](), state=STATES[state]())))


def _subject(
    known: Subjects, filing: Filing, person: str | None, organisation: str | None, title: str, week: str
) -> Subject:
    by_a_person = filing.by_a_person
    if (person is None) == by_a_person or (organisation is None) != by_a_person:
        raise refuse((BY_A_PERSON if by_a_person else BY_AN_ORGANISATION)(filing=filing.name))
    if person is not None:
        found = known.person_called(filing, person, "--person")
        return replace(found, period=week)
    place = known.place_called(filing.tier, organisation or "", "--organisation")
    return Subject(place, title=title.strip(), period=week)


def _pairs(said: list[str]) -> dict[str, str]:
    wrong = [Problem("--set", NOT_A_PAIR(said=one)) for one in said if "=" not in one]
    if wrong:
        raise Refused(wrong)
    return {key.strip(): value for key, _, value in (one.partition("=") for one in said)}


@group.command(
    "pass",
    help=text(
        "所在环节通过，交到下一环节；最后一个环节通过就是接收。有名额的，超过名额不能通过。",
        "The link on which a case waits passes it on to the next; the last one accepts it. Beyond a quota it is refused.",
    ),
)
def pass_on(  # noqa: PLR0913 (its options)
    *,
    programme: Programme,
    case: OfCases,
    tier: OfTier,
    name: Name,
    attach: Attach = None,
    reason: ForReason = "",
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    files = kept(attach)
    said = Said(programme, name, reason, document, at, json)
    said.act(case, "pass", lambda desk, one, by: desk.pass_on(one, tier, by, files))


@group.command(
    "return",
    help=text("所在环节退回，写明理由；截止以前可以重报。", "The link on which a case waits returns it, with a reason; it may be filed anew in time."),
)  # fmt: skip
def give_back(
    *,
    programme: Programme,
    case: OfCases,
    tier: OfTier,
    name: Name,
    reason: Reason,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    said = Said(programme, name, reason, document, at, json)
    said.act(case, "return", lambda desk, one, by: desk.give_back(one, tier, by))


@group.command(
    "refuse", help=text("所在环节不予接收，写明理由；不能再报。", "The link on which a case waits refuses it for good, with a reason.")
)  # fmt: skip
def refuse_for_good(
    *,
    programme: Programme,
    case: OfCases,
    tier: OfTier,
    name: Name,
    reason: Reason,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    said = Said(programme, name, reason, document, at, json)
    said.act(case, "refuse", lambda desk, one, by: desk.refuse(one, tier, by))


@group.command(
    "take-back", help=text("报出者撤回；截止以前可以重报。", "Whoever filed a case takes it back; it may be filed anew in time.")
)  # fmt: skip
def take_back(
    *,
    programme: Programme,
    case: OfCases,
    name: Name,
    reason: ForReason = "",
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    said = Said(programme, name, reason, document, at, json)
    said.act(
        case, "take_back", lambda desk, one, by: desk.take_back(one, desk.calendar.filing(one.kind).tier, by)
    )


@group.command(
    help=text(
        "为一个单位延长一个环节的截止；已经在那里逾期的，恢复办理。",
        "Give one organisation a later deadline for its link; what had lapsed there goes on.",
    )
)
def extend(  # noqa: PLR0913 (its options)
    *,
    programme: Programme,
    filing: OfFiling,
    organisation: Annotated[str, typer.Option(metavar=text("单位", "NAME"), help=text("哪个单位", "Which organisation"))],
    tier: OfTier,
    to: Annotated[str, typer.Option(metavar=A_TIME, help=text("推后到；", "Until when; ") + END)],
    name: Name,
    reason: Reason,
    week: Week = "",
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    said = Said(programme, name, reason, document, at, json)
    with transaction(database_within()) as session:
        desk = desk_of(session, programme)
        wanted = filing_named(desk.calendar, filing)
        known = subjects(session, desk.programme_id, desk.calendar)
        place = known.place_called(tier, organisation, "--organisation")
        zone = desk.calendar.zoneinfo
        until = ending(to, zone, "--to")
        count = desk.extend(wanted, place, tier, until, said.by(desk.calendar), week)
    if json:
        as_json({"until": until, "cases": count})
    else:
        lines(say(EXTENDED(until=shown_end(until, zone), count=count)))
