"""`yanxiu extend` and its like behind a night that is late: what is due by then is done first for that cohort, and the answer
is that of an office whose night was in time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from models.database import open_database
from models.nights import Extension, Night, Resolution
from models.verdicts import Seal
from tests.support.desk import MARKS, PEOPLE_AND_RECORDS, Desk, example_office, take_in

SLUG = ["-p", "longcheng-2024"]
WHY = ["--reason", "停电", "--name", "陈主任", "--at", "2024-12-17 10:00"]
LOCK = ["extend", *SLUG, "--cutoff", "training lock", "--to", "2024-12-20", *WHY]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No night has run, and nothing is marked."""
    return example_office(tmp_path_factory.mktemp("example"), *PEOPLE_AND_RECORDS).home


@pytest.fixture
def office(imported: Path, tmp_path: Path) -> Desk:
    shutil.copytree(imported, tmp_path / "home")
    return Desk(tmp_path / "home")


def marked(office: Desk) -> None:
    take_in(office, MARKS)


def counted(office: Desk, *tables: type) -> list[int]:
    with Session(open_database(f"sqlite:///{office.home / 'yanxiu.sqlite'}")) as session:
        return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


def test_what_a_hold_has_kept_from_locking_is_extended_without_a_night(office: Desk) -> None:
    told = office.expects(*LOCK).out
    assert told.count("it takes effect at 2024-12-17 10:00") == 2  # both cohorts wait for marks
    assert counted(office, Resolution, Seal, Night) == [2, 0, 0]
    marked(office)
    office.expects("night", "--as-of", "2024-12-20")
    assert counted(office, Seal)[0] >= 2
    assert office.types("seal", "verify").code == 0


@pytest.mark.parametrize(
    "words",
    [LOCK, ["cancel", *SLUG, "--phase", "courses", "--cohort", "语文班", *WHY]],
    ids=["extend", "cancel"],
)
def test_what_a_night_in_time_would_have_locked_is_refused_and_nothing_is_kept(
    office: Desk, words: list[str]
) -> None:
    marked(office)
    answer = office.types(*words)
    assert (answer.code, answer.out) == (1, "")
    assert "is past" in answer.errors
    assert counted(office, Resolution, Seal, Night) == [0, 0, 0]


def test_one_persons_task_and_that_of_a_whole_school_likewise(office: Desk) -> None:
    """The lock was moved in time; that the courses had ended is what no night has told yet."""
    moved = [*LOCK[:-1], "2024-12-12 10:00"]
    office.expects(*moved)
    task = ["extend", *SLUG, "--task", "研修日志", "--to", "2024-12-19", *WHY]
    office.expects(*task, "--person", "LC003")
    office.expects(*task, "--organisation", "龙城区")
    assert counted(office, Extension)[0] > 1


def test_one_persons_task_is_refused_where_its_scores_would_be_sealed(office: Desk) -> None:
    marked(office)
    task = ["extend", *SLUG, "--task", "研修日志", "--to", "2024-12-15", *WHY]
    for whom in (["--person", "LC003"], ["--organisation", "龙城区"]):
        answer = office.types(*task, *whom)
        assert answer.code == 1
        assert "are sealed" in answer.errors
    assert counted(office, Extension, Seal) == [0, 0]


def test_what_is_still_to_come_cannot_be_told_and_waits_for_the_night(office: Desk) -> None:
    """Nothing is done ahead of its time: a decision for tomorrow about what is due today."""
    later = [word if word != "2024-12-17 10:00" else "2999-01-01 10:00" for word in LOCK]
    later[later.index("2024-12-20")] = "2999-02-01"
    answer = office.types(*later)
    assert answer.code == 1
    assert "run yanxiu night first" in answer.errors
