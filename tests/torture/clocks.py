"""The machine in another zone, its clock moved back, leap days, ends of months, 24:00, summer time: the same seals, and nothing
that is locked is open again."""

from __future__ import annotations

import itertools
import json
import os
import time
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calendars.messages import Refused
from models.database import open_database
from models.migrating import upgrade
from tests.support.story import Story
from tests.torture.forked import begun, ended
from tests.torture.promise import Promise
from workflows.night import night

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")
LAST_DAYS = (
    "2024-02-29", "2024-02-28", "2023-02-28", "2024-03-30", "2024-03-31", "2024-10-26", "2024-10-27", "2024-11-03", "2024-12-31",
    "2024-04-30",
)  # fmt: skip
MACHINES = (
    "UTC",
    "Asia/Shanghai",
    "America/Los_Angeles",
    "Pacific/Kiritimati",
    "Europe/Berlin",
    "Nowhere/Unknown",
)
CASES = [*itertools.product(ZONES, LAST_DAYS)]

CALENDAR = """
programme: clocks
name: 时钟
zone: {zone}
source: 某某文件
tiers: [county, school]
roles: {{learner: 学员}}
evidence: {{handed_in: {{name: 提交, unit: 份}}}}
phases:
  - {{id: courses, kind: online_study, name: 课程, window: {first} .. {last}, locks: lock}}
cutoffs: {{lock: {last} 24:00}}
tasks: [{{id: work, role: learner, phase: courses, shows: handed_in, name: 作业}}]
assessments:
  - {{id: term, of: learner, locks: lock, pass: 50 of 100, components: [{{task: work, points: 100, rule: flat}}]}}
"""


def attempt(number: int, folder: Path) -> None:
    """On every machine; the seals are by the calendar's midnight, which the standard library knows too."""
    zone, last = CASES[number % len(CASES)]
    told = [_told(zone, last, machine, folder) for machine in MACHINES]
    assert all(one == told[0] for one in told), f"{zone}, {last}: {told}"
    midnight = datetime.combine(
        date.fromisoformat(last) + timedelta(days=1), datetime.min.time(), ZoneInfo(zone)
    )
    assert told[0]["locked"] == [int(midnight.timestamp())], f"{zone}, {last}: {told[0]}"
    assert told[0]["results"] == ["合格", "不合格", "不合格"], f"{zone}, {last}: {told[0]}"


def _told(zone: str, last: str, machine: str, folder: Path) -> dict[str, object]:
    answer = folder / f"clocks-{os.getpid()}.json"
    assert ended(begun(partial(_live, zone, last, machine, folder, answer))) == 0, (
        f"{zone}, {last}, {machine}"
    )
    found: dict[str, object] = json.loads(answer.read_text())
    return found


def _live(zone: str, last: str, machine: str, folder: Path, answer: Path) -> None:
    """One hands in a second before midnight, one at midnight, one after it; then the clock goes back."""
    os.environ["TZ"] = machine
    time.tzset()
    file = folder / f"clocks-{os.getpid()}.sqlite"
    engine = open_database(f"sqlite:///{file}")
    upgrade(engine)
    first = date.fromisoformat(last).replace(day=1)
    story = Story(engine, text=CALENDAR.format(zone=zone, first=first, last=last))
    story.cohort("一班", "一县", "一小")
    midnight = story.at(f"{last} 24:00").astimezone(UTC)
    for name, late in (("甲", -1), ("乙", 0), ("丙", 1)):
        story.enrol(name, "learner", "一班", "一县", "一小")
        happened = (midnight + timedelta(seconds=late)).astimezone(story.calendar.zoneinfo)
        story.shows(name, "work", at=f"{happened:%Y-%m-%d %H:%M:%S}")
    night(engine, midnight - timedelta(seconds=1), midnight)
    assert story.states("一班") == {"courses": "open"}
    night(
        engine, midnight + timedelta(minutes=30), midnight - timedelta(days=400)
    )  # the clock is more than a year behind
    sealed, states = story.seals(), story.states("一班")
    with pytest.raises(Refused):
        night(engine, midnight - timedelta(days=1), midnight - timedelta(days=1))
    night(engine, midnight + timedelta(minutes=30), midnight - timedelta(days=800))
    assert (story.seals(), story.states("一班")) == (sealed, states)
    heads, sheets = [row for row in sealed if len(row) == 6], [row for row in sealed if len(row) == 4]
    locked = [int(row[3].timestamp()) for row in heads]
    told = {
        "heads": [row[5] for row in heads],
        "locked": locked,
        "results": [row[2] for row in sheets],
        "states": states,
    }
    answer.write_text(json.dumps(told))
    engine.dispose()
    for left in folder.glob(f"{file.name}*"):
        left.unlink()


CLOCKS = Promise(
    "clocks and zones: the same seals, and nothing unlocks", len(CASES), 6, attempt, each=len(MACHINES)
)
