"""A term as tables of plain text, in the office's days, to be held against the document line by line.

How a table is drawn is the caller's; every cell here is a string, and every row is as long as the headings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from calendars.asking import AT_LEAST, asked, kind_name
from calendars.decision_pages import appeal_rows, extension_rows, likeness_rows
from calendars.filing_pages import TIERS, filing_rows
from calendars.instants import Edge, office_day
from calendars.lesson_study_pages import group_rows, lesson_study_rows
from calendars.list_words import assessment_name, list_rows
from calendars.messages import Locale, Message, Wording
from calendars.peer_pages import peer_rows, scale_told
from calendars.penalties import Penalty
from calendars.quantities import shown
from calendars.rules.base import RuleBase
from calendars.schedule import Moment, PhaseTimes, Schedule, Unset, deadline, schedule
from calendars.term import CONDITIONS, Assessment, Phase, Reminder, Task, TermCalendar
from calendars.values import Earning, Unit

__all__ = ["Table", "office_day", "term_table"]

UNSET = {
    Unset.TO_BE_DETERMINED: Wording(zh="待定", en="to be determined"),
    Unset.WAITING: Wording(zh="前项完成时", en="when another is done"),
    Unset.COMPLETE: Wording(zh="完成时", en="when complete"),
    Unset.OPEN_ENDED: Wording(zh="不限", en="open"),
}
KINDS = {
    "preparation": Wording(zh="准备", en="preparation"),
    "online_study": Wording(zh="网络研修", en="online study"),
    "school_research": Wording(zh="校本研修", en="school-based research"),
    "assessment": Wording(zh="考核", en="assessment"),
    "wrap_up": Wording(zh="总结", en="wrap-up"),
}
UNITS: dict[str, Wording] = {
    "points": Wording(zh="{amount}分", en="{amount:point|points}"),
    "hours": Wording(zh="{amount}学时", en="{amount:hour|hours}"),
    "credits": Wording(zh="{amount}学分", en="{amount:credit|credits}"),
}

PHASES = Wording(zh="阶段", en="Phases")
CUTOFFS = Wording(zh="截止", en="Cutoffs")
TASKS = Wording(zh="任务", en="Tasks")
ASSESSMENTS = Wording(zh="考核", en="Assessments")
FILINGS = Wording(zh="上报", en="Filings")
PEER_REVIEWS = Wording(zh="互评", en="Peer reviews")
EACH_REVIEWS = Wording(zh="评谁", en="reviews")
SCALE = Wording(zh="评分", en="scale")
GROUPS = Wording(zh="组班", en="Groups")
LESSON_STUDIES = Wording(zh="磨课", en="Lesson studies")
GATES = Wording(zh="关口", en="Gates")
PENALTIES, APPEALS = Wording(zh="扣分", en="Penalties"), Wording(zh="申诉", en="Appeals")
WITHIN = Wording(zh="期限", en="within")
EXTENSIONS, ALLOWED = Wording(zh="延长的限度", en="Extensions"), Wording(zh="允许", en="allowed")
DECIDED, UNDECIDED = Wording(zh="决定", en="decided"), Wording(zh="没有决定时", en="if undecided")
IF_UNDECIDED = {
    "hold": Wording(zh="卡住", en="hold"),
    "apply": Wording(zh="执行", en="apply"),
    "waive": Wording(zh="免除", en="waive"),
}
EXEMPT = Wording(zh="免修条件", en="Exempt")
LIKENESS, ALIKE_FROM = Wording(zh="雷同", en="Likeness"), Wording(zh="相同部分达到", en="alike from")
LEFT_OUT, FORMER = Wording(zh="不算在内", en="left out"), Wording(zh="以前的项目", en="former programmes")
COMPARISONS = Wording(zh="前后对比", en="Compared")
TASK_BEFORE, TASK_AFTER = Wording(zh="前", en="before"), Wording(zh="后", en="after")
REMINDERS = Wording(zh="提醒", en="Reminders")
LISTS = Wording(zh="统计与名单", en="Statistics and lists")
LIST, MEANS = Wording(zh="名单", en="list"), Wording(zh="含义", en="meaning")

NAME = Wording(zh="名称", en="name")
ID = Wording(zh="代号", en="id")
KIND = Wording(zh="类别", en="kind")
OPENS = Wording(zh="开始", en="opens")
CLOSES = Wording(zh="结束", en="closes")
LOCKS = Wording(zh="锁定", en="locks")
WRITTEN = Wording(zh="写法", en="as written")
WHEN = Wording(zh="时间", en="when")
PHASE_NAME = Wording(zh="阶段", en="phase")
ROLE = Wording(zh="角色", en="role")
SHOWS = Wording(zh="以什么为准", en="shown by")
ASKED = Wording(zh="要求", en="asked")
DUE = Wording(zh="截止", en="due")
MARKED = Wording(zh="批阅", en="marked")
COMPONENT = Wording(zh="考核项", en="component")
MOST = Wording(zh="满分", en="most")
RULE = Wording(zh="规则", en="rule")
CITES = Wording(zh="出处", en="cites")
LINK = Wording(zh="环节", en="link")
STEP = Wording(zh="步骤", en="step")
FORMED_BY, TOO_SMALL = Wording(zh="按", en="formed by"), Wording(zh="人数", en="too few")
JOINS, LED_BY = Wording(zh="合组", en="join"), Wording(zh="组长、指导", en="led and guided by")
DOES = Wording(zh="办理", en="does")
MOST_PASSED = Wording(zh="名额", en="quota")
BEFORE = Wording(zh="在此之前", en="before")
REQUIRES = Wording(zh="须", en="requires")
WAITS_ON = Wording(zh="等待", en="waits on")
TO = Wording(zh="对象", en="to")
ABOUT = Wording(zh="关于", en="about")

PASS = Wording(zh="合格线{mark}/{full}", en="pass mark {mark} of {full}")
GRADE = Wording(zh="{grade} {least} 起", en="{grade} from {least}")
EARNS = Wording(zh="{result}得{amount}", en="{result} earns {amount}")
TIMES_TOTAL = Wording(zh="总分 × {times}", en="{times} x total")
NEEDED = Wording(zh="（另须达到）{name}", en="(also needed) {name}")
OPENING_OF = Wording(zh="{phase} 开始", en="{phase} opens")
END_OF = Wording(zh="{phase} 结束", en="{phase} ends")
BEFORE_IT = Wording(zh="前 {steps}", en="{steps} before")
ON_THE_DAY = Wording(zh="当天", en="on the day")
EVERY = {"day": Wording(zh="每天", en="every day"), "week": Wording(zh="每周", en="every week")}
OVERDUE = {
    "daily": Wording(zh="逾期后每天", en="daily when overdue"),
    "weekly": Wording(zh="逾期后每周", en="weekly when overdue"),
}
ESCALATED = Wording(zh="逾期 {after} 后告知 {to}", en="to {to} {after} after it")


@dataclass(frozen=True)
class Table:
    title: str
    headings: list[str]
    rows: list[list[str]]


def term_table(calendar: TermCalendar, locale: Locale) -> list[Table]:
    """The whole term as the calendar gives it, before any cohort's own dates. Tables without rows are left out."""
    page = _Page(calendar, locale, schedule(calendar))
    tables = (
        page.table(PHASES, (ID, NAME, KIND, OPENS, CLOSES, LOCKS, CITES), page.phases()),
        page.table(CUTOFFS, (NAME, WHEN, WRITTEN), page.cutoffs()),
        page.table(TASKS, (ROLE, NAME, PHASE_NAME, SHOWS, ASKED, DUE, MARKED, CITES), page.tasks()),
        page.table(ASSESSMENTS, (NAME, COMPONENT, MOST, RULE, CITES), page.assessments()),
        page.table(
            FILINGS, (NAME, LINK, DOES, DUE, MOST_PASSED, CITES), filing_rows(calendar, page.when, locale)
        ),
        page.table(
            PEER_REVIEWS,
            (NAME, ROLE, EACH_REVIEWS, OPENS, DUE, SCALE, CITES),
            peer_rows(calendar, page.when, locale),
        ),
        page.table(
            GROUPS,
            (ROLE, FORMED_BY, TOO_SMALL, JOINS, LED_BY, CITES),
            group_rows(calendar, page.called, locale),
        ),
        page.table(
            LESSON_STUDIES,
            (NAME, STEP, DUE, ROLE, WAITS_ON, CITES),
            lesson_study_rows(calendar, page.when, page.called, locale),
        ),
        page.table(GATES, (BEFORE, REQUIRES, WAITS_ON, CITES), page.gates()),
        page.table(REMINDERS, (TO, ABOUT, WHEN, CITES), page.reminders()),
        page.table(PENALTIES, (NAME, TASKS, COMPONENT, WAITS_ON, UNDECIDED, CITES), page.penalties()),
        page.table(
            APPEALS, (NAME, WITHIN, DECIDED, WAITS_ON, CITES), appeal_rows(calendar, page.called, locale)
        ),
        page.table(EXTENSIONS, (NAME, ALLOWED, CITES), extension_rows(calendar, page.when, locale)),
        page.table(EXEMPT, (NAME, ASKED, CITES), page.grounds()),
        page.table(LISTS, (LIST, NAME, MEANS, CITES), list_rows(calendar, locale)),
        page.table(
            LIKENESS,
            (TASKS, ALIKE_FROM, ASSESSMENTS, WAITS_ON, FORMER, LEFT_OUT, CITES),
            likeness_rows(calendar, page.called, locale),
        ),
        page.table(COMPARISONS, (NAME, TASK_BEFORE, TASK_AFTER, CITES), page.comparisons()),
    )
    return [table for table in tables if table.rows]


@dataclass(frozen=True)
class _Page:
    calendar: TermCalendar
    locale: Locale
    schedule: Schedule

    def table(self, title: Wording, headings: Sequence[Wording], rows: Iterable[list[str]]) -> Table:
        return Table(self.say(title()), [self.say(heading()) for heading in headings], list(rows))

    def say(self, message: Message) -> str:
        return message.text(self.locale)

    def when(self, moment: Moment, edge: Edge) -> str:
        if isinstance(moment, Unset):
            return self.say(UNSET[moment]())
        return office_day(moment, self.calendar.zoneinfo, edge)

    def phases(self) -> Iterator[list[str]]:
        for phase in self.calendar.phases:
            times = self.schedule.phases[phase.id]
            opens, closes = self._window(times)
            yield [
                phase.id,
                phase.name,
                self.say(KINDS[phase.kind]()),
                opens,
                closes,
                self._lock(phase, times),
                " ".join(phase.requirement_ids),
            ]

    def cutoffs(self) -> Iterator[list[str]]:
        for name, written in self.calendar.cutoffs.items():
            yield [name, self.when(self.schedule.cutoffs[name], "end"), written]

    def tasks(self) -> Iterator[list[str]]:
        """By role, in the order of the roles: a task of several roles stands with each."""
        for role, called in self.calendar.roles.items():
            for task in self.calendar.tasks:
                if role in task.role:
                    yield [called, *self._task(task)]

    def assessments(self) -> Iterator[list[str]]:
        for assessment in self.calendar.assessments:
            name = self.assessment_name(assessment)
            full = self.amount(assessment.passing.full, assessment.unit)
            yield [name, "", full, self._outcome(assessment), " ".join(assessment.requirement_ids)]
            for component in assessment.components:
                yield [name, *self._component(component, self.component_name(component))]
            for component in assessment.needs:
                needed = self.say(NEEDED(name=self.component_name(component)))
                yield [name, *self._component(component, needed)]

    def gates(self) -> Iterator[list[str]]:
        for gate in self.calendar.gates:
            requires = self.say(CONDITIONS[gate.require]())
            tasks = [self.calendar.task(name).name for name in gate.tasks]
            tasks += [self.calendar.filing(gate.filing).name] if gate.filing else []
            tasks += [self.calendar.peer_review(gate.peers).name] if gate.peers else []
            yield [
                self._before(gate.before),
                requires + (f" ({', '.join(tasks)})" if tasks else ""),
                self.called(gate.waits_on),
                " ".join(gate.requirement_ids),
            ]

    def reminders(self) -> Iterator[list[str]]:
        for reminder in self.calendar.reminders:
            about = [self.calendar.task(name).name for name in reminder.about]
            when = ", ".join(self.say(message) for message in self._steps(reminder))
            before = f"{self._deadline(reminder.before)}: " if reminder.before else ""
            yield [
                self.called(reminder.to),
                ", ".join(about),
                before + when,
                " ".join(reminder.requirement_ids),
            ]

    def penalties(self) -> Iterator[list[str]]:
        for penalty in self.calendar.penalties:
            assessment = self.calendar.assessment(penalty.of)
            lost = [self.component_name(part) for part in assessment.components if part.key in penalty.loses]
            yield [
                penalty.name,
                ", ".join(self._missed(penalty)),
                f"{self.assessment_name(assessment)}: {', '.join(lost)}",
                self.called(penalty.waits_on),
                self.say(IF_UNDECIDED[penalty.undecided]()),
                " ".join(penalty.requirement_ids),
            ]

    def _missed(self, penalty: Penalty) -> list[str]:
        if penalty.filing is not None:
            return [self.calendar.filing(penalty.filing).name]
        return [self.calendar.task(name).name for name in penalty.tasks]

    def grounds(self) -> Iterator[list[str]]:
        for ground in self.calendar.exempt:
            hours = (
                "" if ground.hours is None else self.say(AT_LEAST(amount=self.amount(ground.hours, "hours")))
            )
            yield [ground.name, hours, " ".join(ground.requirement_ids)]

    def assessment_name(self, assessment: Assessment) -> str:
        return assessment_name(self.calendar, assessment)

    def comparisons(self) -> Iterator[list[str]]:
        for comparison in self.calendar.comparisons:
            tasks = [self.calendar.task(name).name for name in (comparison.before, comparison.after)]
            yield [comparison.name, *tasks, " ".join(comparison.requirement_ids)]

    def called(self, name: str) -> str:
        """A role by its name in this programme, a tier by its common one."""
        return self.calendar.roles.get(name) or (self.say(TIERS[name]()) if name in TIERS else name)

    def amount(self, hundredths: int, unit: Unit) -> str:
        return self.say(UNITS[unit](amount=shown(hundredths)))

    def component_name(self, component: RuleBase) -> str:
        names = [self.calendar.task(name).name for name in component.task_ids]
        return component.name or ", ".join(names) or component.key

    def _window(self, times: PhaseTimes) -> tuple[str, str]:
        opens, closes = self.when(times.opens, "start"), self.when(times.closes, "end")
        if times.within is None:
            return opens, closes
        first, last = times.within
        return f"{opens} (≥ {self.when(first, 'start')})", f"{closes} (≤ {self.when(last, 'end')})"

    def _lock(self, phase: Phase, times: PhaseTimes) -> str:
        return f"{self.when(times.locks, 'end')} ({phase.locks})" if phase.locks else ""

    def _task(self, task: Task) -> list[str]:
        marked = f"{self.called(task.marked_by)}: " if task.marked_by else ""
        due = task.by or f"end of {task.phase}"
        return [
            task.name,
            self.calendar.phase(task.phase).name,
            ", ".join(kind_name(self.calendar, kind) for kind in task.shows),
            ", ".join(self.say(message) for message in asked(self.calendar, task)),
            self._deadline(due),
            marked + (scale_told(task.marks) if task.marks else ""),
            " ".join(task.requirement_ids),
        ]

    def _deadline(self, text: str) -> str:
        return self.when(deadline(self.calendar, {}, {}, text), "end")

    def _component(self, component: RuleBase, name: str) -> list[str]:
        most = self.amount(component.most, component.unit)
        by = f" ({self._deadline(component.by)})" if component.by else ""
        return [name + by, most, self.say(component.in_words()), " ".join(component.requirement_ids)]

    def _outcome(self, assessment: Assessment) -> str:
        passing = assessment.passing
        told = [PASS(mark=shown(passing.mark), full=shown(passing.full))]
        told += [GRADE(grade=grade, least=shown(least)) for grade, least in assessment.grades.items()]
        results = {"pass": assessment.results.passed, "fail": assessment.results.failed}
        for unit, earnings in assessment.earns.items():
            for result, earning in earnings.items():
                told.append(EARNS(result=results.get(result, result), amount=self._earned(earning, unit)))
        return ", ".join(self.say(message) for message in told)

    def _earned(self, earning: Earning, unit: Unit) -> Message:
        if earning.times_total:
            return UNITS[unit](amount=TIMES_TOTAL(times=shown(earning.times_total)))
        return UNITS[unit](amount=shown(earning.amount))

    def _before(self, before: str) -> str:
        names = {phase.id: phase.name for phase in self.calendar.phases}
        if before in names:
            return self.say(OPENING_OF(phase=names[before]))
        ending = before.removeprefix("end of ")
        return self.say(END_OF(phase=names[ending])) if ending in names else before

    def _steps(self, reminder: Reminder) -> Iterator[Message]:
        if reminder.by:
            yield BEFORE_IT(steps=", ".join(reminder.by))
        if reminder.on_the_day:
            yield ON_THE_DAY()
        if reminder.every:
            yield EVERY[reminder.every]()
        if reminder.overdue:
            yield OVERDUE[reminder.overdue]()
        if reminder.escalate:
            yield ESCALATED(after=reminder.escalate.after, to=self.called(reminder.escalate.to))
