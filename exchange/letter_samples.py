"""Made-up letters with everything that a letter may hold: each reader, way and occasion, a short list, a long one and
none. An office's texts are tried on them, and a desk shows them before the first real one goes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from calendars.messages import Message, Wording
from workflows.letters import (
    Chance,
    Due,
    Lagging,
    Letter,
    Moment,
    Occasion,
    Reader,
    Unreached,
    Waiting,
    Watch,
    Way,
)

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2024, 12, 6, 0, 0, tzinfo=UTC)  # 8:00 of a Friday
# How long after that each occasion has its deadline, which is a midnight.
AHEAD: dict[Moment, timedelta] = {
    "before": timedelta(days=2, hours=16),
    "on the day": timedelta(hours=16),
    "repeated": timedelta(days=10, hours=16),
    "overdue": timedelta(days=-2, hours=-8),
    "escalated": timedelta(days=-6, hours=-8),
}
PROGRAMMES = ("龙城区教师信息技术应用能力提升", "校长任职资格培训")
COHORT = "数学一班"

POSTS = Wording(zh="还差{amount}帖", en="{amount:post|posts} short")
WORDS = Wording(zh="还差1篇（不少于800字）", en="1 short, of 800 characters at least")
WORTH = Wording(zh="完成可再得{amount}分", en="worth {amount:point|points} more")
NEED = Wording(zh="校本研修还差4学时", en="4 hours of school research short")
LOST_NEED = Wording(zh="线下集中研修缺勤", en="absent from the seminar")
NO_MAIL = Wording(zh="没有邮件地址", en="no mail address")
REFUSED = Wording(zh="邮件地址被拒收", en="the mail address was refused")

_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红"
_FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"


REVIEW, FILE = Wording(zh="审核", en="review"), Wording(zh="报送", en="filing")


def sample_letters() -> Iterator[Letter]:
    """Every sample, each with a key of its own."""
    for reader in get_args(Reader):
        for way in get_args(Way):
            for moment in get_args(Moment):
                for size in (0, 3, 45):
                    yield sample_letter(reader, way, moment, size)
    yield from _sparse()


def sample_letter(reader: Reader, way: Way, moment: Moment, size: int) -> Letter:
    """One letter for one occasion, with lists of so many people."""
    of = _occasion(moment, PROGRAMMES[0], "第一单元研讨")
    letter = Letter(
        key=f"sample-{reader}-{way}-{moment.replace(' ', '_')}-{size}",
        reader=reader, way=way, name=_NAMES[reader], address=_ADDRESSES[way],
        day=date(2024, 12, 6), at=AT, zone=ZONE,
    )  # fmt: skip
    watches = _watches(of, reader, size)
    if reader == "group":
        return replace(letter, watches=watches)
    waiting = Waiting(_occasion(moment, PROGRAMMES[1], "申报材料"), REVIEW(), _units(size))
    if reader == "organisation":
        return replace(letter, watches=watches, waiting=(waiting,), unreached=_unreached(of, size))
    voluntary = Due(
        _occasion(moment, PROGRAMMES[1], "读书沙龙"), "学员", (), WORTH(amount=2), obligatory=False
    )
    return replace(
        letter,
        dues=(
            Due(of, "学员", (POSTS(amount=3),), WORTH(amount=3)),
            Due(_occasion(moment, PROGRAMMES[0], "教学设计"), "学员", (WORDS(),), None),
            voluntary,
        ),
        chances=_chances(),
        watches=watches if size else (),
        unreached=_unreached(of, size),
        unsubscribe="k3v9q2",
    )


def _sparse() -> Iterator[Letter]:
    """Letters of one thing alone: what a text takes for granted is missing in some of them."""
    full = sample_letter("person", "mail", "before", 3)
    bare = replace(full, dues=(), chances=(), watches=(), unreached=(), unsubscribe=None)
    own = Waiting(_occasion("before", PROGRAMMES[1], "申报材料"), FILE(), ())
    parts: tuple[dict[str, object], ...] = (
        {"dues": full.dues[:1]}, {"chances": full.chances, "dues": full.dues[1:2]}, {"watches": full.watches},
        {"unreached": full.unreached}, {"waiting": (own,)},
    )  # fmt: skip
    for number, part in enumerate(parts):
        for way in get_args(Way):
            yield replace(
                bare,
                key=f"sample-sparse-{number}-{way}",
                way=way,
                address=_ADDRESSES[way],
                **part,  # type: ignore[arg-type]
            )


_NAMES: dict[Reader, str] = {"person": "张伟", "organisation": "龙城区教师发展中心", "group": COHORT}
_ADDRESSES: dict[Way, str] = {"mail": "reader@example.org", "chat": "wecombot://00000000-sample"}


def _occasion(moment: Moment, programme: str, name: str) -> Occasion:
    return Occasion(programme, COHORT, name, AT + AHEAD[moment], ZONE, moment)


def _watches(of: Occasion, reader: Reader, size: int) -> tuple[Watch, ...]:
    """What an organisation sees is spread over many units; work to be marked is a tutor's alone."""
    units = _units(40 if reader == "organisation" else 2)
    cohorts = ("数学一班", "数学二班", "语文一班", "英语一班") if reader == "organisation" else (COHORT,)
    found = []
    for at, cohort in enumerate(cohorts):
        people = tuple(_lagging(number, units, cohort) for number in range(at, size, len(cohorts)))
        if people:
            found.append(Watch(replace(of, cohort=cohort), people))
    if reader == "person" and size:
        unmarked = tuple(replace(_lagging(number, units, COHORT), short=()) for number in range(3))
        found.append(Watch(replace(of, name="教学设计"), unmarked, unmarked=True))
    return tuple(found)


def _lagging(number: int, units: tuple[str, ...], cohort: str) -> Lagging:
    name = _FAMILY[number % len(_FAMILY)] + _GIVEN[number % len(_GIVEN)]
    unit = units[(number * number) % len(units)]
    return Lagging(f"T{number:04d}", name, unit, cohort, (POSTS(amount=number % 4 + 1),))


def _units(count: int) -> tuple[str, ...]:
    return tuple(f"龙城区第{number}{'小学' if number % 3 else '中学'}" for number in range(1, count + 1))


def _chances() -> tuple[Chance, ...]:
    """One that can be reached, one that is, one that no longer can, and one whose conditions cannot be met."""
    gains = (("作业", 2000), ("研讨", 300))
    name = PROGRAMMES[0]
    return (
        Chance(name, "网络研修", "points", 6200, 8000, gains, needs=(NEED(),)),
        Chance(name, "校本研修", "hours", 3600, 3600, ()),
        Chance(name, "结业考核", "points", 4000, 8000, gains),
        Chance(name, "集中研修", "credits", 200, 200, (), lost=(LOST_NEED(),)),
    )


def _unreached(of: Occasion, size: int) -> tuple[Unreached, ...]:
    due = Due(of, "学员", (POSTS(amount=2),), WORTH(amount=2))
    return tuple(_no_address(number, due) for number in range(size))


def _no_address(number: int, due: Due) -> Unreached:
    why: Message = (NO_MAIL if number % 2 else REFUSED)()
    name = _FAMILY[number % len(_FAMILY)] + _GIVEN[-1 - number % len(_GIVEN)]
    return Unreached(f"T{number + 500:04d}", name, why, (due,))
