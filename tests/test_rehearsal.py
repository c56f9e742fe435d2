"""A rehearsed term: each programme's, and a careless one, by which everything is found that may be overlooked."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine

from calendars.instants import Day, instant_of, read_expression
from calendars.reader import read_calendar
from models.database import reading, transaction
from office.made_up_terms import take_in
from office.rehearsal import A_FEW, OFFICE, Rehearsal, last_date, rehearse
from office.rehearsal_days import day_rows
from office.rehearsal_page import page_of
from office.rehearsal_remarks import remarks
from office.samples import write_samples
from tests.support.desk import Desk
from workflows.chronicle import chronicle
from workflows.next_night import next_due_after
from workflows.night import night
from workflows.publishing import publish

PROGRAMMES = Path(__file__).parent.parent / "calendars" / "programmes"

# Where each programme's cohorts stand in the end when nobody does anything: phase, kind of hold, on whom it waits.
STUCK = {
    "capability-2021": {(phase, "filing not accepted", "school") for phase in ("prepare", "develop", "results")},
    "capability-2021-certified": {
        (phase, "filing not accepted", "school") for phase in ("prepare", "develop", "results")
    },
    "capability-2021-steps": {
        ("prepare", "filing not accepted", "school"), ("prepare", "dates to be determined", "school"),
    },
    "guopei-2016": {
        ("research", "lesson study step not done", "tutor"), ("summary", "lesson study not complete", "tutor"),
        ("second", "dates to be determined", "county"), ("final", "previous phase not complete", "county"),
    },
    "jinan-2020": {("judging", "scores not reported", "city")},
    "lanxi-2019": {
        ("school", "scores not reported", "school"), ("recording", "previous phase not complete", "school"),
    },
    "longcheng-2024": {("review", "dates to be determined", "county")},
}  # fmt: skip

CARELESS = """\
programme: careless
name: 粗心的日历
zone: Asia/Shanghai
source: 通知
tiers: [school]
roles: {learner: 学员, tutor: 教师}
evidence:
  seen:      {name: 观看}
  handed_in: {name: 提交, unit: 份}
phases:
  - {id: first,  kind: online_study, name: 第一段, window: 2024-09-02 .. 2024-09-08}
  - {id: second, kind: assessment,   name: 第二段, window: 2024-09-11 .. 2024-09-15, locks: lock}
cutoffs:
  lock: end of second
tasks:
  - {id: video,  role: learner, phase: first, name: 视频, shows: seen}
  - {id: paper,  role: learner, phase: first, name: 论文, shows: handed_in, marked by: tutor, marks: [优秀, 合格]}
  - {id: early,  role: learner, phase: first, name: 短文, shows: handed_in, by: 2024-09-04}
  - {id: extra,  role: learner, phase: first, name: 加分, shows: handed_in}
assessments:
  - id: result
    of: learner
    name: 考核
    locks: lock
    pass: all of 2
    components:
      - {task: video, points: 1, rule: bands, bands: {0..4: 0, 5..: 1}}
      - {task: paper, points: 1, rule: mark, worth: {优秀: 0, 合格: 1}}
reminders:
  - {to: learner, about: [video, paper, early, extra], by: [1 day], on the day: yes}
  - {to: learner, about: paper, by: [14 days]}
"""


@cache
def rehearsed(slug: str) -> Rehearsal:
    words = (PROGRAMMES / f"{slug}.yaml").read_text(encoding="utf-8")
    return rehearse(read_calendar(words, slug), words)


def careless() -> Rehearsal:
    return rehearse(read_calendar(CARELESS, "careless.yaml"), CARELESS)


def day(text: str, found: Rehearsal) -> datetime:
    expression = read_expression(text)
    assert isinstance(expression, Day)
    return instant_of(expression, "start", found.calendar.zoneinfo)


def test_every_programme_is_rehearsed_here() -> None:
    assert sorted(STUCK) == sorted(file.stem for file in PROGRAMMES.glob("*.yaml"))


@pytest.mark.parametrize("slug", sorted(STUCK))
def test_who_does_everything_in_time_passes_and_no_phase_is_left(slug: str) -> None:
    found = rehearsed(slug)
    run, calendar = found.everybody, found.calendar
    passed, failed = (
        Counter[str]() + Counter({event.about: event.count for event in run.events if event.what == what})
        for what in ("pass", "fail")
    )
    assert not failed
    assessed = {one.id: sum(run.people[role] for role in one.of) for one in calendar.assessments}
    assert passed == assessed
    assert all(set(phase.states) == {"done"} for phase in run.phases)
    assert run.stuck == []
    assert page_of(found).well


@pytest.mark.parametrize("slug", sorted(STUCK))
def test_when_nobody_does_anything_each_programme_is_stuck_where_its_document_asks_for_something(
    slug: str,
) -> None:
    found = rehearsed(slug)
    assert {(hold.phase, hold.kind, hold.waits_on) for hold in found.nobody.stuck} == STUCK[slug]
    assert len({hold.cohort for hold in found.nobody.stuck}) == found.nobody.cohorts
    assert not any(event.what == "pass" for event in found.nobody.events)
    written = page_of(found)
    assert {one.phase for one in written.stuck} == {
        found.calendar.phase(phase).name for phase, _, _ in STUCK[slug]
    }


def test_dates_to_be_determined_are_told_with_the_day_from_which_they_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """G16-02."""
    monkeypatch.setenv("YANXIU_LOCALE", "zh")
    (undated,) = page_of(rehearsed("guopei-2016")).undated
    assert undated.name == "第二学期（计划待定）"
    assert undated.supposed == "假定 2017-03-01 周三 00:00 至 2017-06-30 周五 24:00"
    assert undated.holds == "从 2017-03-01 周三 00:00 起卡住，等区县"


def test_a_lock_that_is_to_be_determined_is_set_by_the_office_and_holds_otherwise() -> None:
    words = CARELESS.replace("lock: end of second", "lock: tbd")
    found = rehearse(read_calendar(words, "careless.yaml"), words)
    assert [phase.states for phase in found.everybody.phases] == [{"done": 4}, {"done": 4}]
    assert [phase.states for phase in found.nobody.phases] == [{"done": 4}, {"held": 4}]
    (undated,) = page_of(found).undated
    assert (undated.name, undated.supposed) == ("lock", "supposed: 2024-09-15 Sun 24:00")


def test_what_repeats_is_one_row_and_each_run_has_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """J20-03: each night, who has not chosen courses, to the unit."""
    monkeypatch.setenv("YANXIU_LOCALE", "zh")
    rows = day_rows(rehearsed("jinan-2020"))
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    (daily,) = [row for row in rows if row.what.startswith("提醒学校：自主选课（每天")]
    assert daily.day == "2020-11-07 周六 00:00"
    assert daily.nobody == "4个单位 × 55次，至 2020-12-31 周四 00:00"
    (locked,) = [row for row in rows if row.what == "“主持人考核与学分登记”锁定"]
    assert (locked.day, locked.everybody, locked.nobody) == ("2021-04-30 周五 24:00", "6个班级", "—")


def test_days_of_no_phase_and_a_lock_on_a_rest_day_are_found() -> None:
    """G16-01: between two phases there are days that belong to none."""
    told = [remark.text("en") for remark in remarks(rehearsed("guopei-2016"))]
    assert told[:4] == [
        "no phase has 2016-10-11 (1 day)",
        "no phase has 2016-12-31 to 2017-01-02 (3 days)",
        "no phase has 2017-01-21 to 2017-02-28 (39 days)",
        "总结阶段 locks on 2017-07-30 Sun, which is no working day",
    ]
    nothing = [remark.text("en") for remark in remarks(rehearsed("capability-2021-steps"))]
    assert nothing == []


def test_a_careless_calendar_is_told_everything_that_its_office_would_miss() -> None:
    found = careless()
    assert [remark.text("en") for remark in remarks(found)] == [
        "even when everybody does everything in time, 12 people fail 考核: look at its components",
        "no phase has 2024-09-09 to 2024-09-10 (2 days)",
        "第二段 locks on 2024-09-15 Sun, which is no working day",
        "学员 is reminded of 论文 on 2024-08-26, before its phase opens (2024-09-02)",
        "学员 is reminded of 短文 on 2024-09-06, when it is over (2024-09-04)",
    ]
    assert not page_of(found).well


def test_the_rehearsal_is_what_one_night_at_the_end_would_do(engine: Engine, tmp_path: Path) -> None:
    """ALL-04: the days on which nights are run were rightly chosen, none is missing; on either database."""
    found = rehearsed("lanxi-2019")
    words = (PROGRAMMES / "lanxi-2019.yaml").read_text(encoding="utf-8")
    (roster,) = [file for file in write_samples(found.calendar, tmp_path, A_FEW) if file.kind == "roster"]
    with transaction(engine) as session:
        publish(session, words, found.calendar, "项目办", roster.received_at)
        take_in(session, found.calendar, roster, OFFICE(), roster.received_at)
    night(engine, found.until, found.until)
    with reading(engine) as session:
        assert chronicle(session, "lanxi-2019") == found.nobody.events
        assert next_due_after(session, found.until) is not None  # reminders of what is overdue go on


def test_a_run_up_to_a_day_knows_nothing_of_later_days() -> None:
    whole = rehearsed("longcheng-2024")
    words = (PROGRAMMES / "longcheng-2024.yaml").read_text(encoding="utf-8")
    until = day("2024-12-16", whole)
    part = rehearse(whole.calendar, words, until)
    for run in ("everybody", "nobody"):
        told = [event for event in getattr(whole, run).events if event.at <= until]
        assert getattr(part, run).events == told
    assert part.nobody.nights < whole.nobody.nights
    assert last_date(whole.term) > until
    assert all(row.last >= until for row in day_rows(whole, until))


def test_a_clerk_gets_a_table_a_program_json_and_an_office_a_workbook(tmp_path: Path) -> None:
    desk, file, out = Desk(tmp_path / "home"), tmp_path / "careless.yaml", tmp_path / "rehearsal.xlsx"
    file.write_text(CARELESS)
    answer = desk.types("calendar", "rehearse", file, "--from", "2024-09-04", "--json", "--out", out)
    assert answer.code == 3  # even when everybody does everything, somebody fails
    facts: dict[str, Any] = answer.json
    assert facts["days"][0]["day"] == "2024-09-06 Fri 00:00"
    assert facts["days"][-1]["what"] == "cutoff: lock"
    assert len(facts["remarks"]) == 5
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Day by day", "What may be overlooked"]
    assert [cell.value for cell in book["Day by day"][1]] == [
        "Day", "What happens", "Everybody in time", "Nobody does anything",
    ]  # fmt: skip
    assert book["Day by day"].max_row == len(facts["days"]) + 1
    assert not desk.home.exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--out", "there.xlsx"], "is not overwritten"),
        (["--out", "plain.txt"], ".xlsx is expected"),
        (["--from", "2024-09-10", "--until", "2024-09-08"], "should be after --from"),
        (["--until", "soon"], "soon"),
    ],
)
def test_what_is_wrong_with_the_options_is_told_before_anything_is_run(
    options: list[str], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("careless.yaml").write_text(CARELESS)
    Path("there.xlsx").write_text("years of work")
    answer = Desk(tmp_path / "home").types("calendar", "rehearse", "careless.yaml", *options)
    assert answer.code == 1
    assert why in answer.errors
    assert Path("there.xlsx").read_text() == "years of work"
