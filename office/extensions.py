"""`yanxiu extend`: a phase or a cutoff for cohorts; a task, or what is due at the end of a phase, for one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session

from calendars.clock import now
from calendars.messages import Problem, Refused, Wording, refuse
from calendars.spoken_times import ending, happened, shown, shown_end
from exchange.filing_subjects import subjects
from models.database import transaction
from models.nights import Extension
from office.answers import as_json, lines
from office.decisions import END, Act, At, Document, Name, OfCohort, OfPhase, Reason, Said, phase_id
from office.options import A_TIME, AsJson, Programme
from office.place import database_within
from office.words import say, text
from workflows import resolving
from workflows.deciding import decide_behind_a_late_night
from workflows.extending import extend_for_person, extend_phase_for_person, owes
from workflows.extending_for_all import extend_for_organisation
from workflows.known import calendar_named, enrolments_numbered, phase_named, task_named
from workflows.publishing import newest_edition
from workflows.resolving import Decision
from workflows.scopes import require_organisation

app = typer.Typer()

DECIDED = Wording(
    zh="{person}（{cohort}）“{task}”延长到 {until}：已记下，{at} 起生效",
    en="{person} ({cohort}), {task}: extended until {until}; kept, it takes effect at {at}",
)
PHASE_OR_CUTOFF = Wording(zh="请写 --phase 或 --cutoff，二者之一", en="say either --phase or --cutoff")
TASK_OR_PHASE = Wording(
    zh="对个人，请写 --task 或 --phase，二者之一", en="for a person, say either --task or --phase"
)
NOT_FOR_A_PERSON = Wording(
    zh="{option} 说的是班级，不能与 --person 同用",
    en="{option} is about cohorts, and cannot be said with --person",
)
OF_WHOM = Wording(
    zh="--task 用于个人或一个单位的人，请写 --person 或 --organisation",
    en="--task is for one person or the people of an organisation; say whom by --person or --organisation",
)
NOT_WITH_A_TASK = Wording(
    zh="{option} 说的是班级，不能与 --task 同用",
    en="{option} is about cohorts, and cannot be said with --task",
)
DECIDED_FOR_ALL = Wording(
    zh="{cohort}“{task}”：{count}人延长到 {until}，{left_out}人原已不早于此；已记下，{at} 起生效",
    en="{cohort}, {task}: extended until {until} for {count:person|people}, {left_out} had as much already; kept, it takes effect at {at}",
)
COHORT_OR_ORGANISATION = Wording(
    zh="请写 --cohort 或 --organisation，不要都写", en="say either --cohort or --organisation, not both"
)

Until = Annotated[str, typer.Option(metavar=A_TIME, help=text("推后到；", "Until when; ") + END)]
OfCutoff = Annotated[
    str | None, typer.Option(metavar=text("截止", "CUTOFF"), help=text("截止时间的名称", "The cutoff's name"))
]
OfOrganisation = Annotated[
    str | None,
    typer.Option(
        metavar=text("单位", "NAME"),
        help=text(
            "这个单位及其下属的全部班级；与 --task 同用，就是单位里有这项任务的每个人。重名时连同上级写，如 一县/一小",
            "All cohorts of this organisation and below it; with --task, everybody of it who owes the task. Where several have "
            "the name, with those above: COUNTY/SCHOOL",
        ),
    ),
]
OfPerson = Annotated[
    str | None,
    typer.Option(
        metavar=text("人员编号", "NUMBER"),
        help=text(
            "只为这一个人：身份证号或教师编号", "For this person alone: the ID number or teacher number"
        ),
    ),
]
OfTask = Annotated[
    str | None,
    typer.Option(
        metavar=text("任务", "TASK"),
        help=text(
            "任务的代号或名称，与 --person 或 --organisation 同用",
            "The task's id or name, with --person or --organisation",
        ),
    ),
]


@dataclass(frozen=True)
class ForPerson:
    """Whose deadline is extended, by number, and of what: a task, or all that is due at the end of a phase."""

    programme: str
    number: str
    task: str | None
    phase: str | None
    json: bool

    def decide(self, to: str, said: tuple[str, str, str | None], at: str | None) -> None:
        with transaction(database_within()) as session:
            calendar = calendar_named(session, self.programme)
            zone = calendar.zoneinfo
            effective = happened(at, zone, "--at")
            reason, name, document = said
            by = Decision(reason, name, effective, now(), document=document)
            until = ending(to, zone, "--to")
            made = decide_behind_a_late_night(session, by, lambda: self._extend(session, until, by))
            names = {task.id: task.name for task in calendar.tasks}
            told = [(cohort, names.get(row.task, row.task), row.model_dump()) for cohort, row in made]
        self._tell(told, zone)

    def _extend(self, session: Session, until: datetime, by: Decision) -> list[tuple[str, Extension]]:
        """In each enrolment of the person that owes it, or in none; where none does, the first one says why not."""
        task = task_named(session, self.programme, self.task) if self.task else None
        phase = phase_named(session, self.programme, self.phase) if self.phase else None
        all_of_them = enrolments_numbered(session, self.programme, self.number)
        meant = [one for one in all_of_them if owes(session, one[0], task, phase)] or all_of_them[:1]
        made = []
        for enrolment, cohort in meant:
            if task is not None:
                made.append((cohort, extend_for_person(session, enrolment, task, until, by)))
            else:
                rows = extend_phase_for_person(session, enrolment, phase or "", until, by)
                made += [(cohort, row) for row in rows]
        return made

    def _tell(self, told: list[tuple[str, str, dict[str, Any]]], zone: ZoneInfo) -> None:
        if self.json:
            keys = {"person": self.number}
            as_json([
                keys | {"cohort": cohort, "task": row["task"], "extension": row["id"], "until": row["until"], "effective_at": row["effective_at"]}
                for cohort, _, row in told
            ])  # fmt: skip
            return
        for cohort, task, row in told:
            until, at = shown_end(row["until"], zone), shown(row["effective_at"], zone)
            lines(say(DECIDED(person=self.number, cohort=cohort, task=task, until=until, at=at)))


@dataclass(frozen=True)
class ForOrganisation:
    """Whose people's deadline of a task is extended."""

    programme: str
    organisation: str
    task: str
    json: bool

    def decide(self, to: str, said: tuple[str, str, str | None], at: str | None) -> None:
        with transaction(database_within()) as session:
            edition = newest_edition(session, self.programme)
            calendar = calendar_named(session, self.programme)
            zone = calendar.zoneinfo
            effective, until = happened(at, zone, "--at"), ending(to, zone, "--to")
            reason, name, document = said
            by = Decision(reason, name, effective, now(), document=document)
            task = task_named(session, self.programme, self.task)
            known = subjects(session, edition.programme_id, calendar)
            place = known.any_place_called(self.organisation, "--organisation")
            require_organisation(session, place)
            everybody = partial(
                extend_for_organisation, session, edition.programme_id, place, task, until, by
            )
            made = decide_behind_a_late_night(session, by, everybody)
            called = next((one.name for one in calendar.tasks if one.id == task), task)
            told = [(one.cohort, len(one.extensions), one.left_out) for one in made]
        if self.json:
            as_json([
                {"cohort": cohort, "task": task, "extended": count, "left_out": left_out, "until": until, "effective_at": effective}
                for cohort, count, left_out in told
            ])  # fmt: skip
            return
        facts = {"task": called, "until": shown_end(until, zone), "at": shown(effective, zone)}
        for cohort, count, left_out in told:
            lines(say(DECIDED_FOR_ALL(**facts, cohort=cohort, count=count, left_out=left_out)))


@app.command(
    help=text(
        "把阶段的结束或一个截止时间推后：全项目、几个班级、一个单位下的班级。"
        "写 --person 则只为一个人推后一项任务，或阶段结束时应交的各项；写 --organisation 和 --task 则为一个单位的每个人，以后加入这个单位的人也有。"
        "别人的截止时间不变。日历规定了限度 (extensions) 的，不能超过。",
        "Move the end of a phase, or a cutoff, to a later time: for the whole programme, for some cohorts, or for those "
        "of an organisation. With --person, one person's deadline of a task, or of all that is due at the end of a "
        "phase; with --organisation and --task, that of everybody of an organisation, also of who joins it later. Nobody else's is moved, and nothing "
        "is moved beyond what the calendar allows (extensions).",
    )
)
def extend(  # noqa: PLR0913 (its options)
    *,
    programme: Programme,
    to: Until,
    reason: Reason,
    name: Name,
    phase: OfPhase = None,
    cutoff: OfCutoff = None,
    cohort: OfCohort = None,
    organisation: OfOrganisation = None,
    person: OfPerson = None,
    task: OfTask = None,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    if person is not None:
        _refuse_for_a_person({"--cohort": cohort, "--organisation": organisation, "--cutoff": cutoff})
        if (task is None) == (phase is None):
            raise refuse(TASK_OR_PHASE())
        ForPerson(programme, person, task, phase, json).decide(to, (reason, name, document), at)
        return
    if task is not None:
        _refuse_beside_a_task(cohort, phase, cutoff, organisation)
        said = ForOrganisation(programme, organisation or "", task, json)
        said.decide(to, (reason, name, document), at)
        return
    if cohort and organisation is not None:
        raise refuse(COHORT_OR_ORGANISATION())
    if (phase is None) == (cutoff is None):
        raise refuse(PHASE_OR_CUTOFF())
    key = cutoff or f"{phase_id(programme, phase or '')}.end"

    def act(zone: ZoneInfo) -> Act:
        until = ending(to, zone, "--to")
        return lambda session, one, by: resolving.extend(session, one, key, until, by)

    Said(programme, cohort or [], reason, name, at, json, organisation, document).decide(act)


def _refuse_beside_a_task(
    cohort: list[str] | None, phase: str | None, cutoff: str | None, organisation: str | None
) -> None:
    """A task is extended for people, and what is said of cohorts does not go with it."""
    if organisation is None:
        raise refuse(OF_WHOM(), "--task")
    options = {"--cohort": cohort, "--phase": phase, "--cutoff": cutoff}
    said = [option for option, value in options.items() if value]
    if said:
        raise Refused([Problem(option, NOT_WITH_A_TASK(option=option)) for option in said])


def _refuse_for_a_person(options: dict[str, object]) -> None:
    said = [option for option, value in options.items() if value]
    if said:
        raise Refused([Problem(option, NOT_FOR_A_PERSON(option=option)) for option in said])
