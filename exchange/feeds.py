"""A feed as an iCalendar file (RFC 5545) that phones and Outlook read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, vText
from icalendar import Event as Component

from exchange.feed_zones import zone_component
from workflows.feeds import Event, Feed

PRODID = "-//Yanxiu//Deadlines of a term//ZH"
LOOK_AGAIN = timedelta(hours=12)  # how often a subscriber may ask for what is new


def feed_file(feed: Feed) -> bytes:
    """The whole file. The same feed gives the same bytes."""
    zone, name = (
        ZoneInfo(feed.zone),
        vText(feed.name),
    )  # of a text that it does not know the library escapes nothing
    calendar = Calendar()
    for key, value in (
        ("version", "2.0"), ("prodid", PRODID), ("method", "PUBLISH"), ("calscale", "GREGORIAN"), ("name", name),
        ("x-wr-calname", name), ("x-wr-timezone", feed.zone), ("x-published-ttl", "PT12H"),
    ):  # fmt: skip
        calendar.add(key, value)
    calendar.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    if feed.events:
        years = [at.year for event in feed.events for at in (event.starts_at, event.ends_at, *event.alarms)]
        calendar.add_component(zone_component(zone, min(years) - 1, max(years) + 1))
    for event in feed.events:
        calendar.add_component(_component(event, zone))
    return calendar.to_ical()


def _component(event: Event, zone: ZoneInfo) -> Component:
    starts = _written(event.starts_at, zone)
    component = Component()
    for key, value in (
        ("uid", event.uid), ("sequence", event.sequence), ("dtstamp", event.changed_at),
        ("last-modified", event.changed_at), ("dtstart", starts), ("dtend", _written(event.ends_at, zone)),
        ("summary", event.summary), ("description", event.description), ("transp", "TRANSPARENT"),
        ("status", "CANCELLED" if event.cancelled else "CONFIRMED"),
    ):  # fmt: skip
        component.add(key, value)
    for at in event.alarms:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", event.summary)
        alarm.add("trigger", _clock(at.astimezone(starts.tzinfo)) - _clock(starts))
        component.add_component(alarm)
    return component


def _written(at: datetime, zone: ZoneInfo) -> datetime:
    """By the office's clock, but in UTC for the hour that the clock shows twice, which a reader takes for the first."""
    local = at.astimezone(zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return at.astimezone(UTC) if twice else local


def _clock(local: datetime) -> datetime:
    """Days are counted by the clock, whatever hour is left out or comes twice between."""
    return local.replace(tzinfo=None)
