"""Calendars with every rule and facts about them, made up by hypothesis: small, odd, near every boundary."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from calendars.quantities import half_up, read_hundredths, shown
from calendars.reader import read_calendar
from calendars.scales import Scale
from calendars.schedule import deadline
from calendars.term import Task, TermCalendar
from tests.support.slow_scoring import Facts, Given, Granted, Person, Piece, Punished, Revoked, RubricLine

SCHOOLS = (2, 3)  # organisation 1 is the county above them
ROLES = ("learner", "tutor")
KINDS = ("minutes", "posts", "file", "level", "hours")
SUMMED = ("minutes", "posts", "file")  # records that add up; of the others the greatest says it all
DAYS_OFF = ("2024-03-11", "2024-03-17", "2024-03-18")  # of the second week and the third
FIRST = datetime(2024, 3, 3, 16, tzinfo=UTC)  # when the first week of study begins
GRADES = ("优秀", "良好", "合格", "不合格")
ITEMS = ("None", "课例一", "课例二")  # a name that a careless key would take for no item
SIDES = ("自评", "互评", "学生问卷")
WHEN = ("early", "work in", "late")
Document = dict[str, Any]

amounts = st.integers(1, 3000) | st.sampled_from([1, 50, 99, 100, 101, 250, 1000])
maybe = st.booleans()


@dataclass
class Writer:
    """A calendar file being written: components call for tasks, tasks may feed several components."""

    draw: Any
    unit: str = "points"
    counts: str | None = None
    role: str = "learner"
    tasks: list[Document] = field(default_factory=list)
    components: int = 0

    def one_of(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def amount(self) -> int:
        return int(self.draw(amounts))

    def parts(self, total: int, most: int = 3) -> list[int]:
        """A total cut into one to `most` parts above zero."""
        cuts = self.draw(st.lists(st.integers(1, max(total - 1, 1)), max_size=most - 1, unique=True))
        bounds = [0, *sorted(cut for cut in cuts if cut < total), total]
        return [upper - lower for lower, upper in pairwise(bounds)]

    # tasks

    def task(self, **more: Any) -> Document:
        task: Document = {
            "id": f"t{len(self.tasks)}", "role": self.role, "phase": self.one_of("study", "study", "marking"), "name": "任务",
        }  # fmt: skip
        if task["phase"] == "study" and self.draw(maybe):
            task["by"] = self.one_of(*WHEN)
        elif task["phase"] == "marking":
            task["by"] = "lock"
        self.tasks.append(task | more)
        return self.tasks[-1]

    def shown_task(self, **more: Any) -> Document:
        """A task that evidence shows: sometimes one that feeds another component already."""
        fitting = [task for task in self.tasks if "shows" in task and task["role"] == self.role]
        fitting = [task for task in fitting if all(task.get(key) == value for key, value in more.items())]
        if fitting and self.draw(maybe):
            return self.one_of(*fitting)
        kinds = self.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3, unique=True))
        length = {"characters": self.one_of(1, 1500)} if self.draw(st.integers(0, 3)) == 0 else {}
        return self.task(shows=kinds, **length, **more)

    # components

    def component(self, depth: int = 0, rules: tuple[str, ...] | None = None) -> tuple[Document, int]:
        """A component and the most that it gives."""
        names = rules or (*_SIMPLE, *(_NESTED if depth < 2 else ()))
        rule = self.one_of(*names)
        self.components += 1
        made: Document = {"id": f"c{self.components}", "rule": rule}
        most = getattr(self, "_" + rule.replace(" ", "_"))(made, depth)
        made[self.unit] = shown(most)
        return made, most

    def _fed(self, made: Document, several: bool = True, **more: Any) -> list[Document]:
        """Give a component its task or tasks, and perhaps its own deadline and kinds."""
        tasks = [self.shown_task(**more)]
        if several and self.draw(st.integers(0, 3)) == 0:
            other = self.shown_task(**more)
            tasks += [other] if other is not tasks[0] else []
        made["tasks" if len(tasks) > 1 else "task"] = (
            [task["id"] for task in tasks] if len(tasks) > 1 else tasks[0]["id"]
        )
        self._own_deadline(made, tasks)
        kinds = sorted({kind for task in tasks for kind in task["shows"]})
        if several and self.draw(st.integers(0, 3)) == 0:
            made["shows"] = self.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=2, unique=True))
        return tasks

    def _own_deadline(self, made: Document, tasks: list[Document]) -> None:
        if all(task["phase"] == "study" for task in tasks) and self.draw(st.integers(0, 3)) == 0:
            made["by"] = self.one_of(*WHEN)

    def _over(self, made: Document) -> None:
        if self.draw(st.integers(0, 3)) == 0:
            made["over"] = "cohort"

    def _weekly(self, made: Document, _: int) -> int:
        """Of records that add up: what is the sum so far cannot be told by the week."""
        fitting = [
            task
            for task in self.tasks
            if set(task.get("shows", ())) & set(SUMMED) and task["role"] == self.role
        ]
        task = (
            self.one_of(*fitting) if fitting and self.draw(maybe) else self.task(shows=[self.one_of(*SUMMED)])
        )
        made["task"], made["shows"] = task["id"], [kind for kind in task["shows"] if kind in SUMMED]
        self._own_deadline(made, [task])
        made["at least"] = shown(self.amount())
        weeks = 3 if task["phase"] == "study" else 1  # at the least, by plan
        if weeks > 1 and self.draw(maybe):
            days_off = st.lists(st.sampled_from(DAYS_OFF), min_size=1, max_size=2, unique=True)
            made["except"], weeks = self.draw(days_off), 1
        if self.draw(maybe):
            made["weeks"] = self.draw(st.integers(1, weeks))
        return self.amount()

    def _proportional(self, made: Document, _: int) -> int:
        self._fed(made)
        self._over(made)
        made["full at"] = shown(self.amount())
        return self.amount()

    def _count(self, made: Document, _: int) -> int:
        self._fed(made)
        self._over(made)
        made["each"] = shown(self.amount())
        return self.amount()

    def _flat(self, made: Document, _: int) -> int:
        self._fed(made)
        self._over(made)
        made["at least"] = shown(self.amount())
        return self.amount()

    def _bands(self, made: Document, _: int) -> int:
        self._fed(made)
        self._over(made)
        most, step = self.amount(), self.one_of(1, 10, 100)
        low = step * self.draw(st.integers(0, 5))
        bands: dict[str, str] = {}
        worths = [most, *self.draw(st.lists(st.integers(0, most), max_size=2))]
        for place, worth in enumerate(self.draw(st.permutations(worths))):
            high = low + step * self.draw(st.integers(0, 20))
            last = place == len(worths) - 1 and self.draw(maybe)
            bands[f"{shown(low)}.." if last else f"{shown(low)}..{shown(high)}"] = shown(worth)
            low = high + step
        made["bands"] = bands
        return most

    def _graded(self) -> Document:
        grades = list(GRADES[: self.draw(st.integers(1, 4))])
        return {"marked by": self.one_of("tutor", "school"), "marks": grades}

    def _on_time_plus_mark(self, made: Document, _: int) -> int:
        (task,) = self._fed(made, several=False, **self._graded())
        made["on time"] = shown(on_time := self.amount())
        worth = {grade: self.draw(st.integers(0, 1000)) for grade in task["marks"]}
        made["mark"] = {grade: shown(points) for grade, points in worth.items()}
        return int(self.draw(st.integers(1, on_time + max(worth.values()))))

    def _mark(self, made: Document, _: int) -> int:
        if self.draw(maybe):
            more, most = self._graded(), self.amount()
        else:
            step = self.one_of(1, 10, 100)
            most = step * self.draw(st.integers(1, 200))
            more = {"marked by": "tutor", "marks": f"0..{shown(most)} by {shown(step)}"}
        if self.draw(maybe):
            (task,) = self._fed(made, several=False, **more)
        else:
            task = self.task(**more)
            made["task"] = task["id"]
        if isinstance(task["marks"], list):
            others = [self.draw(st.integers(0, most)) for _ in task["marks"][1:]]
            made["worth"] = dict(zip(task["marks"], map(shown, [most, *others]), strict=True))
        return most

    def _rubric(self, made: Document, _: int) -> int:
        most = self.amount()
        task = self.task(**{"marked by": "school"})
        made["task"] = task["id"]
        parts = self.parts(most)
        made["items"] = dict(zip(ITEMS, map(shown, parts), strict=False)) if self.draw(maybe) else "by school"
        return most

    def _rate(self, made: Document, _: int) -> int:
        role, self.role = self.role, self.one_of(*ROLES)
        tasks = [self.shown_task(**self._graded()) for _ in range(self.draw(st.integers(1, 2)))]
        self.role = role
        made["of"] = sorted({task["id"] for task in tasks})
        made["full at"] = self.one_of("100%", "95%", "66.67%", "0.01%", "50%")
        made["below"] = self.one_of("proportional", "nothing")
        return self.amount()

    def _all_or_nothing(self, made: Document, _: int) -> int:
        tasks = self._fed(made)
        kinds = sorted({kind for task in tasks for kind in task["shows"]})
        made["at least"] = {kind: shown(self.amount()) for kind in kinds if self.draw(maybe)}
        worths = [self._items(task) for task in tasks]
        if not any("items" in task for task in tasks):
            return self.amount()
        return int(self.draw(st.integers(1, sum(worths))))

    def _items(self, task: Document) -> int:
        """The worth of a task's items in this assessment's unit; a fresh task may get some."""
        if "items" not in task and not task.get("plain") and self.draw(maybe):
            task["items"] = {}
            for name in self.draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3, unique=True)):
                steps = self.draw(st.lists(st.sampled_from(task["shows"]), max_size=2, unique=True))
                item = {unit: shown(self.amount()) for unit in ("hours", "credits") if self.draw(maybe)}
                task["items"][name] = item | ({"steps": steps} if steps else {})
        for item in task.get("items", {}).values():
            item.setdefault(self.unit, shown(self.amount()))
        task["plain"] = "items" not in task
        return sum(round(float(item[self.unit]) * 100) for item in task.get("items", {}).values())

    def _sides(self, made: Document, _: int) -> int:
        step = self.one_of(1, 10, 100)
        high = step * self.draw(st.integers(1, 100))
        task = self.task(**{"marked by": "school", "marks": f"0..{shown(high)} by {shown(step)}"})
        made["task"] = task["id"]
        weights = self.parts(10000)
        made["sides"] = {
            side: f"{shown(weight)}%" for side, weight in zip(SIDES, weights, strict=False) if weight
        }
        return self.amount()

    def _best_of(self, made: Document, depth: int) -> int:
        parts = [self.component(depth + 1) for _ in range(self.draw(st.integers(1, 3)))]
        made["of"] = [part for part, _ in parts]
        made["take"] = take = self.draw(st.integers(1, len(parts)))
        return sum(sorted((most for _, most in parts), reverse=True)[:take])

    def _least_of(self, made: Document, depth: int) -> int:
        parts = [self.component(depth + 1) for _ in range(self.draw(st.integers(1, 3)))]
        made["of"] = [part for part, _ in parts]
        return min(most for _, most in parts)

    def _multiple(self, made: Document, depth: int) -> int:
        parts = [self.component(depth + 1) for _ in range(self.draw(st.integers(1, 2)))]
        made["of"] = [part for part, _ in parts]
        times = self.one_of(50, 100, 133, 200, 250)
        made["times"] = shown(times)
        reached = half_up(times * sum(most for _, most in parts), 100)
        return int(self.draw(st.integers(1, max(reached, 1))))


_SIMPLE = (
    "proportional", "count", "flat", "weekly", "on time plus mark", "mark", "bands", "rubric", "rate", "all or nothing", "sides",
)  # fmt: skip
_NESTED = ("best of", "least of", "multiple")


def _assessment(writer: Writer, name: str) -> Document:
    """One assessment of one role, with grades, needs and earnings."""
    draw = writer.draw
    writer.role, writer.unit = name, writer.one_of("points", "hours", "credits")
    assessment: Document = {"id": f"of_{name}", "of": name, "locks": "lock"}
    if draw(maybe):
        assessment["counts"] = writer.one_of("work in", "late", "lock")
    parts = [writer.component() for _ in range(draw(st.integers(1, 4)))]
    full = sum(most for _, most in parts)
    mark = draw(st.integers(0, full))
    assessment["pass"] = f"all of {shown(full)}" if draw(maybe) else f"{shown(mark)} of {shown(full)}"
    assessment["components"] = [part for part, _ in parts]
    needs = [writer.component(depth=2) for _ in range(draw(st.integers(0, 2)))]
    assessment["needs"] = [part for part, _ in needs]
    least = full if assessment["pass"].startswith("all") else mark
    leasts = sorted(draw(st.lists(st.integers(least, full), max_size=3, unique=True)), reverse=True)
    grades = dict(zip(("甲", "乙", "丙"), map(shown, leasts), strict=False))
    assessment["grades"] = grades
    words = st.sampled_from(["36", "total", "2 x total", "1.5 x total", "0.33 x total"])
    assessment["earns"] = {
        unit: {name: draw(words) for name in ("pass", "fail", *grades) if draw(maybe)}
        for unit in ("hours", "credits")
        if draw(maybe)
    }
    return assessment


def _penalties(draw: Any, tasks: list[Document], assessments: list[Document]) -> list[Document]:
    """For what somebody of a school shows at the latest when it locks: components of one assessment."""
    shown_tasks = [task["id"] for task in tasks if "shows" in task]
    found: list[Document] = []
    for assessment in assessments if shown_tasks else ():
        keys = [part["id"] for part in assessment["components"]]
        loses = draw(st.lists(st.sampled_from(keys), max_size=2, unique=True))
        if loses:
            found.append(
                {
                    "id": f"x{len(found)}", "name": "扣分", "tasks": draw(st.sampled_from(shown_tasks)), "of": assessment["id"],
                    "loses": loses, "waits on": "county",
                }
            )  # fmt: skip
    return found


@st.composite
def calendars(draw: Any) -> str:
    """The file of a programme of two roles with an assessment of each."""
    writer = Writer(draw)
    assessments = [_assessment(writer, role) for role in ROLES[: draw(st.integers(1, 2))]]
    tasks = [{key: value for key, value in task.items() if key != "plain"} for task in writer.tasks]
    document = {
        "programme": "generated", "name": "生成", "zone": "Asia/Shanghai", "source": "生成", "tiers": ["county", "school"],
        "roles": {role: role for role in ROLES},
        "evidence": {kind: {"name": kind, "reads": "running total" if kind in ("level", "hours") else "each"} for kind in KINDS},
        "phases": [
            {"id": "study", "kind": "online_study", "name": "学习", "window": "2024-03-04 .. 2024-03-31"},
            {"id": "marking", "kind": "assessment", "name": "批阅", "window": "2024-04-01 .. 2024-04-10", "locks": "lock"},
        ],
        "cutoffs": {
            "early": "5 days before end of study", "work in": "end of study", "late": "3 days after end of study",
            "lock": "end of marking",
        },
        "tasks": tasks, "assessments": assessments, "penalties": _penalties(draw, tasks, assessments),
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False)  # which is YAML too


@dataclass(frozen=True)
class Group:
    """One cohort: its own dates, and its lock by them."""

    id: int
    dates: dict[str, datetime]
    lock: datetime


@dataclass
class Term:
    text: str
    calendar: TermCalendar
    groups: list[Group]
    facts: Facts

    def __repr__(self) -> str:
        return f"Term({self.text}\n{self.groups}\n{self.facts})"


@st.composite
def terms(draw: Any) -> Term:
    """A calendar, one to three cohorts with dates of their own, and what their people did."""
    text = draw(calendars())
    calendar = read_calendar(text, "generated")
    groups = [_group(draw, calendar, number) for number in range(1, draw(st.integers(1, 3)) + 1)]
    facts = Facts()
    for group in groups:
        for _ in range(draw(st.integers(1, 3))):
            facts.people.append(_person(draw, group, len(facts.people) + 1))
    figures = _figures(text)
    for person in facts.people:
        group = groups[person.cohort - 1]
        for task in calendar.tasks:
            if person.role in task.role:
                _work(draw, calendar, group, person, task, facts, figures)
    for task in calendar.tasks:
        for school in SCHOOLS:
            for item in ITEMS[: draw(st.integers(0, 3))]:
                received = draw(st.sampled_from(_around(groups[0].lock)))
                facts.rubrics.append(RubricLine(school, task.id, item, draw(amounts), received))
    _decided(draw, calendar, groups, facts)
    return Term(text, calendar, groups, facts)


def _decided(draw: Any, calendar: TermCalendar, groups: list[Group], facts: Facts) -> None:
    """Schools that lose, and people whose result is taken away, around the lock; in the order of their instants."""
    for group in groups:
        before = st.sampled_from([group.lock - timedelta(days=1), *_around(group.lock)])
        for penalty in calendar.penalties:
            for school in SCHOOLS:
                for at in sorted(draw(st.lists(before, max_size=2, unique=True))):
                    action = draw(st.sampled_from(["apply", "apply", "waive"]))
                    facts.punished.append(Punished(group.id, school, penalty.id, action, at))
        for person in (person for person in facts.people if person.cohort == group.id):
            if draw(st.integers(0, 5)) == 0:
                of = draw(st.sampled_from([one.id for one in calendar.assessments]))
                facts.revoked.append(Revoked(person.id, of, draw(before)))


def _figures(text: str) -> list[int]:
    """The figures of a calendar, in hundredths, and those just beside them: amounts that meet a boundary."""
    found = {read_hundredths(figure) for figure in re.findall(r'"(\d+(?:\.\d+)?)"', text)}
    found |= {
        read_hundredths(figure) for pair in re.findall(r'"([\d.]+?)\.\.([\d.]+)"', text) for figure in pair
    }
    return sorted({max(figure + by, 0) for figure in found for by in (-1, 0, 0, 1)})


def _group(draw: Any, calendar: TermCalendar, number: int) -> Group:
    ends = draw(st.sampled_from([0, 0, 3, 9]))
    dates = {}
    if ends:
        dates["study.end"] = _instant(calendar, {}, "work in") - timedelta(days=ends, seconds=ends)
    if draw(st.integers(0, 2)) == 0:
        dates["lock"] = _instant(calendar, {}, "lock") + timedelta(days=1)
    return Group(number, dates, _instant(calendar, dates, "lock"))


def _person(draw: Any, group: Group, number: int) -> Person:
    begun = group.lock - timedelta(days=60)
    received = draw(st.sampled_from([begun, begun, begun, *_around(group.lock)]))
    left = draw(st.sampled_from([None, None, None, *_around(group.lock)]))
    role = draw(st.sampled_from(["learner", "learner", "tutor"]))
    return Person(number, group.id, role, draw(st.sampled_from(SCHOOLS)), received, left)


def _around(instant: datetime) -> list[datetime]:
    return [instant + timedelta(seconds=seconds) for seconds in (-1, 0, 1)]


def _instant(calendar: TermCalendar, dates: dict[str, datetime], text: str) -> datetime:
    moment = deadline(calendar, dates, {}, text)
    assert isinstance(moment, datetime)
    return moment


def _work(
    draw: Any, calendar: TermCalendar, group: Group, person: Person, task: Task, facts: Facts, figures: list[int]
) -> None:  # fmt: skip
    """Records and marks of one person for one task, each perhaps revised or withdrawn."""
    cutoffs = [_instant(calendar, group.dates, text) for text in (*WHEN, "lock")]
    weeks = [FIRST + timedelta(weeks=week) for week in range(6)]
    happenings = [instant for edge in (*cutoffs, *weeks) for instant in _around(edge)] + [cutoffs[0]]
    if task.shows and draw(st.integers(0, 1)):
        facts.granted += (granted := _granted(draw, group, person, task, cutoffs))
        happenings = [instant for one in granted for instant in _around(one.until)]
    locks = _around(group.lock)
    receipts = [group.lock - timedelta(days=9)] * 5 + locks
    for number in range(draw(st.integers(0, 3)) if task.shows else 0):
        reference = f"{person.id}-{task.id}-{number}"
        withdrawn = draw(st.sampled_from([None] * 5 + locks))
        for revision in range(1 if withdrawn is None else draw(st.integers(1, 2))):
            facts.pieces.append(
                Piece(
                    person.id, reference, revision, task.id, draw(st.sampled_from(task.shows)),
                    draw(st.sampled_from(["", "不认识", *(task.items or ITEMS)])), draw(st.sampled_from([0, 100, *figures]) | amounts),
                    draw(st.sampled_from([None, 0, 1, 1499, 1500, 1501])), draw(st.sampled_from(happenings)),
                    withdrawn if revision and withdrawn else draw(st.sampled_from(receipts)), None if revision else withdrawn,
                )
            )  # fmt: skip
    if task.marked_by:
        _marks(draw, group, person, task, facts)


def _granted(draw: Any, group: Group, person: Person, task: Task, cutoffs: list[datetime]) -> list[Granted]:
    """One or two later deadlines of a task for one person, said long before the lock or just around it."""
    said = [group.lock - timedelta(days=20), *_around(group.lock)]
    untils = [instant for cutoff in cutoffs[1:] for instant in _around(cutoff)]
    return [
        Granted(person.id, task.id, draw(st.sampled_from(untils)), draw(st.sampled_from(said)))
        for _ in range(draw(st.integers(1, 2)))
    ]


def _marks(draw: Any, group: Group, person: Person, task: Task, facts: Facts) -> None:
    scale = task.marks or Scale(low=0, high=3000, step=1)
    plain = task.shows or scale.grades
    places = (
        [("", "")] if plain else [(item, giver) for item in ("", *SIDES, *ITEMS) for giver in ("甲", "乙")]
    )
    locks = _around(group.lock)
    for item, giver in draw(st.lists(st.sampled_from(places), max_size=4, unique=True)):
        withdrawn = draw(st.sampled_from([None] * 5 + locks))
        for revision in range(1 if withdrawn is None else draw(st.integers(1, 2))):
            grade = draw(st.sampled_from(scale.grades)) if scale.grades else None
            steps = 0 if grade else draw(st.integers(0, (scale.high - scale.low) // scale.step))
            facts.marks.append(
                Given(
                    person.id, task.id, item, giver, revision, None if grade else scale.low + steps * scale.step, grade,
                    withdrawn if revision and withdrawn else draw(st.sampled_from([group.lock - timedelta(days=1), *locks])),
                    None if revision else withdrawn,
                )
            )  # fmt: skip
