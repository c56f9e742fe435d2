"""The steps that groups have done of their lesson studies, from a sheet: one row a step, many groups at once.

What a row may say depends on the rows before it. So the rows are carried out while the file is read, in a savepoint that
is taken back, and again when the file is committed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from calendars.lesson_studies import LessonStep, LessonStudy
from calendars.messages import Refused, Wording
from exchange.cells import Reader
from exchange.columns import Row, plain, recognise
from exchange.forms import columns_of
from exchange.participants import nearest
from exchange.plans import Plan, Progress, Read, begin_plan
from exchange.spreadsheets import open_sheet
from exchange.trials import tried
from models.terms import Cohort
from models.types import instant, seconds
from workflows.cohorts import CohortTerm
from workflows.known import cohorts_named
from workflows.lesson_acts import StudyDesk
from workflows.lesson_studies import DO
from workflows.publishing import calendar_of, newest_edition
from workflows.resolving import Decision
from workflows.scopes import require_cohorts
from workflows.taking_on import groups_taken_on

UNKNOWN_GROUP = Wording(zh="没有研修组“{found}”。{hint}", en="there is no group {found!r}. {hint}")
ALL_GROUPS = Wording(zh="研修组有：{names}", en="The groups are: {names}")
UNKNOWN_STUDY = Wording(zh="没有磨课“{found}”。{hint}", en="there is no lesson study {found!r}. {hint}")
ALL_STUDIES = Wording(zh="磨课有：{names}", en="The lesson studies are: {names}")
WHICH_STUDY = Wording(zh="请写明是哪一项磨课：{names}", en="say which lesson study: {names}")
NONE = Wording(zh="“{group}”的日历没有磨课", en="the calendar of {group} has no lesson study")
UNKNOWN_STEP = Wording(zh="“{study}”没有步骤“{found}”。{hint}", en="{study} has no step {found!r}. {hint}")
ALL_STEPS = Wording(zh="步骤有：{names}", en="The steps are: {names}")
NO_NAME = Wording(zh="请写明记录人", en="say who says so")
DONE = Wording(zh="{group}：{step}，{at} 完成", en="{group}: {step}, done at {at}")
DONE_LATE = Wording(zh="{group}：{step}，{at} 完成（逾期）", en="{group}: {step}, done at {at}, late")


def steps_from(name: str) -> Read:
    """Steps; rows that do not say so themselves are said by this person."""

    def read(
        session: Session, slug: str, file: Path, received_at: datetime, _advance: Progress | None
    ) -> Plan:
        return read_steps(session, slug, file, received_at, name)

    return read


def read_steps(
    session: Session, programme_slug: str, path: Path, received_at: datetime, name: str = ""
) -> Plan:
    """Check a sheet of steps whole. What it says is known since the file was received. Raises Refused for a file or a
    header that cannot be used at all; problems of rows are in the plan."""
    edition = newest_edition(session, programme_slug)
    calendar = calendar_of(session, edition.id or 0)
    table = recognise(open_sheet(path), columns_of("steps", calendar))
    plan = begin_plan("steps", edition, table, received_at)
    reader = Reader(table, calendar.zoneinfo, seconds(received_at))
    cohorts = {cohort.name: cohort for cohort in cohorts_named(session, programme_slug, [], whosever=True)}
    intake = _Intake(session, plan, reader, cohorts, name.strip())
    return tried(session, plan, reader, intake.read, intake.write)


@dataclass(frozen=True)
class _Said:
    """What one row says."""

    row: Row
    cohort_id: int
    group: str
    study: LessonStudy
    step: LessonStep
    done_at: datetime
    note: str
    by: str


@dataclass
class _Intake:
    """One file: what each row says, tried in the order of the rows."""

    session: Session
    plan: Plan
    reader: Reader
    cohorts: Mapping[str, Cohort]
    name: str
    said: list[_Said] = field(default_factory=list)

    def read(self) -> None:
        rows = []
        for row in self.reader.table.rows():
            self.plan.rows += 1
            rows.append((row, self._group(row)))
        require_cohorts(self.session, [cohort for _, cohort in rows if cohort is not None])
        named = sorted({cohort.id or 0 for _, cohort in rows if cohort is not None})
        terms = self._taken_on(named, self.plan.received_at)
        for row, cohort in rows:
            term = terms.get(cohort.id or 0) if cohort is not None else None
            said = self._said(row, term) if term is not None else None
            if said is not None and term is not None:
                self._try(said, term)

    def _taken_on(self, named: list[int], recorded_at: datetime) -> dict[int, CohortTerm]:
        """All groups at once; one that cannot be is told at its rows."""
        by = Decision("", self.name, self.plan.received_at, recorded_at)
        return groups_taken_on(self.session, named, by) if named else {}

    def _try(self, said: _Said, term: CohortTerm) -> None:
        known = (
            act for act in term.acts if (act.study, act.step, act.act) == (said.study.id, said.step.id, DO)
        )
        if any(act.done_at == said.done_at for act in known):
            self.plan.unchanged += 1
            return
        try:
            self._carry_out(said, term, self.plan.received_at)
        except Refused as refused:
            for problem in refused.problems:
                self.reader.refuse(said.row, "step", problem.message)
            return
        self.said.append(said)
        self.plan.added += 1
        local = f"{said.done_at.astimezone(self.reader.zone):%Y-%m-%d %H:%M}"
        late = StudyDesk(self.session, term, said.study).is_late(said.step, self.plan.received_at)
        told = (DONE_LATE if late else DONE)(group=said.group, step=said.step.name, at=local)
        self.plan.show(self.reader.table, said.row.line, "step", told)

    def _carry_out(self, said: _Said, term: CohortTerm, recorded_at: datetime) -> None:
        by = Decision("", said.by, self.plan.received_at, recorded_at)
        StudyDesk(self.session, term, said.study).do(said.step.id, said.done_at, by, said.note)

    def write(self, _session: Session, recorded_at: datetime) -> None:
        terms = self._taken_on(sorted({said.cohort_id for said in self.said}), recorded_at)
        for said in self.said:
            self._carry_out(said, terms[said.cohort_id], recorded_at)

    # ------------------------------------------------------------------ what a row says

    def _group(self, row: Row) -> Cohort | None:
        name = self.reader.text(row, "cohort", needed=True)
        if name is None:
            return None
        if name not in self.cohorts:
            hint = nearest(name, self.cohorts, ALL_GROUPS)
            self.reader.refuse(row, "cohort", UNKNOWN_GROUP(found=name, hint=hint))
            return None
        return self.cohorts[name]

    def _said(self, row: Row, term: CohortTerm) -> _Said | None:
        before = len(self.reader.problems)
        study = self._study(row, term)
        step = self._step(row, study) if study is not None else None
        done_at = self.reader.seconds(row, "done", needed=True)
        note, by = self.reader.text(row, "note"), self.reader.text(row, "by") or self.name
        if not by:
            self.reader.refuse(row, "by", NO_NAME())
        if study is None or step is None or done_at is None or len(self.reader.problems) > before:
            return None
        return _Said(row, term.id, term.name, study, step, instant(done_at), note or "", by)

    def _study(self, row: Row, term: CohortTerm) -> LessonStudy | None:
        """The lesson study that is meant; it may be left out where there is one alone."""
        studies, text = term.calendar.lesson_studies, self.reader.text(row, "study")
        names = [study.name for study in studies]
        if not studies:
            self.reader.refuse(row, "cohort", NONE(group=term.name))
        elif text == "" and len(studies) > 1:
            self.reader.refuse(row, "study", WHICH_STUDY(names=names))
        elif text == "":
            return studies[0]
        elif text is not None:
            for study in studies:
                if plain(text) in (plain(study.id), plain(study.name)):
                    return study
            hint = nearest(text, names, ALL_STUDIES)
            self.reader.refuse(row, "study", UNKNOWN_STUDY(found=text, hint=hint))
        return None

    def _step(self, row: Row, study: LessonStudy) -> LessonStep | None:
        text = self.reader.text(row, "step", needed=True)
        if text is None:
            return None
        for step in study.steps:
            if plain(text) in (plain(step.id), plain(step.name)):
                return step
        hint = nearest(text, [step.name for step in study.steps], ALL_STEPS)
        self.reader.refuse(row, "step", UNKNOWN_STEP(study=study.name, found=text, hint=hint))
        return None
