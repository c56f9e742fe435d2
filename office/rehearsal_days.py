"""A rehearsal day by day: a row for each thing that will happen, beside what it is when everybody does everything and
when nobody does anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calendars.filing_pages import link_name
from calendars.filing_times import link_deadline, periods
from calendars.instants import Edge, office_day
from calendars.messages import Wording
from calendars.term import TermCalendar
from office.rehearsal import Rehearsal
from office.reminders import told_step
from office.words import say
from workflows.chronicle import Event
from workflows.hold_kinds import BY_NAME
from workflows.parties import party

EVERYBODY = Wording(zh="人人按时完成", en="Everybody in time")
NOBODY = Wording(zh="没有人做", en="Nobody does anything")

OPENS = Wording(zh="“{about}”开始", en="{about} opens")
CLOSES = Wording(zh="“{about}”结束", en="{about} ends")
LOCKS = Wording(zh="“{about}”锁定", en="{about} locks")
SEALS = Wording(zh="锁定成绩“{about}”", en="scores are sealed: {about}")
REMINDS = Wording(
    zh="提醒{whom}：{about}（{step}；截止 {until}）", en="{whom} reminded of {about} ({step}; due {until})"
)
HELD = {
    "open": Wording(zh="“{about}”不能开始，{kind}，等{whom}", en="{about} cannot open: {kind}, waits on {whom}"),
    "close": Wording(zh="“{about}”不能结束，{kind}，等{whom}", en="{about} cannot end: {kind}, waits on {whom}"),
    "lock": Wording(zh="“{about}”不能锁定，{kind}，等{whom}", en="{about} cannot lock: {kind}, waits on {whom}"),
}  # fmt: skip
HELD_BESIDE = Wording(  # what keeps no phase from moving
    zh="“{about}”：{kind}，等{whom}", en="{about}: {kind}, waits on {whom}"
)
RELEASED = Wording(zh="“{about}”不再卡住：{kind}", en="{about} is no longer held: {kind}")
LAPSES = Wording(zh="上报“{about}”逾期失效", en="cases of {about} lapse")
ACCEPTED = Wording(zh="上报“{about}”获接收", en="cases of {about} are accepted")
CUTOFF = Wording(zh="截止：{about}", en="cutoff: {about}")
LINK_OVER = Wording(zh="上报“{about}”：{link}截止", en="{about}: {link}, the last day")
EACH_WEEK = Wording(zh="{what}，每周，至 {last}", en="{what}, weekly until {last}")

COHORTS = Wording(zh="{count}个班级", en="{count:cohort|cohorts}")
PEOPLE = Wording(zh="{count}人", en="{count:person|people}")
PLACES = Wording(zh="{count}个单位", en="{count:organisation|organisations}")
CASES = Wording(zh="{count}件", en="{count:case|cases}")
PASSED = Wording(zh="合格{count}", en="pass: {count}")
FAILED = Wording(zh="不合格{count}", en="fail: {count}")
TIMES = Wording(zh="{each} × {times}次，至 {last}", en="{each} × {times}, until {last}")
FAMILIES = {
    "day": Wording(zh="每天", en="daily"),
    "week": Wording(zh="每周", en="weekly"),
    "overdue": Wording(zh="逾期后反复", en="again and again when overdue"),
}
WEEKDAYS = (
    Wording(zh="周一", en="Mon"), Wording(zh="周二", en="Tue"), Wording(zh="周三", en="Wed"),
    Wording(zh="周四", en="Thu"), Wording(zh="周五", en="Fri"), Wording(zh="周六", en="Sat"),
    Wording(zh="周日", en="Sun"),
)  # fmt: skip

# How each event is told, whether it ends something, and in which order those of one instant stand.
MOVES = {"close": CLOSES, "lock": LOCKS, "open": OPENS}
ORDER = ("close", "lock", "seal", "cutoff", "lapse", "hold", "release", "accept", "open", "remind")
ENDS = {"close", "lock", "seal", "cutoff", "lapse"}
RUNS = ("everybody", "nobody")


@dataclass(frozen=True)
class Row:
    """One thing that will happen; of what repeats, the first time."""

    at: datetime
    last: datetime
    day: str
    what: str
    everybody: str
    nobody: str


@dataclass
class _Series:
    """What one row is about: the same event of several tasks, and where it repeats, all its times."""

    event: Event
    about: dict[str, None] = field(default_factory=dict)
    counts: dict[str, list[tuple[datetime, int, str]]] = field(default_factory=dict)  # by run

    def times(self, run: str | None = None) -> list[datetime]:
        runs = [run] if run else [*self.counts]
        return sorted({at for one in runs for at, _, _ in self.counts.get(one, ())})


def day_rows(found: Rehearsal, since: datetime | None = None) -> list[Row]:
    """Everything from an instant on, in order."""
    calendar = found.calendar
    rows = [*_dates(found), *(_Page(calendar).row(one) for one in _together(found))]
    return [row for _, row in sorted(rows, key=lambda one: one[0]) if since is None or row.last >= since]


def shown_day(instant: datetime, zone: ZoneInfo, edge: Edge) -> str:
    """`2019-12-08 周日 24:00`: an instant in the office's days."""
    day, _, clock = office_day(instant, zone, edge).partition(" ")
    return f"{day} {say(WEEKDAYS[datetime.fromisoformat(day).weekday()])} {clock}"


def _together(found: Rehearsal) -> Iterable[_Series]:
    """The events of both runs, those that are one for a clerk put together."""
    series: dict[tuple[object, ...], _Series] = {}
    for run in RUNS:
        for event in getattr(found, run).events:
            if event.what == "lock" and found.calendar.phase(event.about).locks is None:
                continue
            one = series.setdefault(_key(found.calendar, event), _Series(event))
            one.about[event.about] = None
            one.counts.setdefault(run, []).append((event.at, event.count, event.what))
    return series.values()


def _key(calendar: TermCalendar, event: Event) -> tuple[object, ...]:
    """What stands in one row: of several tasks together, of what repeats and of each week's filing, all times."""
    family = _family(event)
    if event.what in ("accept", "lapse") and calendar.filing(event.about).every:
        return event.what, event.about, event.whom
    if event.what == "remind":
        return "remind", event.whom, family or event.which, event.until, None if family else event.at
    what = "seal" if event.what in ("pass", "fail") else event.what
    return what, event.about, event.which, event.whom, event.at


def _family(event: Event) -> str | None:
    """Of a reminder that repeats, how."""
    first, _, number = event.which.partition(" ")
    return first if event.what == "remind" and number.isdigit() and first in FAMILIES else None


Sorted = tuple[tuple[datetime, int, str], Row]


def _dates(found: Rehearsal) -> Iterator[Sorted]:
    """What the calendar itself dates: its cutoffs, and until when each link of a filing is open."""
    calendar, zone = found.calendar, found.calendar.zoneinfo
    for name, at in found.term.schedule.cutoffs.items():
        if isinstance(at, datetime) and at <= found.until:
            yield _dated(at, say(CUTOFF(about=name)), zone)
    for filing in calendar.filings:
        rounds = periods(calendar, filing)
        for link in filing.chain if rounds else ():
            first, last = (link_deadline(calendar, link, one) for one in (rounds[0], rounds[-1]))
            if first is None or last is None or first > found.until:
                continue
            what = say(LINK_OVER(about=filing.name, link=link_name(link)))
            if first != last:
                what = say(EACH_WEEK(what=what, last=shown_day(last, zone, "end")))
            yield _dated(first, what, zone, last)


def _dated(at: datetime, what: str, zone: ZoneInfo, last: datetime | None = None) -> Sorted:
    row = Row(at, last or at, shown_day(at, zone, "end"), what, "", "")
    return (at, ORDER.index("cutoff"), what), row


@dataclass(frozen=True)
class _Page:
    calendar: TermCalendar

    def row(self, one: _Series) -> Sorted:
        times = one.times()
        what = "seal" if one.event.what in ("pass", "fail") else one.event.what
        ends = what in ENDS or (what == "hold" and not one.event.which.endswith("|open"))
        told = self._told(one, what)
        row = Row(
            times[0], times[-1], shown_day(times[0], self.calendar.zoneinfo, "end" if ends else "start"), told,
            *(self._cell(one, run) for run in RUNS),
        )  # fmt: skip
        return (times[0], ORDER.index(what) if ends else len(ORDER) + ORDER.index(what), told), row

    def _told(self, one: _Series, what: str) -> str:
        event, tasks = one.event, [task.id for task in self.calendar.tasks]
        abouts = sorted(one.about, key=tasks.index) if what == "remind" else [*one.about]
        about = [self._name(what, name) for name in abouts]
        whom = party(self.calendar, event.whom)
        if what in MOVES:
            return say(MOVES[what](about=about))
        if what == "remind":
            family = _family(event)
            step = say(FAMILIES[family]) if family else told_step(event.which)
            assert event.until is not None
            until = shown_day(event.until, self.calendar.zoneinfo, "end")
            return say(REMINDS(whom=whom, about=about, step=step, until=until))
        if what in ("hold", "release"):
            kind, _, step = event.which.partition("|")
            words = HELD.get(step, HELD_BESIDE) if what == "hold" else RELEASED
            return say(words(about=about, kind=BY_NAME[kind].label(), whom=whom))
        return say({"seal": SEALS, "lapse": LAPSES, "accept": ACCEPTED}[what](about=about))

    def _name(self, what: str, about: str) -> str:
        match what:
            case "remind":
                return self.calendar.task(about).name
            case "seal":
                assessment = self.calendar.assessment(about)
                return assessment.name or assessment.id
            case "lapse" | "accept":
                return self.calendar.filing(about).name
        return self.calendar.phase(about).name

    def _cell(self, one: _Series, run: str) -> str:
        counts = one.counts.get(run)
        if not counts:
            return "—"
        if one.event.what in ("pass", "fail"):
            sums = {
                what: sum(count for _, count, each in counts if each == what) for what in ("pass", "fail")
            }
            words = (("pass", PASSED), ("fail", FAILED))
            return "  ".join(say(word(count=sums[what])) for what, word in words if sums[what])
        each = say(self._unit(one.event)(count=_range([count for _, count, _ in counts])))
        times = one.times(run)
        if len(times) == 1:
            return each
        return say(
            TIMES(
                each=each,
                times=len(times),
                last=shown_day(
                    times[-1], self.calendar.zoneinfo, "end" if one.event.what == "lapse" else "start"
                ),
            )
        )

    def _unit(self, event: Event) -> Wording:
        if event.what in ("lapse", "accept"):
            return CASES
        if event.what == "remind":
            return PLACES if event.whom in self.calendar.tiers else PEOPLE
        return COHORTS


def _range(counts: list[int]) -> int | str:
    return counts[0] if min(counts) == max(counts) else f"{min(counts)}–{max(counts)}"


def last_second(instant: datetime) -> datetime:
    """What belongs to the day that ends at an instant."""
    return instant - timedelta(seconds=1)
