"""`yanxiu set-dates`, `waive`, `accept`, `lock`, `cancel`: what an office decides where a cohort is stuck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlmodel import Session

from calendars.clock import now
from calendars.messages import Wording, refuse
from calendars.spoken_times import ending, happened, not_to_come, shown, shown_end, starting
from models.database import reading, transaction
from models.nights import Resolution
from models.terms import Cohort
from office.acting import an_operator
from office.answers import as_json, lines
from office.options import A_TIME, AsJson, Programme
from office.place import database_within
from office.words import say, text
from workflows import resolving
from workflows.deciding import decide_behind_a_late_night, lock_now
from workflows.holds import open_holds
from workflows.known import calendar_named, cohorts_named, cohorts_under, phase_named, refuse_unknown
from workflows.resolving import Decision

app = typer.Typer()

DECIDED = Wording(
    zh="{cohort}：已记下，{at} 起生效，下一次夜间推进时执行",
    en="{cohort}: kept; it takes effect at {at}, and the next night acts on it",
)
LOCKED = Wording(zh="{cohort}：{at} 锁定", en="{cohort}: locked at {at}")
SEALED = Wording(zh="封存成绩单{count}张", en="{count:score sheet|score sheets} sealed")
NO_HOLD = Wording(
    zh="没有可以用“{action}”解决的卡住。见 yanxiu holds",
    en="there is no hold that {action!r} could resolve; see yanxiu holds",
)
SEVERAL_HOLDS = Wording(
    zh="同一班级有几处卡住，请用 --phase 或 --hold 写明是哪一处：{ids}",
    en="a cohort has several holds; say which by --phase or --hold: {ids}",
)

OfCohort = Annotated[
    list[str] | None,
    typer.Option(
        "--cohort",
        "-c",
        metavar=text("班级", "COHORT"),
        help=text(
            "班级名称，可写几次；不写就是项目的全部班级",
            "A cohort's name, may be repeated; without it all of the programme",
        ),
    ),
]
TheseCohorts = Annotated[
    list[str],
    typer.Option(
        "--cohort",
        "-c",
        metavar=text("班级", "COHORT"),
        help=text("班级名称，可写几次", "A cohort's name, may be repeated"),
    ),
]
BY_PHASE = typer.Option(
    "--phase",
    metavar=text("阶段", "PHASE"),
    help=text("阶段的代号或名称，见 yanxiu status", "The phase's id or name, see yanxiu status"),
)
OnePhase = Annotated[str, BY_PHASE]
OfPhase = Annotated[str | None, BY_PHASE]
OfHold = Annotated[
    int | None,
    typer.Option(
        "--hold",
        metavar="ID",
        help=text("卡住的编号，见 yanxiu holds", "The hold's number, see yanxiu holds"),
    ),
]
Reason = Annotated[
    str,
    typer.Option(
        metavar=text("理由", "TEXT"), help=text("为什么这样决定，永久保存", "Why; it is kept for ever")
    ),
]
Name = Annotated[
    str,
    an_operator("哪个操作员决定的，永久保存", "The operator who decides; the name is kept for ever"),
]
Document = Annotated[
    str | None,
    typer.Option(
        metavar=text("文号", "TEXT"),
        help=text("所依据的文件或单据，如文号", "The paper on which it rests, such as its number"),
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        metavar=A_TIME,
        help=text(
            "何时起生效，默认现在；只写日期指当天最后一秒",
            "From when it takes effect, by default now; a day alone is its last second",
        ),
    ),
]
END = text("只写日期指当天 24:00", "a day alone is its 24:00")

Act = Callable[[Session, Cohort, Decision], Resolution]


@dataclass(frozen=True)
class Said:
    """What every decision says: of which cohorts, or of all under which organisation, why, by whom, from when on."""

    programme: str
    cohorts: list[str]
    reason: str
    name: str
    at: str | None
    json: bool
    organisation: str | None = None
    document: str | None = None

    def decide(self, act: Callable[[ZoneInfo], Act]) -> None:
        """Decide the same for every cohort that is meant, or for none of them."""
        with transaction(database_within()) as session:
            zone = calendar_named(session, self.programme).zoneinfo
            at = happened(self.at, zone, "--at")
            by = Decision(self.reason, self.name, at, now(), document=self.document)
            each = act(zone)
            cohorts = self._meant(session)
            made = [
                (cohort.name, decide_behind_a_late_night(session, by, partial(each, session, cohort, by)).id)
                for cohort in cohorts
            ]
        if self.json:
            as_json([{"cohort": cohort, "resolution": number, "effective_at": at} for cohort, number in made])
        else:
            lines(*(say(DECIDED(cohort=cohort, at=shown(at, zone))) for cohort, _ in made))

    def _meant(self, session: Session) -> list[Cohort]:
        if self.organisation is not None:
            return cohorts_under(session, self.programme, self.organisation)
        return cohorts_named(session, self.programme, self.cohorts)

    def resolve(
        self, resolution: Callable[..., Resolution], action: str, phase: str | None, hold: int | None
    ) -> None:
        """Resolve the holds that are meant: the one named, or those of the cohorts and the phase that this action
        can resolve."""
        with reading(database_within()) as session:
            found = [
                one
                for one in open_holds(session, self.programme)
                if action in one.actions
                and hold in (None, one.id)
                and phase in (None, one.phase)
                and (not self.cohorts or one.cohort in self.cohorts)
            ]
        if not found:
            raise refuse(NO_HOLD(action=action))
        meant = {one.cohort: one.id for one in found}
        if len(meant) < len(found):
            raise refuse(SEVERAL_HOLDS(ids=[f"{one.id} {one.cohort} {one.phase}" for one in found]))
        replace(self, cohorts=list(meant)).decide(
            lambda _zone: lambda session, cohort, by: resolution(session, cohort, meant[cohort.name], by)
        )


@app.command(
    "set-dates",
    help=text(
        "给日期待定的阶段，或允许班级自定日期的阶段，定下起止日期。",
        "Give a phase that is to be determined, or that a cohort may choose for itself, its dates.",
    ),
)
def set_dates(  # noqa: PLR0913 (its options)
    *,
    programme: Programme,
    phase: OnePhase,
    opens: Annotated[
        str,
        typer.Option(
            metavar=A_TIME, help=text("开始；只写日期指当天 00:00", "The start; a day alone is its 00:00")
        ),
    ],
    reason: Reason,
    name: Name,
    closes: Annotated[
        str | None,
        typer.Option(
            metavar=A_TIME,
            help=text("结束，不写则按日历；", "The end, if not as the calendar says; ") + END,
        ),
    ] = None,
    cohort: OfCohort = None,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    named = phase_id(programme, phase)

    def act(zone: ZoneInfo) -> Act:
        start = starting(opens, zone, "--opens")
        end = ending(closes, zone, "--closes") if closes else None
        return lambda session, one, by: resolving.set_dates(session, one, named, start, end, by)

    Said(programme, cohort or [], reason, name, at, json, document=document).decide(act)


@app.command(
    help=text(
        "免去卡住班级的那个条件，让它继续。", "Waive the demand that holds a cohort, so that it goes on."
    )
)
def waive(  # noqa: PLR0913 (its options)
    *,
    programme: Programme,
    reason: Reason,
    name: Name,
    cohort: OfCohort = None,
    phase: OfPhase = None,
    hold: OfHold = None,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    said = Said(programme, cohort or [], reason, name, at, json, document=document)
    said.resolve(resolving.waive, "waive", phase_id(programme, phase) if phase else None, hold)


@app.command(
    help=text(
        "按现状接受，让卡住的班级继续：没有批阅、没有上报的，按零分计。没有日期的阶段，写 --phase 即确认它已完成。",
        "Accept things as they are, so that a cohort goes on: what is not marked or reported counts as zero. "
        "A phase without dates is declared complete by --phase.",
    )
)
def accept(  # noqa: PLR0913 (its options)
    *,
    programme: Programme,
    reason: Reason,
    name: Name,
    cohort: OfCohort = None,
    phase: OfPhase = None,
    hold: OfHold = None,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    said = Said(programme, cohort or [], reason, name, at, json, document=document)
    named = phase_id(programme, phase) if phase else None
    if named is not None and hold is None and _ends_by_word(programme, named):
        said.decide(lambda _zone: lambda session, one, by: resolving.complete(session, one, named, by))
    else:
        said.resolve(resolving.accept, "accept", named, hold)


@app.command(
    help=text(
        "取消班级的一个还没有锁定的阶段。取消后不能恢复。",
        "Cancel a phase of a cohort that is not locked yet. There is no way back.",
    )
)
def cancel(
    *,
    programme: Programme,
    phase: OnePhase,
    cohort: TheseCohorts,
    reason: Reason,
    name: Name,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    named = phase_id(programme, phase)

    def act(_zone: ZoneInfo) -> Act:
        return lambda session, one, by: resolving.cancel(session, one, named, by)

    Said(programme, cohort, reason, name, at, json, document=document).decide(act)


@app.command(
    help=text(
        "把已经结束的阶段提前到现在锁定，立即封存成绩。还没有结束、还有学习计入、锁定的条件不具备的，都不能锁定。封存后不能恢复。",
        "Lock a phase that has ended now, before its time, and seal its scores at once. Refused while work still counts "
        "and while what must hold for the lock does not. There is no way back.",
    )
)
def lock(
    *,
    programme: Programme,
    phase: OnePhase,
    cohort: TheseCohorts,
    reason: Reason,
    name: Name,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    named = phase_id(programme, phase)
    with transaction(database_within()) as session:
        zone = calendar_named(session, programme).zoneinfo
        instant = not_to_come(happened(at, zone, "--at"), zone, "--at")
        cohorts = cohorts_named(session, programme, cohort)
        done = lock_now(session, cohorts, named, Decision(reason, name, instant, now(), document=document))
    sheets = done.changes.sealed.total()
    if json:
        kept = [{"cohort": one, "resolution": number} for one, number in done.resolutions.items()]
        as_json({"locked_at": instant, "sheets": sheets, "cohorts": kept})
    else:
        lines(*(say(LOCKED(cohort=one, at=shown_end(instant, zone))) for one in done.resolutions))
        lines(say(SEALED(count=sheets)))


def phase_id(programme: str, said: str) -> str:
    with reading(database_within()) as session:
        refuse_unknown(session, programme)
        return phase_named(session, programme, said)


def _ends_by_word(programme: str, phase_id: str) -> bool:
    """Whether it is the office that says when this phase is complete."""
    with reading(database_within()) as session:
        phases = calendar_named(session, programme).phases
    return any(phase.id == phase_id and phase.complete_when is not None for phase in phases)
