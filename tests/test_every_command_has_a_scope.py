"""Each command, typed by an operator of another county, is refused, writes nothing and stands in the access log."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from models.appeals import Appeal
from models.database import open_database, transaction
from models.filings import Filing
from models.people import Organisation
from tests.support.decided import DECIDED
from tests.support.desk import Desk
from tests.support.operators import appoint
from tests.support.story import Story
from tests.test_every_command_answers_programs import ALL

SLUG = ["-p", "generated"]
GROUP = ["-p", "guopei-2016", "--cohort", "语文组"]
WHY = ["--reason", "x"]
LATER = ["--to", "2024-03-20"]
PERSON = [*SLUG, "--person", "N00000"]

# What tells of nobody: calendars, empty forms, where cohorts stand, an office's own texts. `groups form` reads a file that
# whoever types it has; `init`, `up` and `demo` are the program itself; `doctor` and `restore` look at a machine and a folder,
# and know of no operator before there is a database.
OPEN = {
    "init", "up", "demo", "calendar check", "calendar show", "calendar schema", "calendar rehearse", "calendar picture",
    "template", "contact template", "doctor", "restore", "groups form", "status", "holds", "reminders check",
}  # fmt: skip
FILES = {
    "roster import": "人员编号,姓名,角色,班级,区县,学校\nT1,孙老师,学员,甲班,龙城区,第一小学\n",
    "evidence import": "人员编号,任务,类型,发生时间,来源,记录编号\nN00000,论文,提交,2024-03-05 20:00,平台,R1\n",
    "marks import": "人员编号,任务,得分\nN00000,论文,优秀\n",
    "exception import": "人员编号,种类,原因,决定人\nN00000,退出,调离,王\n",
    "filing import": "上报事项,件号,办理,环节,区县,学校,经办人\n方案,1,通过,县接收,龙城区,第一小学,王\n",
}
GROUP_FILES = {
    "peers import": "互评,评价组,被评组,得分,评语,评价人\n组互评,语文组,语文组,80,好,张组长\n",
    "steps import": "研修组,步骤,完成时间\n语文组,磨课计划研讨,2016-10-18\n",
}
RUBRIC = "学校,任务,项目,类别,满分\n第一小学,school_score,听课,活动,40\n"
TYPED: dict[str, list[str]] = {
    "person show": ["N00000"], "person erase": ["--person", "N00000", *WHY],
    "person expire": ["--before", "2030-01-01", *WHY], "key list": [], "key rotate": [], "backup": [], "move": ["--to", "sqlite:///new"],
    "reminders resume": ["--drop-none", *WHY],
    "operator add": ["x"], "operator list": [], "operator retire": ["x"], "operator log": [],
    "calendar publish": ["{calendar}"], "calendar ical": ["--out", "{new}"],
    **{name: [*SLUG, "{file}"] for name in FILES},
    "rubric import": ["-p", "lanxi-2019", "{file}"], "contact import": ["{file}"], "contact list": [],
    "work export": [*SLUG, "--out", "{new}"],
    "filing file": [*SLUG, "--filing", "plan", "--organisation", "第一小学"],
    "filing pass": [*SLUG, "--case", "1", "--tier", "county"],
    "filing return": [*SLUG, "--case", "1", "--tier", "county", *WHY],
    "filing refuse": [*SLUG, "--case", "1", "--tier", "county", *WHY],
    "filing take-back": [*SLUG, "--case", "1"],
    "filing extend": [*SLUG, "--filing", "plan", "--organisation", "第一小学", "--tier", "school", *LATER, *WHY],
    "filing list": SLUG, "filing show": [*SLUG, "1"],
    "filing export": [*SLUG, "--filing", "plan", "{new}"],
    "filing print": [*SLUG, "--filing", "plan", "--organisation", "第一小学", "{new}"],
    "peers list": ["-p", "guopei-2016"], "peers export": ["-p", "guopei-2016", "{new}"],
    "peers give": [*GROUP, "--on", "语文组", "--comment", "x", "--name", "组长"],
    **{name: ["-p", "guopei-2016", "{file}"] for name in GROUP_FILES},
    "steps list": ["-p", "guopei-2016"], "steps done": [*GROUP, "--step", "plan"],
    "steps return": [*GROUP, *WHY], "steps waive": [*GROUP, "--step", "plan", *WHY],
    "steps extend": [*GROUP, "--step", "plan", *LATER, *WHY],
    "night": [], "reminders send": [], "reminders preview": [], "reminders unreachable": [],
    "reminders unsubscribe": ["0" * 32],
    "set-dates": [*SLUG, "--phase", "study", "--opens", "2024-03-04", *WHY],
    "extend": [*SLUG, "--phase", "study", *LATER, *WHY],
    "waive": [*SLUG, *WHY], "accept": [*SLUG, *WHY],
    "lock": [*SLUG, "--phase", "study", "--cohort", "甲班", *WHY],
    "cancel": [*SLUG, "--phase", "study", "--cohort", "甲班", *WHY],
    "exception exempt": [*PERSON, *WHY], "exception readmit": [*PERSON, *WHY], "exception withdraw": [*PERSON, *WHY],
    "exception transfer": [*PERSON, "--to", "甲班", *WHY],
    "exception prior": [*PERSON, "--task", "course", "--amount", "1", "--done", "2024-01-01", *WHY],
    "exception list": SLUG,
    "review list": ["-p", "longcheng-2024"], "review show": ["-p", "longcheng-2024", "N00001"],
    "review export": ["-p", "longcheng-2024", "{new}"],
    "review refuse": [*SLUG, "N00000", "essay", *WHY], "review accept": [*SLUG, "N00000", "essay", *WHY],
    "review done": [*SLUG, *WHY],
    "penalty list": SLUG,
    **{f"penalty {act}": [*SLUG, *WHY, "--penalty", "no_plan", "--at", "2024-03-08"] for act in ("apply", "waive")},
    "penalty extend": [*SLUG, *LATER, *WHY, "--penalty", "no_plan", "--at", "2024-03-08"],
    "likeness list": ["-p", "longcheng-2024"],
    **{f"likeness {act}": ["-p", "longcheng-2024", "--person", "N00001", *WHY] for act in ("confirm", "clear")},
    "likeness show": ["-p", "longcheng-2024", "--person", "N00001"],
    "appeal file": [*PERSON, "--assessment", "online", *WHY],
    **{f"appeal {act}": ["1", *SLUG, *WHY] for act in ("take-up", "withdraw")},
    "appeal extend": ["1", *SLUG, *LATER, *WHY],
    **{f"appeal {act}": ["1", *SLUG, *WHY, "--second-name", "陈主任"] for act in ("refuse", "grant")},
    "appeal list": SLUG, "appeal show": ["1", *SLUG],
    "revoke": [*PERSON, "--assessment", "online", *WHY],
    "explain": ["N00000"], "results export": [*SLUG, "--out", "{new}"],
    **{f"lists {name}": SLUG for name in ("statistics", "honours", "resources", "not-chosen", "owing")},
    "lists summary": [*SLUG, "--out", "{new}"],
    "seal verify": [], "seal heads": [],
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office of four programmes with a cohort of one county in each, and an operator of another county."""
    desk = Desk(tmp_path_factory.mktemp("office"))
    desk.expects("init")
    engine = open_database(f"sqlite:///{desk.home / 'yanxiu.sqlite'}")
    generated, plain = Story(engine, "generated", DECIDED), Story(engine, "longcheng-2024")
    generated.cohort("甲班", "龙城区", "第一小学")
    generated.enrol("李老师", "learner", "甲班", "龙城区", "第一小学")
    generated.shows("李老师", "essay", at="2024-03-05 20:00")
    generated.night("2024-03-15 00:30")  # nobody has marked it, and a plan is owed
    plain.others = 1
    plain.cohort("一班", "龙城区", "第一小学")
    plain.enrol("赵老师", "learner", "一班", "龙城区", "第一小学")
    own = Story(engine, "lanxi-2019")
    own.cohort("丙班", "龙城区", "第一小学")
    own.enrol("孙老师", "learner", "丙班", "龙城区", "第一小学")
    group = Story(engine, "guopei-2016")
    group.cohort("语文组", "龙城区", "第一小学")
    group.organisation("凤山区", "第二小学")
    with transaction(engine) as session:
        school = (
            session.execute(select(Organisation.id).where(Organisation.name == "第一小学")).scalars().first()
        )
        place = {"organisation_id": school, "stands_at": "county", "state": "passing"}
        if not session.execute(select(Filing.id).where(Filing.id == 1)).scalar():
            session.add(
                Filing(id=1, programme_id=generated.programme_id, kind="plan", period="", subject="", **place)
            )
        session.add(Appeal(id=1, enrolment_id=generated.people["李老师"], assessment="online", entry=0))
    appoint(engine, "周主任", organisations=["凤山区"])
    appoint(engine, "陈主任")
    engine.dispose()
    return desk.home


def test_every_command_is_tried_or_tells_of_nobody() -> None:
    assert ALL.keys() - OPEN - {"reminders"} == TYPED.keys()


@pytest.mark.parametrize("name", sorted(TYPED))
def test_a_command_is_refused_beyond_the_scope(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shutil.copytree(made, tmp_path / "home")
    desk, new, file = Desk(tmp_path / "home"), tmp_path / "new.xlsx", tmp_path / "file.csv"
    file.write_text((FILES | GROUP_FILES | {"rubric import": RUBRIC}).get(name, "a,b\n1,2\n"))
    calendar = tmp_path / "calendar.yaml"
    calendar.write_text(DECIDED)
    known = {"{new}": str(new), "{file}": str(file), "{calendar}": str(calendar)}
    monkeypatch.setenv("YANXIU_OPERATOR", "周主任")
    refused = desk.types(*name.split(), *(known.get(word, word) for word in TYPED[name]))
    assert (refused.code, refused.out, new.exists()) == (1, "", False), refused
    assert "the scope of operator '周主任' is" in refused.errors
    monkeypatch.delenv("YANXIU_OPERATOR")
    (*_, line) = desk.expects("operator", "log", "--json").json
    assert (line["operator"], line["act"], line["refused"]) == ("周主任", name, True)
