"""Small terms made up by hypothesis: phases of every kind of window, gates of every condition, reminders of
every sort, and what happens in them day by day: work, marks, decisions. Told to a Story, night by night."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from calendars.filing_times import periods
from calendars.messages import Refused
from calendars.reader import read_calendar
from calendars.rules.marks import Sides
from calendars.schedule import schedule
from calendars.term import CONDITIONS, Task, TermCalendar
from tests.support.acts import act_facts

FIRST = datetime(2024, 3, 4)  # in the calendar's zone  # noqa: DTZ001
DAYS = 18
COHORTS = ("一班", "二班")
PEOPLE = {"甲": ("learner", "一班", "一小"), "乙": ("learner", "一班", "二小"), "丙": ("tutor", "一班", "一小"),
          "丁": ("learner", "二班", "二小"), "戊": ("tutor", "二班", "二小")}  # fmt: skip

GRADES = ["优秀", "合格", "不合格"]
Document = dict[str, Any]

maybe = st.booleans()
days = st.integers(0, DAYS - 8)
few = st.integers(1, 4)


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).strftime("%Y-%m-%d")


@dataclass(frozen=True)
class Event:
    """Something that happens, and is recorded, at an instant: minutes and seconds since the first day began."""

    at: datetime
    doing: str
    facts: tuple[Any, ...] = ()


def _window(draw: Any, number: int, before: list[str]) -> Document:
    """One phase's window; `before` has the windows of the phases ahead of it."""
    start = draw(st.integers(number, number + 6))
    length = draw(few)
    dated = f"{day(start)} .. {day(start + length)}"
    kinds = ["dated", "dated", "dateless", "tbd", "within", "open ended"]
    last = before[-1] if before else ".."
    if not last.endswith(".."):
        kinds += ["when", "when", "when dated", *([] if last.endswith("complete") else ["after", "after"])]
    match draw(st.sampled_from(kinds)):
        case "dated":
            own: Document = {"own window": "inside"} if draw(maybe) else {}
            return {"window": dated, **own}
        case "dateless":
            return {"window": f"{day(start)} .. complete", "complete when": _complete(draw)}
        case "tbd":
            return {"window": "tbd"}
        case "within":
            return {"window": f"tbd within {dated}"}
        case "open ended":
            return {"window": f"{day(start)} .."}
        case "after":
            end = draw(st.sampled_from([day(start + 8), "tbd"]))
            return {"window": f"after p{number - 1} .. {end}"}
        case "when":
            return {"window": f"when p{number - 1} is done .. complete", "complete when": _complete(draw)}
        case _:
            return {"window": f"when p{number - 1} is done .. {length} days after start of p{number}"}


def _complete(draw: Any) -> str:
    return str(draw(st.sampled_from(["all tasks shown", "all tasks shown", "the office says so"])))


def _phases(draw: Any) -> tuple[list[Document], dict[str, str]]:
    phases: list[Document] = []
    cutoffs: dict[str, str] = {}
    for number in range(draw(st.integers(1, 4))):
        window = _window(draw, number, [phase["window"] for phase in phases])
        phase = {"id": f"p{number}", "kind": "online_study", "name": f"阶段{number}", **window}
        if not window["window"].endswith("..") and draw(maybe):
            phase["locks"] = f"lock {number}"
            later = draw(st.sampled_from(["", "", "1 day after ", "30 hours after ", "2 days after "]))
            of = f"p{number}" if not phases or draw(st.integers(0, 4)) else phases[-1]["id"]
            cutoffs[f"lock {number}"] = f"{later}end of {of}"
        phases.append(phase)
    return phases, cutoffs


def _tasks(draw: Any, phases: list[Document]) -> list[Document]:
    tasks = []
    for phase in phases:
        for kind in draw(
            st.lists(st.sampled_from(["file", "hours", "graded", "scored", "brief"]), max_size=2)
        ):
            task: Document = {"id": f"t{len(tasks)}", "role": "learner", "phase": phase["id"], "name": "任务"}
            task |= {
                "file": {"shows": "file"}, "hours": {"shows": "hours", "needs": 3, "advised": "1 hour a day"},
                "graded": {"shows": "file", "marked by": "tutor", "marks": GRADES},
                "scored": {"marked by": "school", "marks": "0..10"}, "brief": {"shows": "file", "role": "tutor"},
            }[kind]  # fmt: skip
            tasks.append(task)
    return tasks


def _assessments(draw: Any, phases: list[Document], tasks: list[Document]) -> list[Document]:
    found = []
    for phase in phases:
        feeding = [task for task in tasks if task["role"] == "learner"]
        if "locks" not in phase or not feeding:
            continue
        chosen = draw(
            st.lists(st.sampled_from(feeding), min_size=1, max_size=3, unique_by=lambda task: task["id"])
        )
        found.append(
            {
                "id": f"a{len(found)}", "of": "learner", "locks": phase["locks"], "pass": f"10 of {10 * len(chosen)}",
                "components": [_component(task) for task in chosen],
                **({"counts": phase["locks"]} if draw(maybe) else {}),
            }
        )  # fmt: skip
    return found


def _component(task: Document) -> Document:
    if "marks" not in task:
        return {"task": task["id"], "points": 10, "rule": "proportional", "full at": 3}
    worth = {"worth": dict(zip(GRADES, (10, 6, 0), strict=True))} if task["marks"] is GRADES else {}
    return {"task": task["id"], "points": 10, "rule": "mark", **worth}


def _gates(draw: Any, phases: list[Document], assessments: list[Document]) -> list[Document]:
    places = [phase["id"] for phase in phases] + [f"end of {phase['id']}" for phase in phases]
    places += [phase["locks"] for phase in phases if "locks" in phase]
    later = [place for place in places if "p0" not in place]
    found = []
    for condition in CONDITIONS:
        if condition == "peer reviews given":  # a term with peer reviews is written out, and not made up
            continue
        if condition == "lesson study complete":
            continue  # test_lesson_study_on_any_nights has terms of its own
        possible = later if condition == "previous done" else places
        if condition == "material reviewed":
            possible = [assessment["locks"] for assessment in assessments]
        if possible and draw(maybe):
            waits_on = draw(st.sampled_from(["tutor", "school"]))
            gate = {"before": draw(st.sampled_from(possible)), "require": condition, "waits on": waits_on}
            found.append(gate | ({"filing": "plan"} if condition == "filing accepted" else {}))
    return found


def _filings(draw: Any) -> list[Document]:
    """What each school owes, and what it owes each week of the first phase: with deadlines or without."""
    first, last = draw(days), draw(few)
    ends = {"by": day(first + last)} if draw(maybe) else {}
    chain = [
        {"tier": "school", "does": "apply", "by": day(first)},
        {"tier": "county", "does": "accept", **ends},
    ]
    plan = {"id": "plan", "name": "方案", "about": "organisation", "owed": "yes", "chain": chain}
    weekly = [{"tier": "school", "does": "apply", "by": "end of week"}, {"tier": "county", "does": "accept"}]
    return [plan, {**plan, "id": "weekly", "every": "week", "during": "p0", "chain": weekly}]


def _reminders(
    draw: Any, phases: list[Document], tasks: list[Document], cutoffs: dict[str, str]
) -> list[Document]:
    windows = {phase["id"]: phase["window"] for phase in phases}
    found = []
    for task in tasks:
        if not draw(st.integers(0, 2)):
            continue
        reminder: Document = {
            "to": draw(st.sampled_from([task["role"], task.get("marked by", "tutor"), "school", "county"])),
            "about": task["id"],
        }  # fmt: skip
        if cutoffs and draw(maybe):
            reminder["before"] = draw(st.sampled_from(sorted(cutoffs)))
        dated = "before" in reminder or not windows[task["phase"]].endswith((" complete", ".."))
        if dated and draw(maybe):
            reminder["by"] = ["2 days", "12 hours"]
            reminder["on the day"] = draw(st.sampled_from(["yes", "no"]))
        if dated and draw(maybe):
            reminder["overdue"] = draw(st.sampled_from(["daily", "weekly"]))
            reminder["escalate"] = {"to": "county", "after": "1 workday"}
        if not {"by", "overdue"} & set(reminder) or draw(maybe):
            reminder["every"] = draw(st.sampled_from(["day", "week"]))
            pace = ["behind the advised pace"] if "advised" in task else []
            reminder["when"] = draw(st.sampled_from(["not shown", "nothing begun", *pace]))
        found.append(reminder)
    return found


@st.composite
def calendars(draw: Any) -> str:
    phases, cutoffs = _phases(draw)
    tasks = _tasks(draw, phases)
    assessments = _assessments(draw, phases, tasks)
    document = {
        "programme": "generated", "name": "生成", "zone": "Asia/Shanghai", "source": "生成", "tiers": ["county", "school"],
        "roles": {"learner": "学员", "tutor": "辅导教师"},
        "evidence": {"file": {"name": "提交"}, "hours": {"name": "学时", "reads": draw(st.sampled_from(["each", "running total"]))}},
        "phases": phases, "cutoffs": cutoffs, "tasks": tasks, "assessments": assessments,
        "filings": _filings(draw), "gates": _gates(draw, phases, assessments), "reminders": _reminders(draw, phases, tasks, cutoffs),
    }  # fmt: skip
    text = json.dumps(document, ensure_ascii=False)  # which is YAML too
    try:
        read_calendar(text, "generated")
    except Refused:
        reject()
    return text


# ---------------------------------------------------------------------- what happens


@dataclass(frozen=True)
class Cast:
    """Who takes part, and the stretch of days in which something happens. People: role, cohort, school."""

    people: dict[str, tuple[str, str, str]]
    first: datetime
    days: int

    @property
    def cohorts(self) -> list[str]:
        return sorted({cohort for _, cohort, _ in self.people.values()})

    def instants(self) -> st.SearchStrategy[datetime]:
        """Midnights, the seconds around them, and ordinary hours."""
        around = st.sampled_from([0, 0, -1, 1, 3600 * 9, 3600 * 20 + 7])
        return st.builds(
            lambda number, seconds: self.first + timedelta(days=number, seconds=seconds),
            st.integers(0, self.days),
            around,
        )


SMALL = Cast(PEOPLE, FIRST, DAYS)


@st.composite
def events(
    draw: Any, calendar: TermCalendar, cast: Cast = SMALL, most: int = 18, acting: int = 4
) -> list[Event]:
    """Facts and decisions in the order of their instants."""
    found = []
    kinds = [*["shows"] * 3, *["marks"] * 2, "withdraws", "joins", *["decides"] * 3]
    kinds += ["acts"] * acting
    kinds += ["files"] * 3 if calendar.filings else []
    kinds += ["gives"] * 4 if calendar.peer_reviews else []
    makers = {
        "shows": _shows, "marks": _marks, "withdraws": _withdraws, "joins": _joins, "decides": _decides, "files": _files,
        "acts": _acts,
        "gives": _gives,
    }  # fmt: skip
    for at in draw(st.lists(cast.instants(), min_size=most // 3, max_size=most)):
        doing = draw(st.sampled_from(kinds))
        facts = makers[doing](draw, calendar, cast, at)
        if facts is not None:
            found.append(Event(at, doing, facts))
    return sorted(found, key=lambda event: event.at)


def _shows(draw: Any, calendar: TermCalendar, cast: Cast, at: datetime) -> tuple[Any, ...] | None:
    shown = [task for task in calendar.tasks if task.shows and _who(cast, task)]
    if not shown:
        return None
    task = draw(st.sampled_from(shown))
    happened = at - timedelta(hours=draw(st.sampled_from([0, 0, 30, 100])))
    length = draw(st.sampled_from([None, task.characters - 1, task.characters])) if task.characters else None
    enough = task.needs.at_least // 100 if task.needs else 1
    return (
        draw(st.sampled_from(_who(cast, task))), task.id, draw(st.sampled_from([1, 2, enough, enough + 1])), happened,
        draw(st.sampled_from(task.shows)), draw(st.sampled_from([*task.items] or [""])), length,
    )  # fmt: skip


def _marks(draw: Any, calendar: TermCalendar, cast: Cast, at: datetime) -> tuple[Any, ...] | None:
    marked = [task for task in calendar.tasks if task.marks and _who(cast, task)]
    if not marked:
        return None
    task = draw(st.sampled_from(marked))
    assert task.marks is not None
    half = task.marks.high // 200
    sides = [
        side
        for assessment in calendar.assessments
        for part in assessment.components
        if isinstance(part, Sides) and task.id in part.task_ids
        for side in part.sides
    ]
    return (
        draw(st.sampled_from(_who(cast, task))), task.id, draw(st.sampled_from(task.marks.grades or (half, half + 1))),
        draw(st.sampled_from(sides or [""])),
    )  # fmt: skip


def _withdraws(draw: Any, calendar: TermCalendar, cast: Cast, at: datetime) -> tuple[Any, ...]:
    return ()


def _joins(draw: Any, calendar: TermCalendar, cast: Cast, at: datetime) -> tuple[Any, ...]:
    return draw(st.sampled_from(sorted(calendar.roles))), draw(st.sampled_from(cast.cohorts))


def _files(draw: Any, calendar: TermCalendar, cast: Cast, at: datetime) -> tuple[Any, ...] | None:
    """Something that is done with a school's filing, whether or not it can be."""
    of_schools = [filing for filing in calendar.filings if not filing.by_a_person]
    if not of_schools:
        return None
    filing = draw(st.sampled_from(of_schools))
    rounds = [period.name for period in periods(calendar, filing)] or [""]
    act = draw(st.sampled_from(["file", "file", "pass_on", "pass_on", "give_back", "take_back", "extend"]))
    school = draw(st.sampled_from(sorted({school for _, _, school in cast.people.values()})))
    return act, filing.id, school, draw(st.sampled_from(rounds)), at + timedelta(days=draw(few))


def _acts(draw: Any, calendar: TermCalendar, cast: Cast, at: datetime) -> tuple[Any, ...] | None:
    return act_facts(draw, calendar, cast.people, at)


def _gives(draw: Any, calendar: TermCalendar, cast: Cast, at: datetime) -> tuple[Any, ...]:
    """A group says something of one that it was given, counted from a place among all groups."""
    scores = st.integers(
        calendar.peer_reviews[0].scale.low // 100, calendar.peer_reviews[0].scale.high // 100
    )
    return draw(st.sampled_from(cast.cohorts)), draw(st.integers(0, 5)), draw(scores)


def _decides(draw: Any, calendar: TermCalendar, cast: Cast, at: datetime) -> tuple[Any, ...]:
    cohort = draw(st.sampled_from(cast.cohorts))
    phase = draw(st.sampled_from([phase.id for phase in calendar.phases]))
    later = at + timedelta(days=draw(st.integers(0, 6)), seconds=draw(st.sampled_from([0, 1, 7200])))
    keys = [f"{phase}.end", *calendar.cutoffs]
    match draw(
        st.sampled_from(["extend", "for one", "for one", "set dates", "complete", "cancel", *["resolve"] * 5])
    ):
        case "extend":
            return "extend", cohort, draw(st.sampled_from(keys)), later
        case "for one" if any(task.shows and _who(cast, task) for task in calendar.tasks):
            return _for_one(draw, calendar, cast, later)
        case "set dates":
            opens = at + timedelta(days=draw(st.integers(-3, 3)))
            return "set dates", cohort, phase, opens, opens + timedelta(days=draw(few))
        case "resolve":
            return "resolve", cohort, at + timedelta(days=draw(st.integers(-3, 3))), later
        case "complete":
            return "complete", cohort, phase
        case _:
            return "cancel", cohort, phase


def _for_one(draw: Any, calendar: TermCalendar, cast: Cast, later: datetime) -> tuple[Any, ...]:
    """A later deadline for one person: soon, or some time after the calendar's own."""
    task = draw(st.sampled_from([task for task in calendar.tasks if task.shows and _who(cast, task)]))
    closes = schedule(calendar).phases[task.phase].closes
    if isinstance(closes, datetime) and draw(st.integers(0, 3)):
        end = closes.astimezone(calendar.zoneinfo).replace(tzinfo=None)
        later = end + timedelta(days=draw(st.integers(0, 4)), seconds=draw(st.sampled_from([0, 1, 7200])))
    return "extend for one", draw(st.sampled_from(_who(cast, task))), task.id, later


def _who(cast: Cast, task: Task) -> list[str]:
    return [name for name, (role, *_) in cast.people.items() if role in task.role]
