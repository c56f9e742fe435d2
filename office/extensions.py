"""`yanxiu extend`: a phase or a cutoff for cohorts; a task, or what is due at the end of a phase, for one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session

from calendars.clock import now
from calendars.messages import Problem, Refused, Wording, refuse
from calendars.spoken_times import ending, happened, shown, shown_end
from models.database import transaction
from models.nights import Extension
from office.answers import as_json, lines
from office.decisions import END, Act, At, Document, Name, OfCohort, OfPhase, Reason, Said, phase_id
from office.options import A_TIME, AsJson, Programme
from office.place import database
from office.words import say, text
from workflows import resolving
from workflows.extending import extend_for_person, extend_phase_for_person, owes
from workflows.known import calendar_named, enrolments_numbered, phase_named, task_named
from workflows.resolving import Decision

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
OF_WHOM = Wording(zh="--task 只用于个人，请写 --person", en="--task is for one person; say whom by --person")
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
            "这个单位及其下属的全部班级；重名时连同上级写，如 一县/一小",
            "All cohorts of this organisation and below it; where several have the name, with those above: COUNTY/SCHOOL",
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
        help=text("任务的代号或名称，与 --person 同用", "The task's id or name, with --person"),
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
        with transaction(database()) as session:
            calendar = calendar_named(session, self.programme)
            zone = calendar.zoneinfo
            effective = happened(at, zone, "--at")
            reason, name, document = said
            by = Decision(reason, name, effective, now(), document=document)
            made = self._extend(session, ending(to, zone, "--to"), by)
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


@app.command(
    help=text(
        "把阶段的结束或一个截止时间推后：全项目、几个班级、一个单位下的班级。"
        "写 --person 则只为一个人推后一项任务，或阶段结束时应交的各项；别人的截止时间不变。",
        "Move the end of a phase, or a cutoff, to a later time: for the whole programme, for some cohorts, or for those "
        "of an organisation. With --person, one person's deadline of a task, or of all that is due at the end of a "
        "phase; nobody else's is moved.",
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
        raise refuse(OF_WHOM(), "--task")
    if cohort and organisation is not None:
        raise refuse(COHORT_OR_ORGANISATION())
    if (phase is None) == (cutoff is None):
        raise refuse(PHASE_OR_CUTOFF())
    key = cutoff or f"{phase_id(programme, phase or '')}.end"

    def act(zone: ZoneInfo) -> Act:
        until = ending(to, zone, "--to")
        return lambda session, one, by: resolving.extend(session, one, key, until, by)

    Said(programme, cohort or [], reason, name, at, json, organisation, document).decide(act)


def _refuse_for_a_person(options: dict[str, object]) -> None:
    said = [option for option, value in options.items() if value]
    if said:
        raise Refused([Problem(option, NOT_FOR_A_PERSON(option=option)) for option in said])
