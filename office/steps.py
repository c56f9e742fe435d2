"""`yanxiu steps`: lesson studies, step by step: where each group stands, what was done, returned, extended, waived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from calendars.clock import now
from calendars.messages import Message, Wording
from calendars.spoken_times import ending, happened, not_to_come, shown, shown_end
from exchange.lesson_steps import steps_from
from models.database import reading, transaction
from office.answers import as_json, lines, table
from office.decisions import END, At, Document, Name, Reason
from office.intake import RULES, Each, Files, Intake, Preview, Received, SaidBy
from office.options import A_TIME, AsJson, Programme
from office.place import database_within
from office.words import say, text
from workflows.known import calendar_named, cohorts_named, step_named, study_named
from workflows.lesson_acts import StudyDesk
from workflows.lesson_lists import GroupNow, groups_now
from workflows.lesson_studies import StepNow
from workflows.machines import LESSON_STUDY
from workflows.resolving import Decision
from workflows.taking_on import groups_taken_on

app = typer.Typer()
group = typer.Typer(
    help=text("磨课：各组做到哪一步，登记完成、退回、延长、免去", "Lesson studies: where each group stands; steps done, returned, extended, waived"),
    no_args_is_help=True,
)  # fmt: skip
app.add_typer(group, name="steps")

STATES = {state.name: state.label for state in LESSON_STUDY.states}
PROGRESS = Wording(zh="{settled}/{count}", en="{settled} of {count}")
NONE = Wording(zh="没有磨课", en="no lesson studies")
DONE = Wording(zh="{group}：“{step}”已登记，{at} 完成", en="{group}: {step} recorded, done at {at}")
DONE_LATE = Wording(
    zh="{group}：“{step}”已登记，{at} 完成，逾期", en="{group}: {step} recorded, done at {at}, which is late"
)
RETURNED = Wording(
    zh="{group}：“{step}”已退回，须重做", en="{group}: {step} is returned and to be done again"
)
EXTENDED = Wording(zh="{group}：“{step}”延长到 {until}", en="{group}: {step} is due by {until} now")
WAIVED = Wording(zh="{group}：“{step}”已免去", en="{group}: {step} is waived")
IN_TIME, LATE = Wording(zh="按时完成", en="done in time"), Wording(zh="逾期完成", en="done late")
OVERDUE, TO_DO = Wording(zh="逾期未完成", en="overdue"), Wording(zh="待做", en="to be done")
BEEN_WAIVED, AGAIN = Wording(zh="已免去", en="waived"), Wording(zh="退回待重做", en="returned")

OfGroup = Annotated[
    str,
    typer.Option("--cohort", "-c", metavar=text("研修组", "GROUP"), help=text("研修组（班级）的名称", "The group's name")),
]  # fmt: skip
Groups = Annotated[
    list[str] | None,
    typer.Option(
        "--cohort", "-c", metavar=text("研修组", "GROUP"),
        help=text("只看这些组，逐步列出，可写几次", "These groups alone, step by step; may be repeated"),
    ),
]  # fmt: skip
OfStep = Annotated[
    str, typer.Option(metavar=text("步骤", "STEP"), help=text("步骤的代号或名称", "The step's id or name"))
]
OfStudy = Annotated[
    str | None,
    typer.Option(
        metavar=text("磨课", "STUDY"), help=text("项目有几项磨课时写明", "Needed where a programme has several lesson studies")
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Said:
    """What every act says: of which group, by whom, why, from when on."""

    programme: str
    cohort: str
    study: str | None
    name: str
    at: str | None
    json: bool
    reason: str = ""
    document: str | None = None

    def act(self, do: Callable[[StudyDesk, Decision, ZoneInfo], tuple[str, Message]]) -> None:
        """Carry one act out, and say what came of it: the step, and a sentence."""
        with transaction(database_within()) as session:
            (cohort,) = cohorts_named(session, self.programme, [self.cohort])
            zone = calendar_named(session, self.programme).zoneinfo
            at = not_to_come(happened(self.at, zone, "--at"), zone, "--at")
            by = Decision(self.reason, self.name, at, now(), document=self.document)
            number = cohort.id or 0
            term = groups_taken_on(session, [number], by)[number]
            desk = StudyDesk(session, term, study_named(term.calendar, self.study))
            step, sentence = do(desk, by, zone)
            state = desk.now(at).state
        if self.json:
            as_json({"cohort": self.cohort, "step": step, "state": state, "effective_at": at})
        else:
            lines(say(sentence))


@group.command(
    "list",
    help=text(
        "各组做到哪一步、下一步何时截止、逾期的；写 --cohort 则逐步列出何时完成、由谁登记。",
        "Where each group stands, until when its next step is due, who is late; with --cohort each step, when it was done "
        "and who said so.",
    ),
)
def show_all(programme: Programme, cohort: Groups = None, at: At = None, json: AsJson = False) -> None:
    with reading(database_within()) as session:
        zone = calendar_named(session, programme).zoneinfo
        cohorts = cohorts_named(session, programme, cohort or [])
        found = groups_now(session, [one.id or 0 for one in cohorts], happened(at, zone, "--at"))
    if json:
        as_json([_facts(one) for one in found])
    elif not found:
        lines(say(NONE))
    elif cohort:
        for one in found:
            table(
                [text("步骤", "Step"), text("截止", "By"), text("完成", "Done"), text("状态", "State"), text("记录人", "Said by"), text("说明", "Note")],
                _step_rows(one, zone),
                title=f"{one.cohort} {one.study.name}: {say(STATES[one.now.state])}",
            )  # fmt: skip
    else:
        table(
            [text("研修组", "Group"), text("磨课", "Lesson study"), text("状态", "State"), text("已完成", "Done"), text("下一步", "Next"), text("截止", "By")],
            [_group_row(one, zone) for one in found],
        )  # fmt: skip


def _group_row(one: GroupNow, zone: ZoneInfo) -> tuple[str, ...]:
    following = one.next
    return (
        one.cohort, one.study.name, say(STATES[one.now.state]),
        say(PROGRESS(settled=one.settled, count=len(one.now.steps))),
        following.step.name if following else "", shown_end(following.due_at, zone) if following else "",
    )  # fmt: skip


def _step_rows(one: GroupNow, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    for number, step in enumerate(one.now.steps, 1):
        back = one.returned(step)
        said = step.done or back
        yield (
            f"{number}. {step.step.name}", shown_end(step.due_at, zone),
            shown(step.done.done_at, zone) if step.done else "", say(_state(step, returned=back is not None)),
            said.name if said else "", said.note if said else "",
        )  # fmt: skip


def _state(step: StepNow, *, returned: bool) -> Wording:
    if step.done is not None:
        return LATE if step.late else IN_TIME
    if step.waived:
        return BEEN_WAIVED
    if step.late:
        return OVERDUE
    return AGAIN if returned else TO_DO


@group.command(
    help=text("登记一步已经完成。步骤不能跳过；过了截止也可以完成，记为逾期。", "Record that a step was done. No step can be skipped; after its deadline it may still be done, and is late."),
)  # fmt: skip
def done(  # noqa: PLR0913 (its options)
    *,
    programme: Programme,
    cohort: OfGroup,
    step: OfStep,
    name: Name,
    done: Annotated[
        str | None,
        typer.Option(metavar=A_TIME, help=text("何时完成的，默认同 --at；是否逾期按这一时间", "When it took place, by default as --at; whether it is late goes by this")),
    ] = None,
    note: Annotated[str, typer.Option(metavar=text("说明", "TEXT"), help=text("说明，如主题、地点", "A note, such as the theme"))] = "",
    study: OfStudy = None,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:  # fmt: skip
    def act(desk: StudyDesk, by: Decision, zone: ZoneInfo) -> tuple[str, Message]:
        wanted = step_named(desk.study, step)
        took_place = happened(done, zone, "--done") if done else by.effective_at
        desk.do(wanted.id, took_place, by, note)
        told = DONE_LATE if desk.is_late(wanted, by.effective_at) else DONE
        return wanted.id, told(group=cohort, step=wanted.name, at=shown(took_place, zone))

    Said(programme, cohort, study, name, at, json, document=document).act(act)


@group.command(
    "return", help=text("退回最后完成的一步，写明理由；须重做。", "Return the step that was done last, with a reason; it is to be done again.")
)  # fmt: skip
def give_back(
    *,
    programme: Programme,
    cohort: OfGroup,
    name: Name,
    reason: Reason,
    study: OfStudy = None,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    def act(desk: StudyDesk, by: Decision, _zone: ZoneInfo) -> tuple[str, Message]:
        step = desk.study.step(desk.give_back(by).step)
        return step.id, RETURNED(group=cohort, step=step.name)

    Said(programme, cohort, study, name, at, json, reason, document).act(act)


@group.command(
    help=text("为一个组延长一步的截止，不超过阶段的结束。", "Give one group a later deadline of a step, no later than the phase's end.")
)  # fmt: skip
def extend(  # noqa: PLR0913 (its options)
    *,
    programme: Programme,
    cohort: OfGroup,
    step: OfStep,
    to: Annotated[str, typer.Option(metavar=A_TIME, help=text("推后到；", "Until when; ") + END)],
    name: Name,
    reason: Reason,
    study: OfStudy = None,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    def act(desk: StudyDesk, by: Decision, zone: ZoneInfo) -> tuple[str, Message]:
        wanted, until = step_named(desk.study, step), ending(to, zone, "--to")
        desk.extend([wanted.id], until, by)
        return wanted.id, EXTENDED(group=cohort, step=wanted.name, until=shown_end(until, zone))

    Said(programme, cohort, study, name, at, json, reason, document).act(act)


@group.command(help=text("一个组免去一步，写明理由。", "Let one group go on without a step, with a reason."))
def waive(  # noqa: PLR0913 (its options)
    *,
    programme: Programme,
    cohort: OfGroup,
    step: OfStep,
    name: Name,
    reason: Reason,
    study: OfStudy = None,
    document: Document = None,
    at: At = None,
    json: AsJson = False,
) -> None:
    def act(desk: StudyDesk, by: Decision, _zone: ZoneInfo) -> tuple[str, Message]:
        wanted = step_named(desk.study, step)
        desk.waive([wanted.id], by)
        return wanted.id, WAIVED(group=cohort, step=wanted.name)

    Said(programme, cohort, study, name, at, json, reason, document).act(act)


@group.command(
    "import",
    help=text(
        "从表格登记许多组完成的步骤，一行一步：研修组、步骤、完成时间、说明（空白表格见 template steps）。",
        "Record the steps that many groups have done from a sheet, one row a step (template steps writes the sheet to fill in).",
    )
    + RULES,
)
def import_steps(
    programme: Programme,
    files: Files,
    name: Annotated[
        str, typer.Option(metavar=text("姓名", "NAME"), help=text("谁说的；表格里写了记录人的行除外", "Who says so, where a row does not"))
    ] = "",
    preview: Preview = False,
    received: Received = None,
    said_by: SaidBy = "",
    each: Each = False,
    json: AsJson = False,
) -> None:  # fmt: skip
    Intake(programme, "steps", files, preview, received, said_by, json, each).take(steps_from(name))


def _facts(one: GroupNow) -> dict[str, Any]:
    return {
        "cohort": one.cohort, "study": one.study.id, "state": one.now.state,
        "next": one.next.step.id if one.next else None,
        "steps": [
            {
                "step": step.step.id, "name": step.step.name, "due_at": step.due_at, "late": step.late,
                "waived": step.waived, "done_at": step.done.done_at if step.done else None,
                "said_by": step.done.name if step.done else None, "note": step.done.note if step.done else None,
            }
            for step in one.now.steps
        ],
        "acts": [
            {"act": act.act, "step": act.step, "done_at": act.done_at, "at": act.effective_at, "name": act.name, "note": act.note}
            for act in one.acts
        ],
    }  # fmt: skip
