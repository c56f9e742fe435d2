"""What was written in a feed is what two readers read: the library that wrote it, and ical.js, which works the zone out from
the file itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from exchange.feeds import feed_file
from models.types import seconds
from tests.support.feed_readers import read_back, read_by_another
from tests.support.story import Story
from tests.test_feeds import events, told
from workflows.feeds import Event, Feed, uid
from workflows.resolving import cancel, extend

ZONES = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
THREE_YEARS = 3 * 366 * 24 * 60
AWKWARD = (
    "语文，数学;英语,科学", "一行\n又一行\n", "反\\斜\\n杠", "表情😀👩‍🏫🇨🇳", "很长" * 400, "é́" * 60, '"引号" ^\'^n', "a:b=c;d", " 前后有空格 ",
    "BEGIN:VEVENT\nEND:VCALENDAR", "𠮷" * 80,
)  # fmt: skip


def facts(feed: Feed) -> dict[str, Any]:
    """What a reader should find."""
    zone = ZoneInfo(feed.zone)
    return {
        "name": feed.name,
        "method": "PUBLISH",
        "refresh": 12 * 3600,
        "zones": [feed.zone],
        "events": [
            {
                "uid": event.uid,
                "sequence": event.sequence,
                "status": "CANCELLED" if event.cancelled else "CONFIRMED",
                "transp": "TRANSPARENT",
                "summary": event.summary,
                "description": event.description,
                "starts": seconds(event.starts_at),
                "ends": seconds(event.ends_at),
                "day": _day(event.starts_at, zone),
                "stamp": seconds(event.changed_at),
                "modified": seconds(event.changed_at),
                "alarms": [
                    {"at": seconds(at), "action": "DISPLAY", "told": event.summary} for at in event.alarms
                ],
            }
            for event in feed.events
        ],
    }


def _day(at: datetime, zone: ZoneInfo) -> str:
    """As written: in the hour that comes twice, by UTC."""
    local = at.astimezone(zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return (at.astimezone(UTC) if twice else local).date().isoformat()


def both_read(found: Sequence[Feed], folder: Path) -> None:
    """Each reader finds in the files what the feeds say, and the same feed gives the same file."""
    files = []
    for number, feed in enumerate(found):
        content = feed_file(feed)
        assert content == feed_file(feed)
        assert read_back(content) == facts(feed)
        assert all(len(line) <= 75 for line in content.split(b"\r\n"))
        files.append(folder / f"{number}.ics")
        files[-1].write_bytes(content)
    for feed, read in zip(found, read_by_another(files), strict=True):
        assert read == facts(feed)


def made_up(zone: str, at: Sequence[datetime], name: str = "一班", words: Sequence[str] = ("作业",)) -> Feed:
    """A feed with something due at each instant, which rings at nine on some days before."""
    there = ZoneInfo(zone)
    rows = []
    for number, due in enumerate(at):
        starts, said = due - timedelta(minutes=30), words[number % len(words)]
        day = starts.astimezone(there).date()
        mornings = (datetime(*_before(day, days), 9, tzinfo=there).astimezone(UTC) for days in (7, 3, 1))
        rings = tuple(at for at in mornings if at < starts)
        thing = f"task:t{number}"
        key = uid("p", 1, "learner", thing)
        rows.append(
            Event(thing, key, number, BEGIN, number % 5 == 4, starts, due, said, f"{said}\n{said}", rings)
        )
    return Feed("p", 1, name, "learner", "学员", f"项目·{name}·学员", zone, tuple(rows))


def _before(day: Any, days: int) -> tuple[int, int, int]:
    earlier = day - timedelta(days=days)
    return earlier.year, earlier.month, earlier.day


def test_the_feeds_of_real_programmes_are_read_as_they_are_meant(engine: Engine, tmp_path: Path) -> None:
    found: list[Feed] = []
    for slug in ("longcheng-2024", "guopei-2016", "jinan-2020", "capability-2021"):
        story = Story(engine, slug)
        tiers = {"county": "区", "school": "校"}
        story.cohort("一班", *(tiers.get(tier, tier) for tier in story.calendar.tiers[-2:][::1]))
        found += told(story, "2015-01-01 00:00").values()
        if slug == "longcheng-2024":
            story.decide(
                extend, "一班", "marks in", story.at("2024-12-14 24:00"), effective="2015-01-02 00:00"
            )
            story.decide(cancel, "一班", "practice", effective="2015-01-02 00:00")
            found += told(story, "2015-01-03 00:00").values()
    assert {event.cancelled for feed in found for event in feed.events} == {True, False}
    assert sum(len(feed.events) for feed in found) > 300
    both_read(found, tmp_path)


def test_awkward_words_come_back_as_they_were(tmp_path: Path) -> None:
    due = [BEGIN + timedelta(days=day) for day in range(30)]
    both_read([made_up("Asia/Shanghai", due, name, AWKWARD) for name in AWKWARD], tmp_path)


@pytest.mark.parametrize("zone", ZONES)
def test_every_instant_around_a_change_of_the_clock_is_read_as_it_was(zone: str, tmp_path: Path) -> None:
    there, changes = ZoneInfo(zone), []
    for hour in range(3 * 366 * 24):
        at = BEGIN + timedelta(hours=hour)
        if at.astimezone(there).utcoffset() != (at + timedelta(hours=1)).astimezone(there).utcoffset():
            changes.append(at)
    minutes = range(-180, 240, 10)
    around = [at + timedelta(minutes=some) for at in [*changes, BEGIN] for some in minutes]
    assert bool(changes) == (zone not in {"Asia/Shanghai", "Asia/Kathmandu"})
    both_read([made_up(zone, sorted(around))], tmp_path)


def test_a_deadline_in_a_zone_with_summer_time_ends_with_its_day(engine: Engine, tmp_path: Path) -> None:
    text = Story.text_of("longcheng-2024").replace("zone: Asia/Shanghai", "zone: Europe/Berlin")
    text = text.replace("week 2..6 from 2024-10-25", "week 2..6 from 2024-10-25").replace(
        "2024-10-25", "2025-02-10"
    )
    text = text.replace("after scoring .. 2024-12-15", "after scoring .. 2025-04-02").replace(
        "2025-05-30", "2025-10-26"
    )
    text = text.replace("window: after closing", "window: after closing")
    story = Story(engine, text=text)
    story.cohort("一班", "龙城区")
    found = told(story, "2025-01-01 00:00")
    learner = events(found["learner"])
    observe = learner["task:observe"]  # due on the last Sunday of October, which has 25 hours
    assert observe.ends_at == datetime(2025, 10, 26, 23, tzinfo=UTC)
    assert [at.astimezone(story.calendar.zoneinfo).hour for at in observe.alarms] == [9, 9, 9]
    journal = learner["task:journal"]  # 7 days before it the clock showed winter time
    assert journal.ends_at == datetime(2025, 3, 23, 23, tzinfo=UTC)
    both_read([*found.values()], tmp_path)


letters = st.characters(exclude_categories=("C", "Zl", "Zp")) | st.sampled_from("\n\t,;:\\\"'^课é😀")
texts = st.text(letters, min_size=1, max_size=300)
instants = st.integers(0, THREE_YEARS).map(lambda minutes: BEGIN + timedelta(minutes=minutes))


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    zone=st.sampled_from(ZONES),
    at=st.lists(instants, max_size=12),
    name=texts,
    words=st.lists(texts, min_size=1, max_size=12),
)
def test_whatever_is_written_is_read_by_both(
    tmp_path: Path, zone: str, at: list[datetime], name: str, words: list[str]
) -> None:
    if at:
        both_read([made_up(zone, sorted(at), name, words)], tmp_path)
