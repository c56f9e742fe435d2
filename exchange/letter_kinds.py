"""What a name in a template of letters can be, as far as its text tells: one of the views, a list of them, a word, a number.

A kind is a set, for a name may be one thing or another; the empty set is a thing of which the text does not tell.
"""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from exchange.letter_views import LetterView

Kind = frozenset[Any]
ANYTHING: Kind = frozenset()
WORD: Kind = frozenset({str})
NUMBER: Kind = frozenset({int})


@dataclass(frozen=True)
class Many:
    """A list of things of a kind."""

    of: Kind


@lru_cache(maxsize=256)
def kind_of(hint: Any) -> Kind:
    """The kind of what a type annotation promises."""
    origin = get_origin(hint)
    if origin is tuple:
        return frozenset({Many(kind_of(get_args(hint)[0]))})
    if origin is UnionType:
        return either(*map(kind_of, get_args(hint)))
    return frozenset({hint})


def either(*kinds: Kind) -> Kind:
    return ANYTHING if ANYTHING in kinds else frozenset().union(*kinds)


@lru_cache(maxsize=256)
def fields_of(view: type) -> dict[str, Kind]:
    """The fields of a view with the kind of each."""
    return {name: kind_of(hint) for name, hint in get_type_hints(view).items()}


def part(kind: Kind, name: str) -> tuple[Kind, list[str]]:
    """The kind of `thing.name`; where a thing of that kind has none such, the names that it has."""
    found = []
    for one in kind:
        known = _names(one)
        if name not in known:
            return ANYTHING, list(known)
        found.append(known[name])
    return (either(*found) if found else ANYTHING), []


def _names(one: Any) -> dict[str, Kind]:
    """The fields of a view; of a word, a number or a list what these have by themselves."""
    if is_dataclass(one) and not isinstance(one, Many):
        return fields_of(one)  # type: ignore[arg-type]
    members = dir(tuple if isinstance(one, Many) else one)
    return {name: ANYTHING for name in members if not name.startswith("_")}


def elements(kind: Kind) -> Kind | None:
    """The kind of what a loop over it goes through, or None if it cannot."""
    found = []
    for one in kind:
        if not isinstance(one, Many):
            return None
        found.append(one.of)
    return either(*found) if found else ANYTHING


def many(kind: Kind) -> Kind:
    return frozenset({Many(kind)})


def views() -> list[type]:
    """Every class of which a letter's view is made."""
    found: dict[type, None] = {}
    ahead: list[Any] = [LetterView]
    while ahead:
        one = ahead.pop()
        if isinstance(one, Many):
            ahead += one.of
        elif is_dataclass(one) and one not in found:
            found[one] = None  # type: ignore[index]
            ahead += [kind for kinds in fields_of(one).values() for kind in kinds]  # type: ignore[arg-type]
    return list(found)
