"""`yanxiu penalty`: which units missed a duty, whom that would cost what, and what the office decides about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import select
from sqlmodel import Session, col

from calendars.clock import now
from calendars.messages import Wording, refuse
from calendars.penalties import Penalty
from calendars.quantities import shown as quantity
from calendars.spoken_times import ending, happened, shown
from models.database import reading, transaction
from models.people import Person
from models.terms import Cohort
from models.work import Enrolment
from office.answers import as_json, lines, table
from office.decisions import END, At, Document, Name, OfCohort, Reason
from office.options import A_TIME, AsJson, Programme
from office.place import database_within
from office.words import say, text
from workflows.cohorts import CohortTerm, load_terms
from workflows.dropping import Cost, costs
from workflows.known import calendar_named, cohorts_named
from workflows.penalties import Duties, decisions
from workflows.punishing import NO_PENALTY, decide_penalty
from workflows.resolving import Decision
from workflows.scopes import require_organisation

app = typer.Typer()
penalty = typer.Typer(
    help=text(
        "扣分：哪些单位没有按时完成规定的任务，怎么决定",
        "Penalties: which units missed a duty, and what is decided",
    ),
    no_args_is_help=True,
)
app.add_typer(penalty, name="penalty")

NOTHING = Wording(zh="没有单位未按时完成规定的任务", en="no unit has missed a duty")
TO_DECIDE = {
    "hold": Wording(zh="待定", en="to be decided"),
    "apply": Wording(zh="待定（不决定则执行）", en="to be decided (applied otherwise)"),
    "waive": Wording(zh="待定（不决定则免除）", en="to be decided (waived otherwise)"),
}
DECIDED = Wording(zh="{action}（{name}）", en="{action} ({name})")
ACTIONS = {
    "apply": Wording(zh="扣分", en="applied"),
    "waive": Wording(zh="免除", en="waived"),
    "extend": Wording(zh="宽限", en="extended"),
}
KEPT = Wording(
    zh="{unit}（{cohort}）“{penalty}”{action}：已记下，{at} 起生效，下一次夜间推进时执行",
    en="{unit} ({cohort}), {penalty}: {action}; kept, it takes effect at {at}, and the next night acts on it",
)
FALLS = Wording(zh="扣分后不合格", en="would fail by it")
PASSES = Wording(zh="扣分后仍合格", en="would pass still")
FAILS_ANYWAY = Wording(zh="不扣分也不合格", en="fails anyway")
NO_UNIT = Wording(
    zh="“{name}”没有这项扣分要决定。有：{known}",
    en="nothing is to be decided about {name!r}; there is about: {known}",
)

OfPenalty = Annotated[
    str | None,
    typer.Option(
        "--penalty",
        metavar=text("扣分", "ID"),
        help=text("扣分的代号；只有一种时可不写", "The penalty's id; needed where there are several"),
    ),
]
OfUnits = Annotated[
    list[str] | None,
    typer.Option(
        "--organisation", "-o", metavar=text("单位", "NAME"),
        help=text("只决定这个单位，可写几次；不写就是全部待定的单位", "This unit alone, may be repeated; without it every one to be decided"),
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One unit of one cohort that missed a duty: what was decided, and whom it costs what."""

    term: CohortTerm
    penalty: Penalty
    organisation: int
    unit: str
    decided: str | None
    by: str
    people: list[Cost]


def cases(
    session: Session, slug: str, cohorts: list[str], at: datetime, *, whosever: bool = False
) -> Iterator[Case]:
    named = cohorts_named(session, slug, cohorts, whosever=whosever)
    terms = load_terms(session, [cohort.id or 0 for cohort in named])
    duties = Duties(session, at)
    for term in terms:
        for one in term.calendar.penalties:
            yield from _cases(duties, term, one)


def _cases(duties: Duties, term: CohortTerm, one: Penalty) -> Iterator[Case]:
    missed, decided = duties.missed(term, one), decisions(term, one, duties.at)
    found = costs(duties, term, one, missed) if missed else []
    for place in sorted(missed | decided.keys()):
        said = decided.get(place)
        people = [cost for cost in found if cost.organisation_id in duties.places(term, one, [place])]
        yield Case(
            term,
            one,
            place,
            duties.tree.nodes[place].name,
            said.action if said else None,
            said.name if said else "",
            people,
        )


@penalty.command(
    "list",
    help=text(
        "列出没有按时完成规定任务的单位：扣分会使谁降到合格线以下，已经怎样决定。",
        "List the units that missed a duty: whom the penalty would cost what, and what was decided.",
    ),
)
def listed(programme: Programme, cohort: OfCohort = None, at: At = None, json: AsJson = False) -> None:
    with reading(database_within()) as session:
        zone = calendar_named(session, programme).zoneinfo
        found = [*cases(session, programme, cohort or [], happened(at, zone, "--at"))]
        people = _people(session, [cost.enrolment_id for case in found for cost in case.people])
    if json:
        as_json([_facts(case, people) for case in found])
        return
    if not found:
        lines(say(NOTHING))
        return
    headings = [
        text("扣分", "Penalty"), text("班级", "Cohort"), text("单位", "Unit"), text("决定", "Decided"),
        text("人员编号", "Number"), text("姓名", "Name"), text("不扣", "Without"), text("扣后", "With"), text("结果", "Result"),
    ]  # fmt: skip
    table(headings, (row for case in found for row in _rows(case, people)))


def _rows(case: Case, people: dict[int, tuple[str, str]]) -> Iterator[list[object]]:
    decided = (
        say(DECIDED(action=ACTIONS[case.decided](), name=case.by))
        if case.decided
        else say(TO_DECIDE[case.penalty.undecided])
    )
    head: list[object] = [case.penalty.name, case.term.name, case.unit, decided]
    if not case.people:
        yield [*head, "", "", "", "", ""]
    for cost in case.people:
        told = FALLS if cost.falls else PASSES if cost.passes_under else FAILS_ANYWAY
        yield [*head, *people[cost.enrolment_id], quantity(cost.without), quantity(cost.under), say(told)]


def _facts(case: Case, people: dict[int, tuple[str, str]]) -> dict[str, Any]:
    return {
        "penalty": case.penalty.id, "cohort": case.term.name, "organisation": case.unit, "decided": case.decided,
        "by": case.by or None,
        "people": [
            {
                "number": people[cost.enrolment_id][0], "name": people[cost.enrolment_id][1], "without": quantity(cost.without),
                "with": quantity(cost.under), "falls": cost.falls,
            }
            for cost in case.people
        ],
    }  # fmt: skip


def _people(session: Session, wanted: list[int]) -> dict[int, tuple[str, str]]:
    rows = session.execute(
        select(col(Enrolment.id), col(Person.number), col(Person.name))
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .where(col(Enrolment.id).in_(wanted))
    )
    return {enrolment: (number, name) for enrolment, number, name in rows}


@dataclass(frozen=True)
class Deciding:
    """What is said of every decision about penalties."""

    programme: str
    penalty: str | None
    units: list[str]
    by: tuple[str, str, str | None]
    at: str | None
    json: bool

    def decide(self, action: str, to: str | None = None) -> None:
        with transaction(database_within()) as session:
            zone = calendar_named(session, self.programme).zoneinfo
            instant = happened(self.at, zone, "--at")
            reason, name, document = self.by
            decision = Decision(reason, name, instant, now(), document=document)
            until = ending(to, zone, "--to") if to else None
            meant = self._meant(session, instant)
            for case in meant:
                require_organisation(session, case.organisation)
                cohort = session.get_one(Cohort, case.term.id)
                decide_penalty(session, cohort, case.penalty.id, [case.organisation], action, decision, until)
        self._tell(meant, action, instant, zone)

    def _meant(self, session: Session, at: datetime) -> list[Case]:
        known = [one.id for one in calendar_named(session, self.programme).penalties]
        if (self.penalty is None and len(known) != 1) or (self.penalty or known[0]) not in known:
            raise refuse(NO_PENALTY(id=self.penalty or "", known=known), "--penalty")
        wanted = self.penalty or known[0]
        found = [
            case
            for case in cases(session, self.programme, [], at, whosever=True)
            if case.penalty.id == wanted and case.decided not in ("apply", "waive")
        ]
        units = {case.unit for case in found}
        for name in self.units or ([""] if not found else []):
            if name not in units:
                raise refuse(NO_UNIT(name=name, known=sorted(units)), "--organisation")
        return [case for case in found if not self.units or case.unit in self.units]

    def _tell(self, meant: list[Case], action: str, at: datetime, zone: ZoneInfo) -> None:
        if self.json:
            as_json(
                [
                    {
                        "penalty": case.penalty.id,
                        "cohort": case.term.name,
                        "organisation": case.unit,
                        "action": action,
                        "effective_at": at,
                    }
                    for case in meant
                ]
            )
            return
        for case in meant:
            facts = {"unit": case.unit, "cohort": case.term.name, "penalty": case.penalty.name}
            lines(say(KEPT(**facts, action=ACTIONS[action](), at=shown(at, zone))))


@penalty.command(
    "apply",
    help=text("执行扣分：单位的人失去有关的考核项。", "Apply it: the unit's people lose what it costs."),
)
def apply(
    *, programme: Programme, reason: Reason, name: Name, organisation: OfUnits = None, penalty: OfPenalty = None,
    document: Document = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    Deciding(programme, penalty, organisation or [], (reason, name, document), at, json).decide("apply")


@penalty.command("waive", help=text("免除扣分。", "Waive it: nobody loses anything."))
def waive(
    *, programme: Programme, reason: Reason, name: Name, organisation: OfUnits = None, penalty: OfPenalty = None,
    document: Document = None, at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    Deciding(programme, penalty, organisation or [], (reason, name, document), at, json).decide("waive")


@penalty.command(
    "extend",
    help=text(
        "宽限：给单位补齐的时间；成绩到那时才锁定。",
        "Give the unit until later to do its duty; its scores are not locked before.",
    ),
)
def extend(  # noqa: PLR0913
    *, programme: Programme, to: Annotated[str, typer.Option(metavar=A_TIME, help=text("宽限到；", "Until when; ") + END)],
    reason: Reason, name: Name, organisation: OfUnits = None, penalty: OfPenalty = None, document: Document = None,
    at: At = None, json: AsJson = False,
) -> None:  # fmt: skip
    Deciding(programme, penalty, organisation or [], (reason, name, document), at, json).decide("extend", to)
