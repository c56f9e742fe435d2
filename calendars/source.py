"""A YAML file as a tree that remembers where everything stands and keeps what was written as it was written.

The ordinary YAML loader turns `24:00` into 1440 and `no` into False and lets a doubled key win, so a
calendar is read from YAML's own events: every scalar stays the text that the clerk typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category

import yaml

from calendars.messages import Message, Wording

Place = tuple[int, int]  # line and column, both from 1
Found = tuple[Place, Message]  # a problem and where it stands

MOST_CHARACTERS = 128 * 1024
DEEPEST = 16

TOO_LARGE = Wording(
    zh="文件有{found}个字符，太大了：一个学期日历最多{most}个字符",
    en="the file has {found} characters; a term calendar has at most {most}",
)
TOO_DEEP = Wording(
    zh="嵌套太深：最多{most}层",
    en="nested too deep: {most} levels at most",
)
SYNTAX = Wording(
    zh="YAML 语法错误（{reason}）：请检查这一行和上一行的引号、括号、缩进和冒号后的空格",
    en="this is not YAML ({reason}): look at the quotes, brackets, indents and the space after each colon here "
    "and in the line above",
)
UNPRINTABLE = Wording(zh="有看不见的控制字符", en="there is an invisible control character here")
NOT_A_MAPPING = Wording(
    zh="文件应由“键: 值”组成，以 programme: 开头",
    en="the file should be made of `key: value` lines, beginning with programme:",
)
SEVERAL_DOCUMENTS = Wording(
    zh="一个文件只写一个项目：这里又开始了一个文档（---）",
    en="one file is one programme: a second document (---) begins here",
)
ALIAS = Wording(
    zh="不能用引用 *{name}：请把内容再写一遍，使每一行都能对照文件",
    en="no aliases (*{name}): write it out, so that each line can be held against the document",
)
ANCHOR = Wording(zh="不能用锚点 &{name}", en="no anchors (&{name})")
TAG = Wording(zh="不能用标签 {name}", en="no tags ({name})")
DOUBLED = Wording(
    zh="“{key}”写了两次，第一次在第{line}行",
    en="{key!r} is written twice; the first stands in line {line}",
)
NOT_A_KEY = Wording(zh="键应是一个词", en="a key should be a word")
EMPTY = Wording(zh="“{key}”后面没有写内容", en="nothing is written after {key!r}")
EMPTY_ENTRY = Wording(zh="这一项是空的", en="this entry is empty")

_INVISIBLE = {"Cc", "Cf", "Cs"}  # control and formatting characters (copied from web pages), half characters


@dataclass
class Node:
    """A scalar's text, a list or a mapping, with the place where it begins."""

    value: str | list[Node] | dict[str, Node]
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)
    spoilt: bool = False  # something in it was wrong, so what depends on it cannot be judged

    def plain(self) -> Any:
        """The same without places: what pydantic reads."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        return [node.plain() for node in self.value] if isinstance(self.value, list) else self.value

    def child(self, step: object) -> Node | None:
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, dict) and isinstance(
            step, int
        ):  # a mapping that is read as a list of pairs
            return dict(enumerate(self.value.values())).get(step)
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def trail(self, path: Sequence[object]) -> Trail:
        """The nodes met along a path, each with the step that led to it.

        Steps that have no place in the file are passed over: a model may hold more than was written, such as
        the list around a single word, or the rule by which pydantic chose a class.
        """
        met: Trail = [(self, None)]
        for step in path:
            found = met[-1][0].child(step)
            if found is not None and isinstance(step, str | int):
                met.append((found, step))
        return met

    def at(self, path: Sequence[object]) -> Node:
        return self.trail(path)[-1][0]


Trail = list[tuple[Node, str | int | None]]  # nodes with the step that leads to each


@dataclass
class Source:
    """A file's tree and what is wrong with it as YAML. Without a root there is nothing more to say."""

    file: str
    root: Node | None = None
    found: list[Found] = field(default_factory=list)

    def report(self, place: Place, message: Message) -> None:
        self.found.append((place, message))


def read_source(text: str, file: str) -> Source:
    """Read a YAML text. Never raises: what is wrong with it stands in `found`."""
    source = Source(file)
    if len(text) > MOST_CHARACTERS:
        source.report((1, 1), TOO_LARGE(found=len(text), most=MOST_CHARACTERS))
        return source
    builder = _Builder(source)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(part for part in (error.context, error.problem) if part)
        source.report(_place(mark), SYNTAX(reason=reason))
    except yaml.reader.ReaderError as error:
        source.report(_place_of_character(text, error.position), UNPRINTABLE())
    except _TooDeepError as error:
        source.report(error.place, TOO_DEEP(most=DEEPEST))
    except (ValueError, OverflowError):  # PyYAML lets chr() fail on an escape beyond Unicode
        source.report(builder.last, SYNTAX(reason="an escape that is no character"))
    else:
        source.root = builder.finished()
    return source


class _TooDeepError(Exception):
    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


@dataclass
class _Open:
    """A list or mapping whose end has not come yet. `key` is a mapping's key that waits for its value."""

    node: Node
    key: tuple[str, Place] | None = None
    dropped: bool = False  # the key that waits is not to be kept


class _Builder:
    """Puts the nodes together as YAML's events come, and reports what a calendar does not allow."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.open: list[_Open] = []
        self.root: Node | None = None
        self.documents = 0
        self.last = (1, 1)

    def take(self, event: yaml.Event) -> None:
        self.last = place = _place(event.start_mark)
        match event:
            case yaml.DocumentStartEvent():
                self._begin_document(place)
            case yaml.AliasEvent():
                self.source.report(place, ALIAS(name=event.anchor))
                self._add(Node("", place, spoilt=True))
            case yaml.ScalarEvent():
                self._refuse_extras(event, place)
                self._add(self._scalar(event, place))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._refuse_extras(event, place)
                self._begin(Node({} if isinstance(event, yaml.MappingStartEvent) else [], place))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._add(self.open.pop().node)

    def finished(self) -> Node | None:
        if self.root is None or not isinstance(self.root.value, dict):
            self.source.report(self.root.place if self.root else (1, 1), NOT_A_MAPPING())
            return None
        return self.root

    def _begin_document(self, place: Place) -> None:
        self.documents += 1
        if self.documents == 2:
            self.source.report(place, SEVERAL_DOCUMENTS())

    def _begin(self, node: Node) -> None:
        if len(self.open) >= DEEPEST:
            raise _TooDeepError(node.place)
        self.open.append(_Open(node))

    def _refuse_extras(self, event: Any, place: Place) -> None:
        if event.anchor is not None:
            self.source.report(place, ANCHOR(name=event.anchor))
        if event.tag is not None:
            self.source.report(place, TAG(name=event.tag.replace("tag:yaml.org,2002:", "!!")))

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Node:
        text: str = event.value
        if any(category(character) in _INVISIBLE and character not in "\n\t" for character in text):
            self.source.report(place, UNPRINTABLE())
            return Node("", place, spoilt=True)
        if not text and event.implicit[0]:
            self._report_empty(place)
            return Node("", place, spoilt=True)
        return Node(text, place)

    def _report_empty(self, place: Place) -> None:
        waiting = self.open[-1].key if self.open else None
        if waiting is not None:
            self.source.report(waiting[1], EMPTY(key=shortened(waiting[0])))
        elif self.open:
            self.source.report(place, EMPTY_ENTRY())

    def _add(self, node: Node) -> None:
        if not self.open:
            self.root = self.root or node
            return
        around = self.open[-1]
        if isinstance(around.node.value, list):
            around.node.value.append(node)
        elif isinstance(around.node.value, dict):
            self._add_to_mapping(around, around.node.value, node)
        around.node.spoilt |= node.spoilt

    def _add_to_mapping(self, around: _Open, mapping: dict[str, Node], node: Node) -> None:
        if around.key is None:
            around.key, around.dropped = self._key(around.node, node)
            return
        (key, place), around.key = around.key, None
        if not around.dropped:
            mapping[key] = node
            around.node.keys[key] = place

    def _key(self, mapping: Node, node: Node) -> tuple[tuple[str, Place], bool]:
        """The key with its place, and whether it is to be dropped together with its value."""
        if not isinstance(node.value, str):
            self.source.report(node.place, NOT_A_KEY())
            return ("", node.place), True
        if node.value in mapping.keys:
            first = mapping.keys[node.value][0]
            self.source.report(node.place, DOUBLED(key=shortened(node.value), line=first))
            return (node.value, node.place), True
        return (node.value, node.place), node.spoilt


def shortened(text: str, most: int = 60) -> str:
    """What was found, short enough to stand in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _place(mark: Any) -> Place:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _place_of_character(text: str, position: int) -> Place:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
