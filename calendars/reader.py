"""From a calendar file's text to a checked TermCalendar, or to every problem in it at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from calendars.checks import found_in
from calendars.draft import Declared
from calendars.messages import Problem, Refused, Wording
from calendars.readings import expected_kinds, in_words, is_of_kind
from calendars.source import Found, Node, Place, Trail, read_source
from calendars.term import TermCalendar

_MAPPINGS = ("roles", "evidence", "cutoffs")
_OPTIONAL = [
    field.alias or name for name, field in TermCalendar.model_fields.items() if not field.is_required()
]

MORE = Wording(zh="还有{count}处问题没有列出", en="{count:more problem is|more problems are} not listed")
MOST_LISTED = 200


def read_calendar(text: str, file: str, *, published: bool = False) -> TermCalendar:
    """Read and check one programme. Raises Refused with all problems, each at `file:line:column`. One that was `published`
    has been checked at the desk, and is not refused for what the office's files say today."""
    source = read_source(text, file)
    found = [*source.found]
    calendar = None
    if source.root is not None:
        declared = Declared.by(source.root)
        calendar, errors = _validated(source.root)
        found += _structural(source.root, errors)
        checked = calendar or _what_is_left(source.root, errors)
        if checked is not None:
            found += found_in(checked, source.root, declared, published=published)
    if found or calendar is None:
        raise Refused(_in_order(file, found))
    return calendar


def _validated(root: Node) -> tuple[TermCalendar | None, Sequence[Mapping[str, Any]]]:
    try:
        return TermCalendar.model_validate(root.plain(), by_alias=True, by_name=False), []
    except ValidationError as refused:
        return None, refused.errors(include_url=False)


def _what_is_left(root: Node, errors: Sequence[Mapping[str, Any]]) -> TermCalendar | None:
    """The calendar without its malformed parts, so that the rest can be checked in the same go."""
    left_out: set[int] = set()
    for error in errors:
        trail = root.trail(error["loc"])
        unknown_key = str(error["loc"][-1]) if error["type"] == "extra_forbidden" else None
        part = _dispensable(trail, unknown_key)
        if part is None:
            return None
        left_out.add(id(part))
        for node, _ in trail[1:]:
            node.spoilt = True
    _leave_out(root, left_out)
    return _validated(root)[0]


def _dispensable(trail: Trail, unknown_key: str | None) -> Node | None:
    """The smallest part around a malformed value that a calendar can do without."""
    for depth in range(len(trail) - 1, 0, -1):
        (around, _), (node, step) = trail[depth - 1], trail[depth]
        declared = depth == 2 and trail[1][1] in _MAPPINGS
        optional = depth == 1 and step in _OPTIONAL
        unknown = depth == len(trail) - 1 and step == unknown_key
        if isinstance(around.value, list) or declared or optional or unknown:
            return node
    return None


def _leave_out(node: Node, parts: set[int]) -> None:
    if isinstance(node.value, list):
        node.value = [entry for entry in node.value if id(entry) not in parts]
        children = node.value
    elif isinstance(node.value, dict):
        node.value = {key: value for key, value in node.value.items() if id(value) not in parts}
        children = list(node.value.values())
    else:
        return
    for child in children:
        _leave_out(child, parts)


def _structural(root: Node, errors: Sequence[Mapping[str, Any]]) -> list[Found]:
    """Each pydantic error in words, at the node that it is about."""
    at: dict[Place, list[Mapping[str, Any]]] = {}
    inside: set[int] = set()  # nodes in which something more exact was found
    for error in errors:
        trail = [node for node, _ in root.trail(error["loc"])]
        if isinstance(trail[-1].value, str) and trail[-1].spoilt:
            continue  # reported already, as YAML
        inside.update(id(node) for node in trail[:-1])
        at.setdefault(_place(root, error), []).append({**error, "node": trail[-1]})
    found: list[Found] = []
    for place in sorted(at):
        kinds = [error for error in at[place] if is_of_kind(error)]
        others = [error for error in at[place] if not is_of_kind(error)]
        if len(found) > MOST_LISTED:  # it will be counted and not listed: finding the words for it takes long
            found += [(place, MORE(count=number)) for number in range(len(others or kinds[:1]))]
            continue
        found += [(place, in_words(error)) for error in others]
        if kinds and not others and not any(id(error["node"]) in inside for error in kinds):
            found.append((place, expected_kinds(kinds)))
    return found


def _place(root: Node, error: Mapping[str, Any]) -> Place:
    """A key's own place if the key is wrong, else the place of the value."""
    *path, last = error["loc"]
    if error["type"] == "extra_forbidden":
        return root.at(path).keys.get(str(last), root.at(path).place)
    if path and isinstance(path[-1], int) and last == 0:  # the first of a pair is the mapping's key
        pairs = list(root.at(path[:-1]).keys.values())
        return pairs[path[-1]] if path[-1] < len(pairs) else root.at(path).place
    if last == "[key]":
        return root.at(path[:-1]).keys.get(str(path[-1]), root.at(path).place)
    if error["type"].startswith("union_tag_"):
        return root.at((*error["loc"], "rule")).place
    return root.at(error["loc"]).place


def _in_order(file: str, found: Sequence[Found]) -> list[Problem]:
    """As one reads the file, from the top; a hopeless file is not listed to its end."""
    unique = dict.fromkeys(sorted(found, key=lambda one: one[0]))
    listed = [
        Problem(f"{file}:{line}:{column}", message) for (line, column), message in list(unique)[:MOST_LISTED]
    ]
    if len(unique) > MOST_LISTED:
        listed.append(Problem(file, MORE(count=len(unique) - MOST_LISTED)))
    return listed
