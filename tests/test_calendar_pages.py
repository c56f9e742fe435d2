"""A term as tables, and each rule in one line: what an office holds against its document."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from calendars.pages import Table, term_table
from calendars.reader import read_calendar
from calendars.rules.component import RULES as CLASSES
from calendars.rules.component import Component
from calendars.term import TermCalendar

PROGRAMMES = Path(__file__).parent.parent / "calendars" / "programmes"
FILES = sorted(PROGRAMMES.glob("*.yaml"))


def read(file: Path) -> TermCalendar:
    return read_calendar(file.read_text(encoding="utf-8"), file.name)


def table(calendar: TermCalendar, title: str) -> Table:
    return next(found for found in term_table(calendar, "zh") if found.title == title)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_row_has_a_cell_for_each_heading(file: Path, locale: str) -> None:
    tables = term_table(read(file), "zh" if locale == "zh" else "en")
    for found in tables:
        assert all(len(row) == len(found.headings) for row in found.rows)
        assert all(isinstance(cell, str) for row in found.rows for cell in row)


def test_phases_are_shown_in_the_offices_days() -> None:
    rows = table(read(PROGRAMMES / "longcheng-2024.yaml"), "阶段").rows
    assert rows[1][:5] == ["courses", "远程课程学习", "网络研修", "2024-11-01 00:00", "2024-12-05 24:00"]


def test_dates_to_be_determined_are_called_so() -> None:
    rows = table(read(PROGRAMMES / "guopei-2016.yaml"), "阶段").rows
    assert any("待定" in row[3] for row in rows)


def test_cutoffs_stand_beside_what_was_written() -> None:
    rows = table(read(PROGRAMMES / "longcheng-2024.yaml"), "截止").rows
    assert ["work in", "2024-12-05 24:00", "end of courses"] in rows


def test_tasks_stand_by_role() -> None:
    calendar = read(PROGRAMMES / "longcheng-2024.yaml")
    rows = table(calendar, "任务").rows
    roles = [row[0] for row in rows]
    assert roles == sorted(roles, key=list(calendar.roles.values()).index)


RULES: list[tuple[dict[str, object], str, str]] = [
    (
        {"rule": "proportional", "points": "40", "full at": "750"},
        "满750得40，不足按比例",
        "40 from 750 upward, in proportion below",
    ),
    ({"rule": "count", "points": "20"}, "每一得1，最多20", "1 for each, 20 at most"),
    ({"rule": "flat", "points": "20"}, "满1得20，否则0", "20 from 1 upward, else 0"),
    (
        {"rule": "flat", "points": "20", "over": "cohort", "at least": "30"},
        "全班合计：满30得20，否则0",
        "of the whole cohort together: 20 from 30 upward, else 0",
    ),
    (
        {"rule": "weekly", "points": "30", "at least": "2"},
        "每周满2，每一周都满得30，缺一周按比例少得",
        "at least 2 a week: 30 for every week, in proportion for fewer",
    ),
    (
        {"rule": "weekly", "points": "30", "weeks": "20"},
        "每周满1，20周都满得30，缺一周按比例少得",
        "at least 1 a week: 30 for 20 weeks, in proportion for fewer",
    ),
    (
        {"rule": "on time plus mark", "points": "20", "on time": "10", "mark": {"优": "10", "良": "8"}},
        "按时提交得10，另加 优 10, 良 8；未按时0；最多20",
        "10 for handing in on time, and 优 10, 良 8; 0 if late; 20 at most",
    ),
    ({"rule": "mark", "points": "20"}, "评阅得分，最多20", "the marker's score, 20 at most"),
    (
        {"rule": "mark", "points": "20", "bands": {"优秀": "18..20", "良好": "12..17.9"}},
        "评阅得分，最多20；优秀 18..20, 良好 12..17.9",
        "the marker's score, 20 at most; 优秀 18..20, 良好 12..17.9",
    ),
    ({"rule": "mark", "points": "1", "worth": {"合格": "1"}}, "按等级：合格 1", "by grade: 合格 1"),
    (
        {"rule": "bands", "points": "20", "bands": {"0": "5", "1..9": "10", "10..": "20"}},
        "按分段：0 5, 1..9 10, 10.. 20；其余0",
        "by band: 0 5, 1..9 10, 10.. 20; otherwise 0",
    ),
    (
        {"rule": "rubric", "points": "40", "items": {"出勤": "20", "笔记": "20"}},
        "评分项合计：出勤 20, 笔记 20",
        "the sum of the items: 出勤 20, 笔记 20",
    ),
    (
        {"rule": "rubric", "points": "40", "items": "by school"},
        "学校自定评分项，合计40",
        "items set by each school, 40 in all",
    ),
    (
        {"rule": "rate", "points": "40", "of": "essay"},
        "已交作业的批阅率达到100% 得40，否则0",
        "40 if 100% of what was handed in is marked, else 0",
    ),
    (
        {"rule": "rate", "points": "40", "of": "essay", "full at": "90%", "below": "proportional"},
        "已交作业的批阅率达到90% 得40，不足按比例",
        "40 if 90% of what was handed in is marked, in proportion below",
    ),
    (
        {"rule": "all or nothing", "credits": "10"},
        "每一项的环节全部完成才得分，缺一项环节为0；共10",
        "an item counts only when each of its steps is done; 10 in all",
    ),
    (
        {"rule": "sides", "points": "100", "sides": {"自评": "40%", "互评": "60%"}},
        "多方评价加权：自评 40%, 互评 60%；满分100",
        "weighted sides: 自评 40%, 互评 60%; 100 at most",
    ),
    (
        {
            "rule": "best of",
            "points": "2",
            "take": "2",
            "of": [{"rule": "count", "task": "a", "points": "1"}] * 2,
        },
        "取最好的2项：a（每一得1，最多1）；a（每一得1，最多1）",
        "the best 2 of: a (1 for each, 1 at most); a (1 for each, 1 at most)",
    ),
    (
        {"rule": "least of", "points": "1", "of": [{"rule": "count", "task": "a", "points": "1"}]},
        "取最低的一项：a（每一得1，最多1）",
        "the least of: a (1 for each, 1 at most)",
    ),
    (
        {
            "rule": "multiple",
            "points": "2",
            "times": "2",
            "of": [{"rule": "count", "task": "a", "points": "1"}],
        },
        "下列合计的2倍，最多2：a（每一得1，最多1）",
        "2 times the sum of these, 2 at most: a (1 for each, 1 at most)",
    ),
]


@pytest.mark.parametrize(("written", "zh", "en"), RULES, ids=[en for _, _, en in RULES])
def test_a_rule_is_told_in_one_line(written: dict[str, object], zh: str, en: str) -> None:
    component: Component = TypeAdapter(Component).validate_python(written)
    assert component.in_words().text("zh") == zh
    assert component.in_words().text("en") == en


def test_no_rule_is_left_out() -> None:
    told = {type(TypeAdapter(Component).validate_python(written)) for written, _, _ in RULES}
    assert told == set(CLASSES)
