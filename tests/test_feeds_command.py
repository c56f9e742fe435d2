"""`yanxiu calendar ical` as a clerk types it, and the folder that it leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
from icalendar import Calendar

from exchange.feed_folder import Replacing, stems
from models.terms import Cohort
from tests.support.desk import PEOPLE_AND_RECORDS, Desk, example_office

SLUG = "longcheng-2024"
ROLES = ("learner", "tutor", "organiser", "county", "school")
EXTENDING = (
    "--programme", SLUG, "--cohort", "数学班", "--cutoff", "training lock", "--to", "2024-12-18", "--reason", "雪灾",
    "--name", "陈主任", "--at", "2024-12-01 09:00",
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return example_office(tmp_path / "office", *PEOPLE_AND_RECORDS[:1])


def files(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()
    }


def test_each_cohort_and_role_has_a_file_and_the_second_time_none_is_touched(
    desk: Desk, tmp_path: Path
) -> None:
    out = tmp_path / "feeds"
    answer = desk.expects("calendar", "ical", "--out", out)
    assert answer.out.split(": ")[1].strip() == "10 feeds, 10 of them new or changed"
    before = files(out)
    assert set(before) == {f"{SLUG}/{cohort}-{role}.ics" for cohort in ("数学班", "语文班") for role in ROLES}
    assert all(Calendar.from_ical(content).walk("VEVENT") for content in before.values())
    times = {name: (out / name).stat().st_mtime_ns for name in before}
    answer = desk.types("calendar", "ical", "--out", out, language="en")
    assert answer.out.split(": ")[1].strip() == "10 feeds, 0 of them new or changed"
    assert files(out) == before
    assert {name: (out / name).stat().st_mtime_ns for name in before} == times


def test_only_what_has_changed_is_written_and_told_to_a_program(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "feeds"
    desk.expects("calendar", "ical", "--out", out)
    before = files(out)
    desk.expects("extend", *EXTENDING)
    told = desk.expects("calendar", "ical", "--out", out, "--json").json
    changed = {one["file"] for one in told["feeds"] if one["changed"]}
    assert changed == {f"{SLUG}/数学班-{role}.ics" for role in ROLES}
    assert {name for name, content in files(out).items() if content != before[name]} == changed
    assert told["folder"] == str(out)
    assert told["feeds"][0].keys() == {
        "programme", "cohort", "role", "role_name", "file", "events", "cancelled", "changed",
    }  # fmt: skip


def test_a_file_that_was_lost_is_written_again_as_it_was(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "feeds"
    desk.expects("calendar", "ical", "--out", out)
    before = files(out)
    (out / SLUG / "语文班-learner.ics").unlink()
    (out / SLUG / "语文班-tutor.ics").write_bytes(b"half of")
    desk.expects("calendar", "ical", "--out", out)
    assert files(out) == before
    desk.expects("calendar", "ical", "--out", tmp_path / "elsewhere")
    assert files(tmp_path / "elsewhere") == before


@pytest.mark.parametrize("role", ["learner", "参训学员"])
def test_one_role_of_one_cohort_alone(desk: Desk, tmp_path: Path, role: str) -> None:
    out = tmp_path / "feeds"
    desk.expects("calendar", "ical", "-p", SLUG, "--cohort", "语文班", "--role", role, "--out", out)
    assert set(files(out)) == {f"{SLUG}/语文班-learner.ics"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--role", "参训学生"), "--role: there is no role '参训学生'; is it '参训学员'?"),
        (("--cohort", "语文斑"), "--cohort: there is no cohort '语文斑'; is it '语文班'?"),
        (("--programme", SLUG, "--cohort", "语文斑"), "--cohort: there is no cohort '语文斑'."),
        (("--programme", "longcheng"), "no programme 'longcheng' is published"),
    ],
)
def test_who_is_not_there_is_refused_with_the_nearest_and_nothing_is_written(
    desk: Desk, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    answer = desk.runs("calendar", "ical", *words, "--out", tmp_path / "feeds")
    assert (answer.code, answer.out) == (1, "")
    assert said in answer.errors
    assert not (tmp_path / "feeds").exists()


def test_where_nothing_can_be_written_it_says_so_and_nothing_is_lost(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    answer = desk.runs("calendar", "ical", "--out", tmp_path / "taken")
    assert answer.code == 1
    assert str(tmp_path / "taken") in answer.errors
    assert "Traceback" not in answer.errors
    told = desk.expects("calendar", "ical", "--out", tmp_path / "feeds", "--json").json
    assert all(one["changed"] and one["cancelled"] == 0 for one in told["feeds"])
    sequences = {
        event["SEQUENCE"]
        for content in files(tmp_path / "feeds").values()
        for event in Calendar.from_ical(content).walk("VEVENT")
    }
    assert sequences == {0}


def test_without_cohorts_it_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.begins("陈主任")
    assert desk.expects("calendar", "ical", "--out", tmp_path / "feeds").out == (
        "there are no cohorts, and no feed was written\n"
    )


def test_files_come_to_stand_there_together_or_not_at_all(tmp_path: Path) -> None:
    with Replacing(tmp_path) as first:
        first.add(Path("p/one.ics"), b"1")
    with pytest.raises(KeyError):
        _fails_in_the_middle(tmp_path)
    assert files(tmp_path) == {"p/one.ics": b"1"}


def _fails_in_the_middle(folder: Path) -> None:
    with Replacing(folder) as second:
        assert second.add(Path("p/one.ics"), b"2")
        assert second.add(Path("p/two.ics"), b"2")
        assert files(folder)["p/one.ics"] == b"1"
        raise KeyError


def test_names_of_files_are_safe_and_stay_when_cohorts_come(tmp_path: Path) -> None:
    names = ["一班", "a/b", "A_B", "../..", "很长" * 100, "很长" * 100 + "二", 'x:"y"\n', "一班 2"]
    cohorts = [
        Cohort(id=number, programme_id=1, edition_id=1, organisation_id=1, name=name)  # type: ignore[call-arg]
        for number, name in enumerate(names, 1)
    ]
    found = stems(cohorts)
    assert found == stems(reversed(cohorts))
    assert stems(cohorts[:4]).items() <= found.items()
    assert [*found.values()][:4] == ["一班", "a_b", "A_B 2", ".._.."]
    assert len({stem.casefold() for stem in found.values()}) == len(names)
    for stem in found.values():
        (tmp_path / f".{stem}-subject_host.ics.part").touch()
    assert {file.parent for file in tmp_path.rglob("*.part")} == {tmp_path}
