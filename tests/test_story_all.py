"""ALL-01: the office writes the calendar, has it checked, looks at it as a picture, rehearses the term, publishes it.

As a clerk types it, on an office's own database; a rehearsal leaves that as it was.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from models.terms import Cohort, Edition
from models.work import Enrolment
from tests.support.desk import Answer

CALENDAR = """\
programme: spring-2031
name: 某县2031年春季教师研修
zone: Asia/Shanghai
source: 某县教育局 2031-02-10 通知
tiers: [county, school]
roles: {learner: 参训学员, tutor: 辅导教师}
evidence:
  minutes:   {name: 学习时间, unit: 分钟}
  handed_in: {name: 提交, unit: 份}
phases:
  - {id: study,  kind: online_study, name: 网络研修, window: 2031-03-03 .. 2031-03-16}
  - {id: review, kind: assessment,   name: 考核,     window: tbd within 2031-03-17 .. 2031-04, locks: lock}
cutoffs:
  lock: end of review
tasks:
  - {id: lessons, role: learner, phase: study, name: 课程学习, shows: minutes, needs: 300}
  - {id: essay,   role: learner, phase: study, name: 作业, shows: handed_in, marked by: tutor, marks: [合格, 不合格]}
assessments:
  - id: result
    of: learner
    name: 结业考核
    locks: lock
    pass: 60 of 100
    components:
      - {task: lessons, points: 40, rule: proportional, full at: 300}
      - {task: essay,   points: 60, rule: mark, worth: {合格: 60, 不合格: 0}}
gates:
  - {before: lock, require: all handed in work marked, waits on: tutor}
reminders:
  - {to: learner, about: [lessons, essay], by: [3 days]}
"""


class Clerk:
    """Somebody at an office's desk."""

    def __init__(self, home: Path, database_url: str, aside: Path) -> None:
        self.home, self.url, self.aside = home, database_url, aside

    def types(self, *words: object) -> Answer:
        """The command as a process of its own."""
        office = {
            "YANXIU_HOME": self.home, "YANXIU_LOCALE": "zh", "YANXIU_DATABASE_URL": self.url, "TMPDIR": self.aside,
            "PYTHONUTF8": "1",
        }  # fmt: skip
        command = [Path(sys.executable).parent / "yanxiu", *words]
        found = subprocess.run(
            [str(word) for word in command], env=os.environ | {name: str(value) for name, value in office.items()},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return Answer(found.returncode, found.stdout, found.stderr)

    def counts(self) -> list[int]:
        """How many editions, cohorts and enrolments stand in the office's database."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = [
                connection.execute(select(func.count()).select_from(kind)).scalar_one()
                for kind in (Edition, Cohort, Enrolment)
            ]
        engine.dispose()
        return found


@pytest.mark.demand("ALL-01")
def test_all_01_a_calendar_is_written_checked_drawn_rehearsed_and_published(
    tmp_path: Path, database_url: str
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    clerk, file = Clerk(tmp_path / "home", database_url, aside), tmp_path / "spring.yaml"

    file.write_text(CALENDAR.replace("locks: lock}", "locks: lok}", 1))
    checked = clerk.types("calendar", "check", file)
    assert checked.code == 1
    assert f"{file}:12:" in checked.out
    for command in (["rehearse", file], ["picture", file, tmp_path / "spring.png"]):
        refused = clerk.types("calendar", *command)
        assert refused.code == 1
        assert set(refused.errors.splitlines()) <= set(checked.out.splitlines())
        assert f"{file}:12:" in refused.errors
    assert not (tmp_path / "spring.png").exists()

    file.write_text(CALENDAR)
    asked = clerk.types("calendar", "check", file)  # reminders go by working days, and 2031 is far away
    assert (asked.code, "holidays.yaml" in asked.out) == (1, True)
    clerk.home.mkdir(exist_ok=True)
    (clerk.home / "holidays.yaml").write_text("2031:\n  off: [2031-05-01..2031-05-05]\n")
    assert clerk.types("calendar", "check", file).code == 0
    drawn = clerk.types("calendar", "picture", file, tmp_path / "spring.png")
    assert (drawn.code, drawn.out.strip()) == (0, f"已写出 {tmp_path / 'spring.png'}")
    assert (tmp_path / "spring.png").read_bytes().startswith(b"\x89PNG")

    rehearsed = clerk.types("calendar", "rehearse", file)
    assert rehearsed.code == 0, rehearsed.errors
    told = rehearsed.out
    assert "2031-03-03 周一 00:00 │ “网络研修”开始" in told
    assert "提醒参训学员：课程学习、作业（截止前3天；截止 2031-03-16 周日 24:00）" in told
    assert "“考核”不能开始，日期待定，等区县" in told
    assert "从 2031-03-17 周一 00:00 起卡住，等区县" in told
    assert "人人按时完成：考核全部合格（12份成绩）；各阶段都完成" in told
    assert "没有人做：没有锁定任何成绩；没有完成的阶段：考核（卡住）" in told
    assert clerk.counts() == [0, 0, 0]
    assert [one.name for one in clerk.home.iterdir()] == ["holidays.yaml"]
    assert [*aside.iterdir()] == []

    assert [clerk.types(*words).code for words in (["init"], ["operator", "add", "陈主任"])] == [0, 0]
    published = clerk.types("calendar", "publish", "--name", "陈主任", file)
    assert published.code == 0, published.errors
    assert published.out.startswith("某县2031年春季教师研修：第1版")
    assert clerk.counts() == [1, 0, 0]
