"""What a task asks, in words: so much, of each of these, of so many characters, and what is advised."""

from __future__ import annotations

from collections.abc import Iterator

from calendars.messages import Message, Wording
from calendars.quantities import shown
from calendars.term import Task, TermCalendar
from calendars.values import Minimum

AT_LEAST = Wording(zh="至少{amount}", en="at least {amount}")
A_WEEK = Wording(zh="每周至少{amount}", en="at least {amount} a week")
EACH_OF = Wording(zh="{names} 各{minimum}", en="{minimum} of each of {names}")
CHARACTERS = Wording(zh="至少{count}字", en="at least {count:character|characters}")
ADVISED = Wording(zh="建议 {advice}", en="advised: {advice}")


def asked(calendar: TermCalendar, task: Task) -> Iterator[Message]:
    """Nothing for a task that asks for no amount."""
    if task.needs is not None:
        yield _minimum(calendar, task.needs)
    if task.characters is not None:
        yield CHARACTERS(count=task.characters)
    if isinstance(task.advised, str):
        yield ADVISED(advice=task.advised)
    elif task.advised:
        told = ", ".join(f"{kind_name(calendar, key)} {it}" for key, it in task.advised.items())
        yield ADVISED(advice=told)


def _minimum(calendar: TermCalendar, needs: Minimum) -> Message:
    least = (A_WEEK if needs.a else AT_LEAST)(amount=shown(needs.at_least))
    names = ", ".join(kind_name(calendar, name) for name in needs.each_of)
    return EACH_OF(names=names, minimum=least) if names else least


def kind_name(calendar: TermCalendar, name: str) -> str:
    """A kind of evidence by its name; any other word, such as a module's, as it is."""
    return calendar.evidence[name].name if name in calendar.evidence else name
