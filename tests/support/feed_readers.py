"""Two readers of .ics files: the library that wrote them, and ical.js, which goes by the zone that the file itself tells."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar, Event

from models.types import seconds

HERE = Path(__file__).parents[1] / "second_reader"
PARTS = ("package.json", "package-lock.json", "read.js")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "yanxiu-tests"


def read_back(content: bytes) -> dict[str, Any]:
    """What the library reads: the feed's name, and its events by what identifies them."""
    calendar = Calendar.from_ical(content)
    return {
        "name": _unescaped(str(calendar["X-WR-CALNAME"])),
        "method": str(calendar["METHOD"]),
        "refresh": int(calendar["REFRESH-INTERVAL"].dt.total_seconds()),
        "zones": [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")],
        "events": [_event(one) for one in calendar.walk("VEVENT")],
    }


def _event(one: Event) -> dict[str, Any]:
    starts: datetime = one["DTSTART"].dt
    return {
        "uid": str(one["UID"]),
        "sequence": int(one["SEQUENCE"]),
        "status": str(one["STATUS"]),
        "transp": str(one["TRANSP"]),
        "summary": str(one["SUMMARY"]),
        "description": str(one["DESCRIPTION"]),
        "starts": seconds(starts),
        "ends": seconds(one["DTEND"].dt),
        "day": starts.date().isoformat(),
        "stamp": seconds(one["DTSTAMP"].dt),
        "modified": seconds(one["LAST-MODIFIED"].dt),
        "alarms": [
            {
                "at": seconds(starts + alarm["TRIGGER"].dt),
                "action": str(alarm["ACTION"]),
                "told": str(alarm["DESCRIPTION"]),
            }
            for alarm in one.walk("VALARM")
        ],
    }


def read_by_another(files: Sequence[Path]) -> list[dict[str, Any]]:
    """The same, as ical.js reads the files."""
    command = ["node", str(_installed() / "read.js"), *map(str, files)]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    read: list[dict[str, Any]] = json.loads(found.stdout)
    return [one | {"name": _unescaped(one["name"])} for one in read]


def _unescaped(text: str) -> str:
    """What the name of a calendar says: a text to those that show it, and an unknown word to both readers."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


@cache
def _installed() -> Path:
    """Where ical.js is, as locked: installed once for each lock. Where it cannot be: skipped, or failed if required."""
    digest = hashlib.sha256(b"".join((HERE / part).read_bytes() for part in PARTS)).hexdigest()
    place = CACHE / f"second-reader-{digest[:16]}"
    if place.is_dir():
        return place if shutil.which("node") else _lacking("there is no node")
    if not (shutil.which("node") and shutil.which("npm")):
        return _lacking("there is no node, or no npm")
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        for part in PARTS:
            shutil.copy(HERE / part, folder)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            return _lacking(f"npm ci: {done.stderr.strip()[-300:]}")
        try:
            shutil.copytree(folder, CACHE / f"{place.name}.{os.getpid()}")
            (CACHE / f"{place.name}.{os.getpid()}").rename(place)
        except OSError:  # another worker was quicker
            shutil.rmtree(CACHE / f"{place.name}.{os.getpid()}", ignore_errors=True)
    return place


def _lacking(why: str) -> Path:
    if os.environ.get("YANXIU_TEST_REQUIRE") == "all":
        pytest.fail(f"YANXIU_TEST_REQUIRE=all, but no second reader of calendars: {why}")
    pytest.skip(f"no second reader of calendars: {why}")
