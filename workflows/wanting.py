"""What a line of a score sheet asks for, piece by piece, and how much of each piece counts: so that what is missing can
be told in the document's own units. The figures are the line's own, and those of the records under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calendars.messages import Message, Wording
from calendars.pages import UNITS
from calendars.quantities import HUNDREDTHS, shown
from calendars.rules.amounts import AllOrNothing, Counting, Weekly
from calendars.rules.base import RuleBase
from calendars.term import Task, TermCalendar
from workflows.explained import ExplainedLine, Fact, ShortWeek, Wanted
from workflows.judging import REPLACED
from workflows.measures import item_steps

WEEK = Wording(zh="第{number}周", en="week {number}")
AMOUNT = Wording(zh="{amount}{unit}", en="{amount} {unit}")
SHORT = Wording(zh="还差{amount}", en="{amount} short")
KIND_SHORT = Wording(zh="{kind}还差{amount}", en="{kind}: {amount} short")
LACKED = Wording(zh="{name}（{what}）", en="{name} ({what})")
ITEM = Wording(zh="{line} {item}", en="{line} {item}")
SAME = Wording(zh="{told}", en="{told}")


def wanted(
    calendar: TermCalendar,
    component: RuleBase,
    counted: int,
    points: int,
    facts: Sequence[Fact],
    short: Sequence[ShortWeek],
) -> tuple[Wanted, ...]:
    """The pieces of one line, in the calendar's order. Where a rule has none, or none is short and the line is, its own
    figure is the piece."""
    pieces = tuple(_pieces(calendar, component, counted, facts, short))
    if pieces and (points >= component.most or any(piece.lacks for piece in pieces)):
        return pieces
    return (*pieces, Wanted("", "", component.unit, component.most, points, of_points=True))


def _pieces(
    calendar: TermCalendar,
    component: RuleBase,
    counted: int,
    facts: Sequence[Fact],
    short: Sequence[ShortWeek],
) -> Iterator[Wanted]:
    tasks = [calendar.task(task) for task in component.task_ids]
    units = {calendar.evidence[kind].unit for task in tasks for kind in component.shows or task.shows}
    unit = units.pop() if len(units) == 1 else ""
    if isinstance(component, AllOrNothing):
        yield from _whole_items(calendar, component, tasks, facts)
    elif isinstance(component, Weekly):
        for week in short:
            yield Wanted(WEEK(number=week.number), "", unit, component.at_least, week.amount)
    elif isinstance(component, Counting) and component.enough is not None:
        yield Wanted("", "", unit, component.enough, counted)


def _whole_items(
    calendar: TermCalendar, component: AllOrNothing, tasks: Sequence[Task], facts: Sequence[Fact]
) -> Iterator[Wanted]:
    """Each step of each item; of a task without items, each kind. A step that asks no amount asks for one record."""
    for task in tasks:
        here = [fact for fact in facts if fact.counts and fact.task == task.id]
        items = {name: item_steps(task, item) for name, item in task.items.items()}
        for item, kinds in (items or {"": component.shows or task.shows}).items():
            for kind in kinds:
                amounts = [fact.amount or 0 for fact in here if fact.kind == kind and item in ("", fact.item)]
                evidence = calendar.evidence[kind]
                added = max(amounts, default=0) if evidence.reads == "running total" else sum(amounts)
                asked = component.at_least.get(kind)
                if asked is None:
                    asked, added = HUNDREDTHS, HUNDREDTHS * bool(amounts)
                yield Wanted(item, evidence.name, evidence.unit, asked, added)


def amount_of(piece: Wanted, hundredths: int) -> Message:
    """An amount of a piece, in its unit."""
    if piece.of_points:
        return UNITS[piece.unit](amount=shown(hundredths))
    return AMOUNT(amount=shown(hundredths), unit=piece.unit)


def lacked(line: ExplainedLine) -> list[Message]:
    """What is missing of a line: of the line itself, or of each of its items."""
    items = dict.fromkeys(piece.item for piece in line.lacking)
    return [_lacked(line, item) for item in items]


def _lacked(line: ExplainedLine, item: Message | str) -> Message:
    """How much is short; of what is missing altogether, why what was handed in does not count."""
    name = ITEM(line=line.name, item=item) if item else SAME(told=line.name)
    pieces = [piece for piece in line.wanted if piece.item == item]
    whole = bool(item) or all(piece.asked == HUNDREDTHS for piece in pieces)
    if whole and not any(piece.counted for piece in pieces):
        refused = [fact.why for fact in line.facts if not fact.counts and item in ("", fact.item)]
        why = [one for one in dict.fromkeys(refused) if one.wording is not REPLACED]
        return LACKED(name=name, what=why) if why else name
    return LACKED(name=name, what=[told_short(piece) for piece in pieces if piece.lacks])


def told_short(piece: Wanted) -> Message:
    """By how much a piece is short."""
    amount = amount_of(piece, piece.lacks)
    return KIND_SHORT(kind=piece.kind, amount=amount) if piece.kind else SHORT(amount=amount)
