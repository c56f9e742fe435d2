"""What a person is told, in Chinese and English at once; the wording stands beside the code that says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Literal

Locale = Literal["zh", "en"]

APART: dict[Locale, str] = {"zh": "、", "en": ", "}  # what stands between several things
NONE = "—"  # instead of several things of which there is none


@dataclass(frozen=True)
class Wording:
    """One sentence in both languages, with `{names}` for the facts. Call it with the facts to get a Message.

    `{count:row|rows}` is a figure with what it counts: `1 row`, `2 rows`. A fact may be several things, in a list, a tuple or
    a generator: `甲、乙` in Chinese, `甲, 乙` in English, and `—` where there is nothing in it.
    """

    zh: str
    en: str

    def __call__(self, **facts: object) -> Message:
        return Message(self, tuple((name, _kept(fact)) for name, fact in facts.items()))


@dataclass(frozen=True)
class Message:
    """A wording with its facts. A fact may itself be a Message, and so may each of several things."""

    wording: Wording
    facts: tuple[tuple[str, object], ...] = ()

    def text(self, locale: Locale) -> str:
        facts = {name: _told(fact, locale) for name, fact in self.facts}
        return _COUNTING.vformat(self.wording.zh if locale == "zh" else self.wording.en, (), facts)


def joined(items: Iterable[object], locale: Locale) -> str:
    """Several things in a line, each told in this language where it is a Message; empty where there is nothing."""
    return APART[locale].join(str(_told(item, locale)) for item in items)


def _kept(fact: object) -> object:
    """Several things as a tuple: so a Message can be told twice, and looked up."""
    return tuple(fact) if isinstance(fact, list | Iterator) else fact


def _told(fact: object, locale: Locale) -> object:
    if isinstance(fact, Message):
        return fact.text(locale)
    if isinstance(fact, tuple):
        return joined(fact, locale) or NONE
    return fact


class _Counting(Formatter):
    """What `str.format` does, and a figure with the word for one of it or the word for any other number."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        one, counts, many = format_spec.partition("|")
        if not counts:
            return super().format_field(value, format_spec)
        return f"{value} {one if str(value) == '1' else many}"


_COUNTING = _Counting()


class UnreadableError(ValueError):
    """A word that cannot be read as what was expected there; `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.text("en"))
        self.message = message


@dataclass(frozen=True)
class Problem:
    """One thing wrong in what was given: where (`file:line:column`, `file!sheet!B7`), and what."""

    where: str
    message: Message

    def text(self, locale: Locale) -> str:
        return f"{self.where}: {self.message.text(locale)}" if self.where else self.message.text(locale)


@dataclass
class Refused(Exception):
    """What was given cannot be taken. Carries every problem at once; nothing has been changed."""

    problems: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(problem.text("en") for problem in self.problems)


def refuse(message: Message, where: str = "") -> Refused:
    """The exception for a single problem, to be raised by the caller."""
    return Refused([Problem(where, message)])
