"""What is done with a lesson study: a step done, the last one returned, a deadline extended, a step waived.

A step is done when every step ahead of it is; so none can be skipped. One that shows a task is a record of it. Whoever
acts finds the group taken on up to the instant of the act, whichever nights have run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from calendars.lesson_studies import LessonStep, LessonStudy
from calendars.messages import Wording, refuse
from calendars.spoken_times import shown
from models.groups import GroupStep
from models.nights import Hold, Resolution
from workflows.cohorts import CohortTerm, load_terms
from workflows.holds import listed_steps
from workflows.lesson_records import note_done, note_returned
from workflows.lesson_studies import (
    DO,
    RETURN,
    StepAct,
    StepNow,
    StudyNow,
    due_dates,
    extended_key,
    study_now,
    waived_gate,
)
from workflows.machines import LESSON_STUDY, allows, move
from workflows.resolving import About, Decision, check_decision, look_at, told, write
from workflows.taking_on import groups_taken_on

NO_NAME = Wording(zh="请写明姓名", en="a name is needed")
NO_INSTANT = Wording(zh="请写时间", en="say until when")
NOT_BEGUN = Wording(zh="“{phase}”还没有开始", en="{phase} has not begun")
CANCELLED = Wording(zh="“{phase}”已取消", en="{phase} was cancelled")
TO_COME = Wording(zh="完成时间 {at} 还没有到", en="{at}, when it was done, is still to come")
BEFORE_OPENING = Wording(
    zh="完成时间 {at} 早于“{phase}”的开始 {opens}",
    en="{at}, when it was done, is before {phase} began at {opens}",
)
BEFORE_THE_LAST = Wording(
    zh="完成时间 {at} 早于“{step}”的 {last}：步骤按先后进行",
    en="{at}, when it was done, is before {last} of {step}: steps follow each other",
)
ALREADY = Wording(
    zh="“{step}”已于 {at} 完成；要重做，先退回",
    en="{step} was done at {at}; to do it again it is returned first",
)
MISSING = Wording(
    zh="“{step}”之前还没有完成：{missing}；步骤不能跳过",
    en="before {step} there is still to be done: {missing}; no step can be skipped",
)
PASSED_BY = Wording(
    zh="“{step}”已免去，后面的“{later}”已经完成",
    en="{step} was waived, and {later} behind it is done already",
)
NOTHING_TO_RETURN = Wording(zh="没有已完成的步骤可以退回", en="no step is done that could be returned")
SETTLED = Wording(zh="“{step}”已经完成或免去", en="{step} is done or waived already")
NOT_DATED = Wording(zh="“{step}”的截止还没有确定", en="the deadline of {step} is not known yet")
NOT_LATER = Wording(
    zh="延长后的时间 {to} 应晚于现在的截止 {now}", en="{to} is not later than the present deadline {now}"
)
AFTER_PHASE = Wording(
    zh="{to} 晚于“{phase}”的结束 {closes}；请先延长阶段",
    en="{to} is after {closes}, when {phase} ends; extend the phase first",
)


def extend_listed(session: Session, hold: Hold, to: datetime | None, by: Decision) -> Resolution:
    """A later deadline for every step that a hold lists."""
    if to is None:
        raise refuse(NO_INSTANT())
    term = groups_taken_on(session, [hold.cohort_id], by)[hold.cohort_id]
    listed = [step.partition(".") for step in listed_steps(hold)]
    study = term.calendar.lesson_study(listed[0][0])
    return StudyDesk(session, term, study).extend([step for _, _, step in listed], to, by)


def due_of_listed(term: CohortTerm, hold: Hold) -> datetime | None:
    """The last deadline of the steps that a hold lists."""
    listed = set(listed_steps(hold))
    return max(
        (
            due
            for study in term.calendar.lesson_studies
            for step, due in zip(study.steps, due_dates(term, study), strict=True)
            if f"{study.id}.{step.id}" in listed and due is not None
        ),
        default=None,
    )


@dataclass
class StudyDesk:
    """One group's lesson study, in the caller's transaction. The group has been taken on to the instant of the act."""

    session: Session
    term: CohortTerm
    study: LessonStudy

    def do(self, step_id: str, done_at: datetime, by: Decision, note: str = "") -> GroupStep:
        """A step was done. Raises Refused where it cannot have been."""
        now = self._now(by)
        step = now.find(step_id)
        self._can_be_done(now, step)
        self._took_place(now, step, done_at, by)
        move(LESSON_STUDY, now, DO)
        row = self._keep(DO, step_id, done_at, by, note)
        note_done(self.session, self.term, self.study, row)
        return row

    def is_late(self, step: LessonStep, at: datetime) -> bool:
        """Whether a step was done late, or is undone although its deadline has come."""
        return study_now(self.term, self.study, at).find(step.id).late

    def give_back(self, by: Decision) -> GroupStep:
        """The step that was done last is to be done again; the decision's reason says why."""
        now = self._now(by)
        check_decision(self.term, by)
        if now.last_done is None or not allows(LESSON_STUDY, now.state, RETURN):
            raise refuse(NOTHING_TO_RETURN())
        move(LESSON_STUDY, now, RETURN)
        note_returned(self.session, self.term, self.study, now.last_done.number, by)
        return self._keep(RETURN, now.last_done.step, by.effective_at, by, by.reason.strip())

    def extend(self, step_ids: Sequence[str], to: datetime, by: Decision) -> Resolution:
        """A later deadline of these steps for this group alone, inside the phase."""
        now, dates = self._now(by), {}
        closes = self.term.schedule().phases[self.study.phase].closes
        if isinstance(closes, datetime) and to > closes:
            raise refuse(AFTER_PHASE(to=self._told(to), phase=self._phase, closes=self._told(closes)))
        for step in map(now.find, step_ids):
            if step.settled:
                raise refuse(SETTLED(step=step.step.name))
            if step.due_at is None:
                raise refuse(NOT_DATED(step=step.step.name))
            if to <= step.due_at:
                raise refuse(NOT_LATER(to=self._told(to), now=self._told(step.due_at)))
            dates[extended_key(self.study, step.step)] = to
        move(LESSON_STUDY, now, "extend")
        return self._decide("extend", by, About(self.study.phase, dates))

    def waive(self, step_ids: Sequence[str], by: Decision) -> Resolution:
        """This group goes on without these steps."""
        now = self._now(by)
        for step in map(now.find, step_ids):
            if step.settled:
                raise refuse(SETTLED(step=step.step.name))
        move(LESSON_STUDY, now, "waive")
        gate = waived_gate([f"{self.study.id}.{step}" for step in step_ids])
        return self._decide("waive", by, About(self.study.phase, gate=gate))

    # ------------------------------------------------------------------ what must hold

    def now(self, at: datetime) -> StudyNow:
        """Where the group stands, with all that was decided up to an instant."""
        (term,) = load_terms(self.session, [self.term.id])
        term.go_by(at)
        return study_now(term, self.study, at)

    def _now(self, by: Decision) -> StudyNow:
        if not by.name.strip():
            raise refuse(NO_NAME())
        phase = self.term.phases[self.study.phase]
        if phase.state == "cancelled":
            raise refuse(CANCELLED(phase=self._phase))
        if phase.stands_at == "planned":
            raise refuse(NOT_BEGUN(phase=self._phase))
        return study_now(self.term, self.study, by.effective_at)

    def _can_be_done(self, now: StudyNow, step: StepNow) -> None:
        place = now.steps.index(step)
        if step.done is not None:
            raise refuse(ALREADY(step=step.step.name, at=self._at(step.done.done_at)))
        missing = [one.step.name for one in now.steps[:place] if not one.settled]
        if missing:
            raise refuse(MISSING(step=step.step.name, missing=missing))
        later = next((one for one in now.steps[place:] if one.done), None)
        if later is not None:
            raise refuse(PASSED_BY(step=step.step.name, later=later.step.name))

    def _took_place(self, now: StudyNow, step: StepNow, done_at: datetime, by: Decision) -> None:
        """After everything that it follows, and not in the future."""
        facts = {"at": self._at(done_at), "phase": self._phase}
        if done_at > by.effective_at:
            raise refuse(TO_COME(**facts))
        opens = self.term.phases[self.study.phase].opens_at
        if opens is not None and done_at < opens:
            raise refuse(BEFORE_OPENING(**facts, opens=self._at(opens)))
        follows = [now.last_done, self._returned(step)]
        for last in filter(None, follows):
            if done_at < last.done_at:
                name = self.study.step(last.step).name
                raise refuse(BEFORE_THE_LAST(**facts, step=name, last=self._at(last.done_at)))

    def _returned(self, step: StepNow) -> StepAct | None:
        """When the step was returned last."""
        acts = (act for act in reversed(self.term.acts) if (act.study, act.act) == (self.study.id, RETURN))
        return next((act for act in acts if act.step == step.step.id), None)

    # ------------------------------------------------------------------ what is kept

    def _keep(self, act: str, step_id: str, done_at: datetime, by: Decision, note: str) -> GroupStep:
        number = 1 + sum(one.study == self.study.id for one in self.term.acts)
        row = GroupStep(
            cohort_id=self.term.id, study=self.study.id, number=number, act=act, step=step_id, done_at=done_at,
            note=note.strip(), name=by.name.strip(), document=by.document, run_id=by.run_id,
            effective_at=by.effective_at, recorded_at=by.recorded_at,
        )  # fmt: skip
        self.session.add(row)
        look_at(self.session, self.term.id, by.effective_at)
        self.session.flush()
        facts = (getattr(row, name) for name in StepAct.__dataclass_fields__)
        self.term.acts.append(StepAct(*facts))
        return row

    def _decide(self, action: str, by: Decision, about: About) -> Resolution:
        check_decision(self.term, by)
        return write(self.session, self.term.id, action, by, about)

    @property
    def _phase(self) -> str:
        return self.term.calendar.phase(self.study.phase).name

    def _at(self, at: datetime) -> str:
        return shown(at, self.term.calendar.zoneinfo)

    def _told(self, at: datetime) -> str:
        return told(self.term, at)
