"""What stands in the feed of one role of a cohort: phases, deadlines and locks, by the cohort's own dates.

What a role owes is told as an event that ends with the deadline, so that 24:00 of a Sunday stands on the Sunday. Later
deadlines of single people are not in it: a feed is everybody's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calendars.asking import asked, kind_name
from calendars.filing_pages import CALLED, link_name
from calendars.filing_times import link_deadline, periods
from calendars.filings import PERSON, Filing, Link
from calendars.instants import local_midnight
from calendars.list_words import assessment_name
from calendars.messages import Locale, Message, Wording
from calendars.spoken_times import shown, shown_end
from calendars.term import CONDITIONS, Gate, Reminder, Task, TermCalendar
from calendars.values import Cited
from workflows.cohorts import CohortTerm
from workflows.deadlines import deadline_word, task_deadline, term_instant
from workflows.feed_alarms import alarms, last_day, of_instant, of_task
from workflows.lesson_studies import study_now
from workflows.parties import party

SHORT = timedelta(minutes=30)  # how long a deadline stands in a calendar, up to it
BY_THEMSELVES = {"dates set", "previous done"}  # conditions for which nobody does anything in time

DUE = Wording(zh="{what}：截止", en="{what}: due")
LOCKED = Wording(zh="{what}：锁定成绩", en="{what}: scores are sealed")
BEGINS = Wording(zh="{what}：开始", en="{what}: begins")
OF = Wording(zh="{what}（{part}）", en="{what} ({part})")

TASK = Wording(zh="任务：{name}", en="Task: {name}")
PHASE = Wording(zh="阶段：{name}", en="Phase: {name}")
FROM_TO = Wording(zh="时间：{opens} 至 {closes}", en="From {opens} to {closes}")
FROM = Wording(zh="时间：{opens} 起", en="From {opens} on")
DUE_AT = Wording(zh="截止：{at}", en="Due: {at}")
LOCKED_AT = Wording(zh="锁定：{at}", en="Sealed: {at}")
ASKED = Wording(zh="要求：{asked}", en="Asked: {asked}")
SHOWN_BY = Wording(zh="以此为准：{kinds}", en="Shown by: {kinds}")
DUE_THEN = Wording(zh="到此截止：{names}", en="Due by then: {names}")
PEERS = Wording(zh="每组评{number}组", en="groups to review: {number}")
SOURCE = Wording(zh="出处：{cites}", en="Source: {cites}")
PROGRAMME = Wording(zh="项目：{name}", en="Programme: {name}")
COHORT = Wording(zh="班级：{name}", en="Cohort: {name}")
ROLE = Wording(zh="角色：{name}", en="Role: {name}")


@dataclass(frozen=True)
class Dated:
    """One thing with a date, in the office's language. `thing` is what it is in the calendar, whatever it is called and
    whenever it is."""

    thing: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    alarms: tuple[datetime, ...] = ()


def parties(calendar: TermCalendar) -> list[str]:
    """Whom a calendar gives a feed: every role, and each tier that owes something by a time."""
    owing = {gate.waits_on for gate in calendar.gates if gate.require not in BY_THEMSELVES}
    owing |= {link.at for filing in calendar.filings for link in filing.chain if link.by}
    return [*calendar.roles, *(tier for tier in calendar.tiers if tier in owing)]


def dated(
    term: CohortTerm, role: str, reviews: Mapping[str, datetime], at: datetime, locale: Locale
) -> dict[str, Dated]:
    """Everything, by what it is; without what has no date and without the phases that were cancelled. The term goes by
    what was decided up to `at`; `reviews` says until when the programme's peer reviews go on."""
    feed = _Feed(term, role, reviews, at, locale)
    kinds = (
        feed.phases,
        feed.tasks,
        feed.gates,
        feed.reviewing,
        feed.steps,
        feed.filings,
        feed.locks,
        feed.cutoffs,
    )
    return {one.thing: one for kind in kinds for one in kind()}


@dataclass(frozen=True)
class _Feed:
    term: CohortTerm
    role: str
    reviews: Mapping[str, datetime]
    at: datetime
    locale: Locale

    @property
    def calendar(self) -> TermCalendar:
        return self.term.calendar

    def phases(self) -> Iterator[Dated]:
        """From its opening to its end, or its opening alone while the end is not known."""
        zone = self.calendar.zoneinfo
        for phase in self.calendar.phases:
            now = self.term.phases[phase.id]
            opens, closes = now.opens_at, now.closes_at
            if opens is None or not self._takes_place(phase.id):
                continue
            told = {"opens": shown(opens, zone), "closes": shown_end(closes, zone)}
            if closes is None or closes <= opens:
                line, what, ends = FROM(**told), BEGINS(what=phase.name), opens + SHORT
            else:
                line, what, ends = FROM_TO(**told), CALLED(name=phase.name), closes
            yield self._told(_thing("phase", phase.id), (opens, ends), what, self._about(phase, line))

    def tasks(self) -> Iterator[Dated]:
        for task in self.calendar.tasks:
            if self.role not in task.role or not self._takes_place(task.phase):
                continue
            due = task_deadline(self.term, task)
            if due is not None:
                lines = self._about(task, TASK(name=task.name), *self._asked(task), self._phase(task.phase))
                rings = of_task(self.term, self.role, task, due)
                yield self._due(_thing("task", task.id), task.name, due, lines, rings)

    def gates(self) -> Iterator[Dated]:
        """What this role has to see to, so that a phase can open, end or lock."""
        for gate in self.calendar.gates:
            due = self._before(gate)
            if gate.waits_on == self.role and gate.require not in BY_THEMSELVES and due is not None:
                names = [*self._about_gate(gate)]
                what = CONDITIONS[gate.require]()
                parts = ("gate", gate.before, gate.require, *gate.tasks, gate.filing, gate.peers)
                rings = of_instant(self.term, self.role, gate.before)
                said = OF(what=what, part=names) if names else what
                yield self._due(_thing(*parts), said, due, self._about(gate), rings)

    def reviewing(self) -> Iterator[Dated]:
        for review in self.calendar.peer_reviews:
            due = self.reviews.get(review.id)
            if review.role == self.role and due is not None and self._takes_place(review.phase):
                asks = ASKED(asked=PEERS(number=review.each_reviews))
                lines = self._about(review, asks, self._phase(review.phase))
                yield self._due(_thing("review", review.id), review.name, due, lines, ())

    def steps(self) -> Iterator[Dated]:
        """The steps of lesson studies that this role does for its group, but those that were waived."""
        for study in self.calendar.lesson_studies:
            if study.role != self.role or not self._takes_place(study.phase):
                continue
            for now in study_now(self.term, study, self.at).steps:
                if now.due_at is not None and not now.waived:
                    what, thing = (
                        OF(what=study.name, part=now.step.name),
                        _thing("step", study.id, now.step.id),
                    )
                    lines = self._about(study, self._phase(study.phase))
                    yield self._due(thing, what, now.due_at, lines, ())

    def filings(self) -> Iterator[Dated]:
        """The links at which this role or tier acts, by the calendar: they are the same for all cohorts."""
        for filing in self.calendar.filings:
            for link in filing.chain:
                for period in periods(self.calendar, filing) if self._acts_at(filing, link) else ():
                    due = link_deadline(self.calendar, link, period)
                    if due is not None:
                        part = " ".join(filter(None, (link_name(link).text(self.locale), period.name)))
                        thing = _thing("filing", filing.id, link.at, period.name)
                        what = OF(what=filing.name, part=part)
                        yield self._due(thing, what, due, self._about(filing), ())

    def locks(self) -> Iterator[Dated]:
        for name in self.calendar.cutoffs:
            at, locked = term_instant(self.term, name), self._locked_at(name)
            if at is not None and locked:
                said, rings = LOCKED(what=locked), of_instant(self.term, self.role, name)
                lines = self._about(
                    None, LOCKED_AT(at=shown_end(at, self.calendar.zoneinfo)), *self._by_then(name)
                )
                one = self._short(_thing("cutoff", name), at, said, lines, rings)
                yield one if rings else replace(one, alarms=())

    def cutoffs(self) -> Iterator[Dated]:
        """The others, by which this role owes something. What is owed by them rings by itself."""
        for name in self.calendar.cutoffs:
            due, then = term_instant(self.term, name), self._by_then(name)
            if due is not None and then and self._locked_at(name) is None:
                rings = of_instant(self.term, self.role, name)
                one = self._due(_thing("cutoff", name), name, due, self._about(None, *then), rings)
                yield one if rings else replace(one, alarms=())

    def _by_then(self, cutoff: str) -> list[Message]:
        names = [*dict.fromkeys(self._due_then(cutoff))]
        return [DUE_THEN(names=names)] if names else []

    def _due_then(self, cutoff: str) -> Iterator[str]:
        """What this role owes by a cutoff, as the calendar names it there."""
        calendar = self.calendar
        for task in calendar.tasks:
            if (
                self.role in task.role
                and self._takes_place(task.phase)
                and deadline_word(calendar, task) == cutoff
            ):
                yield task.name
        for reminder in of_instant(self.term, self.role, cutoff):
            yield from (calendar.task(task).name for task in reminder.about)
        for gate in calendar.gates:
            if gate.waits_on == self.role and gate.before == cutoff:
                yield CONDITIONS[gate.require]().text(self.locale)
        for review in calendar.peer_reviews:
            if review.role == self.role and review.ends == cutoff:
                yield review.name
        for filing in calendar.filings:
            if any(link.by == cutoff and self._acts_at(filing, link) for link in filing.chain):
                yield filing.name

    def _locked_at(self, cutoff: str) -> list[str] | None:
        """The assessments that are sealed at a cutoff, or the phases that lock there; nothing where all of these were
        cancelled, None where it is no lock."""
        phases = [phase for phase in self.calendar.phases if phase.locks == cutoff]
        sealed = [assessment_name(self.calendar, one) for one in self.calendar.locked_at(cutoff)]
        if not phases:
            return sealed or None
        going = [phase.name for phase in phases if self._takes_place(phase.id)]
        return going and (sealed or going)

    def _before(self, gate: Gate) -> datetime | None:
        """When a gate's condition must hold."""
        phase = gate.before.removeprefix("end of ")
        if phase not in self.term.phases:
            return term_instant(self.term, gate.before) if self._locked_at(gate.before) else None
        if not self._takes_place(phase):
            return None
        now = self.term.phases[phase]
        return now.opens_at if phase == gate.before else now.closes_at

    def _about_gate(self, gate: Gate) -> Iterator[str]:
        yield from (self.calendar.task(task).name for task in gate.tasks)
        if gate.filing:
            yield self.calendar.filing(gate.filing).name
        if gate.peers:
            yield self.calendar.peer_review(gate.peers).name

    def _acts_at(self, filing: Filing, link: Link) -> bool:
        if link.at != PERSON:
            return link.at == self.role
        return self.role in (filing.role or self.calendar.roles)

    def _takes_place(self, phase_id: str) -> bool:
        cancelled = any(one.action == "cancel" and one.phase == phase_id for one in self.term.in_force)
        return not cancelled and self.term.phases[phase_id].state != "cancelled"

    def _due(
        self,
        thing: str,
        what: str | Message,
        due: datetime,
        lines: Sequence[Message],
        rings: Sequence[Reminder],
    ) -> Dated:
        at = DUE_AT(at=shown_end(due, self.calendar.zoneinfo))
        return self._short(thing, due, DUE(what=what), [at, *lines], rings)

    def _short(
        self, thing: str, at: datetime, said: Message, lines: Sequence[Message], rings: Sequence[Reminder]
    ) -> Dated:
        """An event that ends at an instant and lies on its day."""
        zone = self.calendar.zoneinfo
        starts = max(at - SHORT, local_midnight(last_day(at, zone), zone))
        return self._told(thing, (starts, at), said, lines, alarms(self.term, at, starts, rings))

    def _told(
        self,
        thing: str,
        times: tuple[datetime, datetime],
        what: Message,
        lines: Sequence[Message],
        rings: tuple[datetime, ...] = (),
    ) -> Dated:
        text = "\n".join(line.text(self.locale) for line in lines)
        return Dated(thing, *times, what.text(self.locale), text, rings)

    def _asked(self, task: Task) -> Iterator[Message]:
        what = [*asked(self.calendar, task)]
        if what:
            yield ASKED(asked=what)
        if task.shows:
            yield SHOWN_BY(kinds=[kind_name(self.calendar, kind) for kind in task.shows])

    def _about(self, cited: Cited | None, *lines: Message) -> list[Message]:
        """What is told of a thing, where the document says so, and whose feed it is."""
        source = [SOURCE(cites=cited.cites)] if cited and cited.cites else []
        calendar = self.calendar
        whose = (
            PROGRAMME(name=calendar.name),
            COHORT(name=self.term.name),
            ROLE(name=party(calendar, self.role)),
        )
        return [*lines, *source, *whose]

    def _phase(self, phase_id: str) -> Message:
        return PHASE(name=self.calendar.phase(phase_id).name)


def _thing(*parts: str | None) -> str:
    """By what a thing is known in the calendar."""
    return ":".join(part for part in parts if part)
