"""`yanxiu extend` for one person, for the cohorts of an organisation, and what it refuses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from calendars.messages import Refused
from models.database import open_database
from models.nights import Extension, Resolution
from tests.support.desk import MARKS, PEOPLE_AND_RECORDS, Desk, example_office
from tests.support.story import Story
from workflows.known import cohorts_under

SLUG = ["-p", "longcheng-2024"]
WHY = ["--reason", "住院三天", "--name", "陈主任", "--at", "2024-12-04 10:00"]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example_office(tmp_path_factory.mktemp("example"), *PEOPLE_AND_RECORDS, *MARKS).home


@pytest.fixture
def office(imported: Path, tmp_path: Path) -> Desk:
    shutil.copytree(imported, tmp_path / "home")
    return Desk(tmp_path / "home")


def test_the_paper_on_which_an_extension_rests_is_kept(office: Desk) -> None:
    words = ("--person", "LC003", "--task", "研修日志", "--to", "2024-12-08", "--document", "医院证明")
    office.expects(*extend(*words))
    office.expects(*extend("--cutoff", "marks in", "--to", "2024-12-14", "--document", "教字7号"))
    with Session(open_database(f"sqlite:///{office.home / 'yanxiu.sqlite'}")) as session:
        assert session.execute(select(Extension.document)).scalar_one() == "医院证明"
        assert set(session.execute(select(Resolution.document)).scalars()) == {"教字7号"}


def extend(*words: str) -> list[str]:
    return ["extend", *SLUG, *WHY, *words]


def test_one_persons_task_is_extended_scored_and_explained(office: Desk) -> None:
    told = office.expects(*extend("--person", "LC003", "--task", "研修日志", "--to", "2024-12-08")).out
    assert told.splitlines() == [
        "LC003 (语文班), 研修日志: extended until 2024-12-08 24:00; kept, it takes effect at 2024-12-04 10:00"
    ]
    office.expects("night", "--as-of", "2024-12-15")
    explained = office.types("explain", "LC003", language="zh").out
    assert (
        "“研修日志”的截止时间由 陈主任 为此人从 2024-12-05 24:00 延长到 2024-12-08 24:00，理由：住院三天"
        in explained
    )
    assert "不计" not in explained.partition("骨干教师认定")[0]
    line = next(
        line
        for line in office.expects("explain", "LC003", "--json").json[0]["lines"]
        if line["key"] == "journal"
    )
    assert (line["points"], line["deadline"]) == (2000, "2024-12-08T16:00:00+00:00")
    assert line["extended"] == [
        {"task": "研修日志", "cohorts": "2024-12-05T16:00:00+00:00", "until": "2024-12-08T16:00:00+00:00",
         "name": "陈主任", "reason": "住院三天"}
    ]  # fmt: skip
    assert office.types("seal", "verify").code == 0
    assert "延长" not in office.types("explain", "LC001", language="zh").out


def test_a_phase_of_one_person_is_extended_for_programs(office: Desk) -> None:
    answer = office.expects(
        *extend("--person", "LC003", "--phase", "courses", "--to", "2024-12-08", "--json")
    ).json
    assert [row["task"] for row in answer] == ["study", "modules", "assignment", "journal", "talk"]
    assert answer[0] == {
        "person": "LC003", "cohort": "语文班", "task": "study", "extension": 1,
        "until": "2024-12-08T16:00:00+00:00", "effective_at": "2024-12-04T02:00:00+00:00",
    }  # fmt: skip


def test_all_cohorts_of_an_organisation_are_extended(office: Desk) -> None:
    moved = extend("--organisation", "龙城区", "--cutoff", "training lock", "--to", "2024-12-20", "--json")
    assert {row["cohort"] for row in office.expects(*moved).json} == {"数学班", "语文班"}
    wrong = office.types(
        *extend("--organisation", "龙成区", "--cutoff", "training lock", "--to", "2024-12-20")
    )
    assert (wrong.code, wrong.errors.strip()) == (
        1, "no cohort of longcheng-2024 is under an organisation '龙成区'; is it '龙城区'?",
    )  # fmt: skip


PERSON = ["--person", "LC003"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*PERSON], "for a person, say either --task or --phase"),
        ([*PERSON, "--task", "journal", "--phase", "courses"], "for a person, say either --task or --phase"),
        ([*PERSON, "--task", "journal", "--cohort", "语文班"], "--cohort: --cohort is about cohorts"),
        ([*PERSON, "--task", "journal", "--organisation", "龙城区"], "--organisation: --organisation is about"),
        ([*PERSON, "--cutoff", "work in"], "--cutoff: --cutoff is about cohorts"),
        (["--task", "journal"], "--task: --task is for one person or the people of an organisation"),
        (["--cohort", "语文班", "--organisation", "龙城区", "--phase", "courses"], "say either --cohort or --organ"),
        (["--organisation", "龙城区"], "say either --phase or --cutoff"),
        ([*PERSON, "--task", "jurnal"], "--task: there is no task 'jurnal'. Did you mean 'journal'?"),
        ([*PERSON, "--phase", "第九阶段"], "--phase: there is no phase '第九阶段'"),
        (["--person", "LC999", "--task", "journal"], "--person: nobody with number 'LC999' takes part in longcheng"),
        ([*PERSON, "--task", "brief"], "班级简报 is no task of a 参训学员"),
        ([*PERSON, "--task", "journal", "--to", "2024-12-05"], "is not later than this person's present deadline"),
        ([*PERSON, "--task", "journal", "--to", "2024-12-16"], "extend the cutoff 'training lock' first"),
        ([*PERSON, "--task", "journal", "--to", "somewhen"], "--to: cannot read the time 'somewhen'"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_a_line(office: Desk, words: list[str], said: str) -> None:
    to = [] if "--to" in words else ["--to", "2024-12-08"]
    answer = office.types(*extend(*words, *to))
    assert (answer.code, answer.out) == (1, "")
    assert said in answer.errors
    assert len(answer.errors.splitlines()) == 1
    chinese = office.types(*extend(*words, *to), language="zh").errors
    assert not {"is about", "cannot", "either"} & set(chinese.split())


# ---------------------------------------------------------------------- the cohorts of an organisation


@pytest.fixture
def counties(engine: Engine) -> Story:
    """Two counties, each with a school of the same name; one of them has a school that is called as the county."""
    story = Story(engine, "longcheng-2024")
    for name, path in (
        ("东一班", ("东县", "中心小学")),
        ("东二班", ("东县", "中心小学")),
        ("东县班", ("东县", "东县")),
        ("西班", ("西县", "中心小学")),
    ):
        story.cohort(name, *path)
    story.organisation("西县", "新建小学")
    return story


@pytest.mark.parametrize(
    ("name", "cohorts"),
    [
        ("东县", {"东一班", "东二班", "东县班"}),
        ("西县", {"西班"}),
        ("东县/东县", {"东县班"}),
        ("东县/中心小学", {"东一班", "东二班"}),
        ("西县 / 中心小学", {"西班"}),
    ],
)
def test_an_organisation_has_its_own_cohorts_and_those_below(
    counties: Story, name: str, cohorts: set[str]
) -> None:
    with Session(counties.engine) as session:
        assert {cohort.name for cohort in cohorts_under(session, "longcheng-2024", name)} == cohorts


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("中心小学", "several organisations are called '中心小学'; write which, with those above it: 东县/中心小学, 西县/中心小学"),
        ("新建小学", "no cohort of longcheng-2024 is under an organisation '新建小学'"),
        ("东县/新建小学", "no cohort of longcheng-2024 is under"),
        ("", "no cohort of longcheng-2024 is under an organisation ''"),
    ],
)  # fmt: skip
def test_a_name_that_is_none_or_several_is_refused(counties: Story, name: str, said: str) -> None:
    with Session(counties.engine) as session, pytest.raises(Refused) as refused:
        cohorts_under(session, "longcheng-2024", name)
    assert str(refused.value).startswith(said)
