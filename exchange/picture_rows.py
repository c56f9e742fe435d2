"""What a picture of a term shows, row by row: the phases, cutoffs, filings and reminders of a calendar with their
instants by plan and the words beside them. Nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from calendars.filing_times import link_deadline, periods
from calendars.filings import Filing
from calendars.instants import Edge, office_day
from calendars.messages import Locale, Message, Wording, joined
from calendars.pages import CUTOFFS, FILINGS, PHASES, REMINDERS, UNSET
from calendars.schedule import Moment, PhaseTimes, Schedule, Unset, schedule
from calendars.term import Phase, Reminder, TermCalendar
from workflows.by_plan import steps_by_plan
from workflows.parties import party

FROM_TO = Wording(zh="{first} 至 {last}", en="{first} – {last}")
BETWEEN = Wording(zh="待定，在 {first} 至 {last} 之间", en="to be determined, within {first} – {last}")
LOCKED = Wording(zh="锁定：{at}", en="lock: {at}")
SINCE = Wording(zh="{first} 起", en="from {first} on")
OWN_WINDOW = Wording(zh="单位可在其中自定起止", en="units may set their own inside")
LINKS = Wording(zh="{count}个环节，{when}", en="{count:link|links}, {when}")
TIMES = Wording(zh="{count}次，{when}", en="{count:time|times}, {when}")
NO_DEADLINE = Wording(zh="不限期", en="no deadline")
NOT_DATED = Wording(zh="日期未定", en="not dated yet")
ABOUT = Wording(zh="{whom}：{tasks}", en="{whom}: {tasks}")

NOWHERE = datetime(2000, 1, 1, tzinfo=UTC)  # where a term without any date is drawn
SUPPOSED = timedelta(days=28)  # how long a phase without dates is drawn where no phase has any
SHARE = 12  # elsewhere: as this part of the whole term


@dataclass(frozen=True)
class Bar:
    """A phase where it is drawn. What is not `dated` is where it may be, or only its place in the sequence."""

    first: datetime
    last: datetime
    kind: str
    dated: bool
    endless: bool = False


@dataclass(frozen=True)
class Row:
    """One line of the picture: what it is called, the words for when, and what is drawn there."""

    section: str
    name: str
    when: tuple[str, ...]
    bar: Bar | None = None
    lock: datetime | None = None
    mark: datetime | None = None
    ticks: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Rows:
    """The whole picture. `dated`: some instant is known, so the axis has days."""

    title: str
    subtitle: str
    rows: list[Row]
    first: datetime
    last: datetime
    dated: bool
    kinds: list[str] = field(default_factory=list)


def picture_rows(calendar: TermCalendar, locale: Locale) -> Rows:
    """The rows of a calendar's picture by plan, before any cohort's own dates."""
    drawing = _Rows(calendar, locale, schedule(calendar))
    bars = drawing.bars()
    phases = [drawing.phase(phase, bar) for phase, bar in zip(calendar.phases, bars, strict=True)]
    cutoffs, filings = [*drawing.cutoffs()], [*drawing.filings()]
    ends = [bar.last for bar in bars] + [row.mark for row in cutoffs if row.mark]
    ends += [tick for row in filings for tick in row.ticks]
    rows = [*phases, *cutoffs, *filings, *drawing.reminders(max(ends))]
    marked = [at for row in rows for at in (row.mark, row.lock, *row.ticks) if at is not None]
    known = any(bar.dated for bar in bars) or bool(marked)
    return Rows(
        title=calendar.name, subtitle=f"{calendar.source}　{calendar.zone}", rows=rows,
        first=min([bar.first for bar in bars] + marked), last=max(ends + marked), dated=known,
        kinds=[*dict.fromkeys(phase.kind for phase in calendar.phases)],
    )  # fmt: skip


@dataclass(frozen=True)
class _Rows:
    calendar: TermCalendar
    locale: Locale
    schedule: Schedule

    def say(self, message: Message | Wording) -> str:
        return (message() if isinstance(message, Wording) else message).text(self.locale)

    # ------------------------------------------------------------------ phases

    def bars(self) -> list[Bar]:
        """Where each phase is drawn: one without dates behind whatever comes before it."""
        times = [self.schedule.phases[phase.id] for phase in self.calendar.phases]
        known = [at for one in times for at in _instants(one)]
        supposed = (max(known) - min(known)) / SHARE if len(known) > 1 else SUPPOSED
        far = max(
            [*known, *(at for at in self.schedule.cutoffs.values() if isinstance(at, datetime))],
            default=NOWHERE,
        )
        reached, bars = min(known, default=NOWHERE), []
        for phase, one in zip(self.calendar.phases, times, strict=True):
            bars.append(_bar(phase, one, reached, supposed, far))
            if not bars[-1].endless:
                reached = max(reached, bars[-1].last)
        return bars

    def phase(self, phase: Phase, bar: Bar) -> Row:
        times = self.schedule.phases[phase.id]
        lock = times.locks if phase.locks and isinstance(times.locks, datetime) else None
        when = [self._window(times)]
        when += [self.say(OWN_WINDOW)] if phase.own_window else []
        when += [self.say(LOCKED(at=self._moment(times.locks, hour=True)))] if phase.locks else []
        return Row(self.say(PHASES), phase.name, tuple(when), bar=bar, lock=lock)

    def _window(self, times: PhaseTimes) -> str:
        if times.within is not None and Unset.TO_BE_DETERMINED in (times.opens, times.closes):
            first, last = times.within
            return self.say(BETWEEN(first=self._start(first), last=self._moment(last)))
        if times.opens is Unset.TO_BE_DETERMINED and times.closes is Unset.TO_BE_DETERMINED:
            return self.say(UNSET[Unset.TO_BE_DETERMINED])
        if times.closes is Unset.OPEN_ENDED:
            return self.say(SINCE(first=self._start(times.opens)))
        return self.say(FROM_TO(first=self._start(times.opens), last=self._moment(times.closes)))

    # ------------------------------------------------------------------ cutoffs, filings, reminders

    def cutoffs(self) -> Iterator[Row]:
        for name, at in self.schedule.cutoffs.items():
            mark = at if isinstance(at, datetime) else None
            yield Row(self.say(CUTOFFS), name, (self._moment(at, hour=True),), mark=mark)

    def filings(self) -> Iterator[Row]:
        for filing in self.calendar.filings:
            ticks = self._deadlines(filing)
            when = self.say(NOT_DATED if any(link.by for link in filing.chain) else NO_DEADLINE)
            if ticks:
                when = self.say(LINKS(count=len(filing.chain), when=self._stretch(ticks)))
            yield Row(self.say(FILINGS), filing.name, (when,), ticks=ticks)

    def _deadlines(self, filing: Filing) -> tuple[datetime, ...]:
        found = {
            link_deadline(self.calendar, link, period)
            for period in periods(self.calendar, filing)
            for link in filing.chain
        }
        return tuple(sorted(at for at in found if at is not None))

    def reminders(self, up_to: datetime) -> Iterator[Row]:
        steps = steps_by_plan(self.calendar, up_to)
        for number, reminder in enumerate(self.calendar.reminders):
            ticks = tuple(sorted({step.at for step in steps if step.number == number}))
            when = (
                self.say(TIMES(count=len(ticks), when=self._stretch(ticks, "start")))
                if ticks
                else self.say(NOT_DATED)
            )
            yield Row(self.say(REMINDERS), self._about(reminder), (when,), ticks=ticks)

    def _about(self, reminder: Reminder) -> str:
        tasks = joined((self.calendar.task(name).name for name in reminder.about), self.locale)
        return self.say(ABOUT(whom=party(self.calendar, reminder.to), tasks=tasks))

    # ------------------------------------------------------------------ words for time

    def _start(self, moment: Moment) -> str:
        if isinstance(moment, Unset):
            return self.say(UNSET[moment])
        return office_day(moment, self.calendar.zoneinfo, "start").removesuffix(" 00:00")

    def _moment(self, moment: Moment, *, hour: bool = False) -> str:
        if isinstance(moment, Unset):
            return self.say(UNSET[moment])
        told = office_day(moment, self.calendar.zoneinfo, "end")
        return told if hour else told.removesuffix(" 24:00")

    def _stretch(self, ticks: Sequence[datetime], edge: Edge = "end") -> str:
        told = self._moment if edge == "end" else self._start
        first, last = told(ticks[0]), told(ticks[-1])
        return first if first == last else self.say(FROM_TO(first=first, last=last))


def _instants(times: PhaseTimes) -> list[datetime]:
    return [at for at in (times.opens, times.closes, *(times.within or ())) if isinstance(at, datetime)]


def _bar(phase: Phase, times: PhaseTimes, reached: datetime, supposed: timedelta, far: datetime) -> Bar:
    opens, closes = times.opens, times.closes
    dated = isinstance(opens, datetime) and isinstance(closes, datetime)
    endless = closes is Unset.OPEN_ENDED
    if times.within is not None:
        opens, closes = (
            one if isinstance(one, datetime) else other
            for one, other in zip((opens, closes), times.within, strict=True)
        )
    first = opens if isinstance(opens, datetime) else reached
    if endless:
        return Bar(
            first, max(far, first + supposed), phase.kind, dated=isinstance(opens, datetime), endless=True
        )
    last = closes if isinstance(closes, datetime) and closes > first else first + supposed
    return Bar(first, last, phase.kind, dated)
