"""The term calendar as it is once read and checked: frozen, every amount in hundredths.

Field aliases are the words of the YAML file. The meaning of each word is described in
`docs/calendar-language.md`; the JSON Schema that editors use is made from these classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from calendars.comparisons import Comparison
from calendars.exemptions import Ground
from calendars.extensions import Extensions
from calendars.filings import Filing
from calendars.groups import Grouping
from calendars.instants import Expression, Window, read_expression, read_window
from calendars.lesson_studies import LessonStudy
from calendars.likeness import Likeness
from calendars.lists import Choosing, Honour, Resource, Statistics
from calendars.messages import UnreadableError, Wording
from calendars.peers import PeerReview
from calendars.penalties import Appeals, Penalty
from calendars.quantities import Hundredths
from calendars.rules.component import Component
from calendars.scales import Marks
from calendars.speaking import Speaking
from calendars.values import (
    Cited,
    Definition,
    Demand,
    Earnings,
    Identifier,
    PassMark,
    Tier,
    TimeText,
    Unit,
    Words,
)

PhaseKind = Literal["preparation", "online_study", "school_research", "assessment", "wrap_up"]

CONDITIONS = {  # what a gate can require; workflows.hold_kinds says what is asked then, and who may decide what
    "dates set": Wording(zh="日期已定", en="dates set"),
    "previous done": Wording(zh="上一阶段完成", en="the phase before is done"),
    "all handed in work marked": Wording(zh="已交作业全部批阅", en="all handed-in work is marked"),
    "all scores reported": Wording(zh="成绩全部上报", en="all scores are reported"),
    "filing accepted": Wording(zh="上报已获接收", en="the filing is accepted"),
    "material reviewed": Wording(zh="材料已审核", en="the material is reviewed"),
    "peer reviews given": Wording(zh="互评已经评完", en="the peer reviews are given"),
    "lesson study complete": Wording(zh="磨课已完成", en="the lesson study is complete"),
}
if TYPE_CHECKING:
    Condition = str
else:
    Condition = Literal[tuple(CONDITIONS)]

NOT_ITEMS = Wording(
    zh="应写成不重复的名称列表，或“名称: 环节和分值”",
    en="a list of names, each once, or `name: steps and worth` is expected",
)


def _window(text: str) -> str:
    read_window(text)
    return text


SLUG = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
Slug = Annotated[str, Field(pattern=SLUG)]
WindowText = Annotated[str, AfterValidator(_window)]


class EvidenceKind(Definition):
    """What a learning record can be of. `running total` records state the sum so far: the greatest counts."""

    name: str
    unit: str = "次"
    reads: Literal["each", "running total"] = "each"


class Phase(Cited):
    id: Identifier
    kind: PhaseKind
    name: str
    window: WindowText
    locks: str | None = None  # the cutoff at which scoring of this phase is sealed; by default its end
    own_window: Literal["inside"] | None = Field(None, alias="own window")
    complete_when: Literal["all tasks shown", "the office says so"] | None = Field(
        None, alias="complete when"
    )

    @property
    def dates(self) -> Window:
        return read_window(self.window)


class Item(Definition):
    """One course or module of a task: the steps that make it whole and what it is worth."""

    steps: Words = ()
    hours: Hundredths | None = None
    credits: Hundredths | None = None
    points: Hundredths | None = None


def _items(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if not all(isinstance(name, str) for name in value) or len(set(value)) < len(value):
        raise UnreadableError(NOT_ITEMS())
    return {name: Item() for name in value}


Items = Annotated[
    dict[str, Item], BeforeValidator(_items, json_schema_input_type=dict[str, Item] | tuple[str, ...])
]


class Task(Cited):
    id: Identifier
    role: Words
    phase: str
    name: str
    shows: Words = ()  # evidence kinds; none for what is shown by a mark alone
    needs: Demand | None = None
    advised: str | dict[str, str] | None = None
    items: Items = Field(default_factory=dict)
    marked_by: str | None = Field(None, alias="marked by")  # a role, or a tier
    marks: Marks | None = None
    characters: Annotated[int, Field(ge=1)] | None = None
    by: TimeText | None = None  # the task's own deadline; by default the end of its phase
    prior: Hundredths | None = None  # as much of what was done elsewhere before may be accepted

    @property
    def is_weekly(self) -> bool:
        """Whether it is asked week by week."""
        return self.needs is not None and self.needs.a is not None


class Results(Definition):
    passed: str = Field("合格", alias="pass")
    failed: str = Field("不合格", alias="fail")
    revoked: str = "取消"  # what was taken away by a person's decision


class Assessment(Cited):
    id: Identifier
    of: Words
    name: str | None = None
    counts: TimeText | None = None
    locks: str
    passing: PassMark = Field(alias="pass")
    results: Results = Results.model_validate({})
    grades: dict[str, Hundredths] = Field(default_factory=dict)  # names for a pass, by the least total
    earns: dict[Unit, Earnings] = Field(default_factory=dict)  # hours, credits, points
    needs: tuple[Component, ...] = ()  # what a pass asks beyond the total: each must reach its full figure
    components: tuple[Component, ...]

    @property
    def unit(self) -> Unit:
        return self.components[0].unit


class Gate(Cited):
    """What must hold before a phase opens, ends or locks, and on whom the cohort waits if it does not."""

    before: str  # PHASE (its opening), `end of PHASE`, or the name of the cutoff at which phases lock
    require: Condition
    tasks: Words = ()
    filing: str | None = None  # which, for `filing accepted`
    peers: str | None = None  # which, for `peer reviews given`
    waits_on: str = Field(alias="waits on")


class Escalation(Definition):
    to: str
    after: str


class Reminder(Cited):
    """Who is told of what, and when. It is about tasks, or about what waits at a link of a filing."""

    to: str  # a role, or a tier
    about: Words = ()
    filing: str | None = None
    before: TimeText | None = None
    by: Words = ()
    on_the_day: bool = Field(False, alias="on the day")
    overdue: Literal["daily", "weekly"] | None = None
    when: Literal["not shown", "not in full", "behind the advised pace", "nothing begun"] = "not shown"
    every: Literal["day", "week"] | None = None
    escalate: Escalation | None = None
    obligatory: bool | None = None  # what is not may be unsubscribed; by default what a pace advises

    @property
    def is_paced(self) -> bool:
        """Whether it is about a pace that is advised."""
        return self.when == "behind the advised pace"

    @property
    def is_obligatory(self) -> bool:
        return not self.is_paced if self.obligatory is None else self.obligatory

    def asks_for_marks(self, task: Task) -> bool:
        """Whether it is a mark that lacks, and not work: told to whoever marks, or of a task that a mark alone shows."""
        return self.to == task.marked_by or not task.shows


class TermCalendar(Cited):
    """One programme. Read it with `calendars.reader.read_calendar`, which checks it whole."""

    programme: Slug
    name: str
    zone: str
    source: str
    tiers: tuple[Tier, ...]
    roles: dict[Identifier, str]
    joining: TimeText | None = None  # who joined before this is the roster
    evidence: dict[Identifier, EvidenceKind] = Field(default_factory=dict)
    phases: tuple[Phase, ...]
    cutoffs: dict[str, TimeText] = Field(default_factory=dict)
    tasks: tuple[Task, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    filings: tuple[Filing, ...] = ()
    peer_reviews: tuple[PeerReview, ...] = Field((), alias="peer reviews")
    groups: Grouping | None = None
    lesson_studies: tuple[LessonStudy, ...] = Field((), alias="lesson studies")
    gates: tuple[Gate, ...] = ()
    reminding: Speaking = Speaking()
    reminders: tuple[Reminder, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    appeals: tuple[Appeals, ...] = ()
    extensions: tuple[Extensions, ...] = ()
    exempt: tuple[Ground, ...] = ()  # the grounds; without any, a reason will do
    choosing: Choosing | None = None
    statistics: Statistics | None = None
    honours: tuple[Honour, ...] = ()
    resources: tuple[Resource, ...] = ()
    likeness: tuple[Likeness, ...] = ()

    @property
    def zoneinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def phase(self, phase_id: str) -> Phase:
        return next(phase for phase in self.phases if phase.id == phase_id)

    def task(self, task_id: str) -> Task:
        return next(task for task in self.tasks if task.id == task_id)

    def filing(self, filing_id: str) -> Filing:
        return next(filing for filing in self.filings if filing.id == filing_id)

    def peer_review(self, review_id: str) -> PeerReview:
        return next(review for review in self.peer_reviews if review.id == review_id)

    def lesson_study(self, study_id: str) -> LessonStudy:
        return next(study for study in self.lesson_studies if study.id == study_id)

    def assessment(self, assessment_id: str) -> Assessment:
        return next(found for found in self.assessments if found.id == assessment_id)

    def locked_at(self, cutoff: str | None) -> list[Assessment]:
        """The assessments whose scores are sealed at a cutoff."""
        return [found for found in self.assessments if found.locks == cutoff]

    def phase_locked_at(self, cutoff: str) -> Phase | None:
        """The phase whose lock a cutoff is; the first, where it locks several."""
        return next((phase for phase in self.phases if phase.locks == cutoff), None)

    def cutoff(self, name: str) -> Expression:
        return read_expression(self.cutoffs[name])

    def cited(self) -> Iterator[Cited]:
        """Everything in the calendar that can point at the document."""
        yield self
        for group in (
            self.phases,
            self.tasks,
            self.assessments,
            self.filings,
            self.peer_reviews,
            (self.groups,) if self.groups else (),
            self.lesson_studies,
            self.gates,
            self.reminders,
            self.comparisons,
            self.penalties,
            self.appeals,
            self.extensions,
            self.exempt,
            self.honours,
            self.resources,
            self.likeness,
        ):
            yield from group
        yield from (one for one in (self.choosing, self.statistics) if one is not None)
        for assessment in self.assessments:
            yield from assessment.components
            yield from assessment.needs
