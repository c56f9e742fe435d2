"""The `yanxiu` command as a clerk and a script meet it: its answers, its refusals and its exit codes."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from calendars.reader import read_calendar
from flows.accounts import account
from models.encrypted import opened
from models.people import NUMBER
from office.command import COMMANDS, app
from office.samples import SampleFile, write_samples
from tests.support.desk import Desk
from workflows import advancing

ROOT = Path(__file__).parent.parent
TERM = ROOT / "calendars" / "programmes" / "lanxi-2019.yaml"
UNDATED = ROOT / "calendars" / "programmes" / "capability-2021-steps.yaml"
SLUG = ["--programme", "lanxi-2019"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[SampleFile]:
    return write_samples(read_calendar(TERM.read_text(), TERM.name), tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory, samples: list[SampleFile]) -> Path:
    """The home of an office into which a whole term has been imported."""
    desk = Desk(tmp_path_factory.mktemp("imported"))
    desk.begins("王老师", "李主任", "y", "张校长")
    desk.expects("calendar", "publish", TERM)
    for file in samples:
        received = ["--received", file.received_at.isoformat(), "--said-by", "王老师"]
        desk.expects(file.kind, "import", *SLUG, file.path, *received)
    return desk.home


@pytest.fixture
def office(imported: Path, tmp_path: Path) -> Desk:
    """An office with a term imported, and nothing advanced yet."""
    shutil.copytree(imported, tmp_path / "home")
    return Desk(tmp_path / "home")


def test_help_lists_every_command_and_imports_nothing_heavy(desk: Desk) -> None:
    found = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "from office.command import main; main()", "--help"],
        env={**os.environ, **desk.variables("en")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0
    assert all(f" {entry.name} " in found.stdout for entry in COMMANDS)
    imported = {
        line.rsplit("|", 1)[1].strip().split(".")[0] for line in found.stderr.splitlines() if "|" in line
    }
    assert not imported & {
        "prefect",
        "sqlalchemy",
        "sqlmodel",
        "pydantic",
        "alembic",
        "chinese_calendar",
        "matplotlib",
    }


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_command_explains_itself(desk: Desk, entry: Any) -> None:
    answer = desk.types(entry.name, "--help")
    assert answer.code == 0
    assert "Usage: " in answer.out


def test_help_is_chinese_for_whoever_speaks_chinese(desk: Desk) -> None:
    answer = desk.runs("night", "--help", language="zh")
    assert "夜间推进" in answer.out
    assert "选项" in answer.out
    for page in ([], ["calendar"], ["night"], ["set-dates"]):
        told = desk.runs(*page, "--help", language="zh").out
        assert "用法：yanxiu" in told
        assert "显示本页并退出。" in told
        assert not re.search(
            r"Usage|OPTIONS|COMMAND|ARGS|Options|Commands|Arguments|Show this|<bool>", told
        ), told


def test_the_language_is_the_systems_unless_said_otherwise(desk: Desk) -> None:
    for variables, expected in (
        ({"LANG": "zh_CN.UTF-8"}, "没有"),
        ({"LC_ALL": "en_GB", "LANG": "zh_CN"}, "no"),
    ):
        found = subprocess.run(
            [str(Path(sys.executable).parent / "yanxiu"), "status"],
            env={"PATH": os.environ["PATH"], "YANXIU_HOME": str(desk.home), "PYTHONUTF8": "1", **variables},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert found.returncode == 1
        assert (expected == "没有") == ("还没有建立" in found.stderr)


def test_a_command_typed_wrongly_is_answered_in_one_line_with_code_2(desk: Desk) -> None:
    answer = desk.types("nigth")
    assert answer.code == 2
    assert "Did you mean 'night'" in answer.errors
    answer = desk.types("waive", *SLUG, "--name", "王老师")
    assert answer.code == 2
    assert answer.errors.strip() == "Missing option '--reason'. See yanxiu waive --help"
    assert "缺少选项 --reason" in desk.types("waive", *SLUG, language="zh").errors


def test_a_database_is_made_once_and_looking_at_none_makes_none(desk: Desk) -> None:
    answer = desk.types("status")
    assert answer.code == 1
    assert "Run yanxiu init first" in answer.errors
    assert not desk.home.exists()
    assert desk.expects("init", "--json").json["changed"]
    assert not desk.expects("init", "--json").json["changed"]


def test_a_wrong_setting_is_named(desk: Desk) -> None:
    found = CliRunner().invoke(app, ["status"], env={**desk.variables("en"), "YANXIU_ZONE": "Mars/Olympus"})
    assert found.exit_code == 1
    assert "YANXIU_ZONE" in found.stderr
    found = CliRunner().invoke(
        app, ["status"], env={**desk.variables("en"), "YANXIU_DATABASE_URL": "mysql://x/y"}
    )
    assert found.exit_code == 1
    assert "no address of a database" in found.stderr


def test_a_calendar_is_checked_with_all_its_problems_at_once(desk: Desk, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        TERM.read_text().replace("role: tutor,", "role: tuter,").replace("2019-12-13", "2019-13-12")
    )
    answer = desk.types("calendar", "check", TERM, wrong)
    assert answer.code == 1
    assert f"{TERM}: no problems" in answer.out
    assert answer.out.count(f"{wrong}:") >= 2
    assert len(desk.types("calendar", "check", wrong, "--json").json) == answer.out.count(f"{wrong}:")
    assert desk.types("calendar", "check", tmp_path / "none.yaml").code == 1


def test_a_calendar_is_shown_in_the_offices_days(desk: Desk) -> None:
    answer = desk.expects("calendar", "show", TERM)
    assert "2019-12-08 24:00" in answer.out
    assert json.loads(desk.expects("calendar", "schema").out)["title"]


def test_publishing_the_same_text_again_is_the_same_edition(desk: Desk) -> None:
    desk.begins("王老师", "李主任", "y", "张校长")
    first = desk.expects("calendar", "publish", TERM, "--json").json
    assert desk.expects("calendar", "publish", TERM, "--json").json == first
    assert [fact["number"] for fact in first] == [1]


def test_a_preview_writes_nothing_and_a_second_import_changes_nothing(
    desk: Desk, samples: list[SampleFile]
) -> None:
    desk.begins("王老师", "李主任", "y", "张校长")
    desk.expects("calendar", "publish", TERM)
    roster = samples[0]
    take = ["roster", "import", *SLUG, roster.path, "--received", roster.received_at.isoformat()]
    take += ["--said-by", "王老师"]
    preview = desk.expects(*take, "--preview", "--json").json[0]
    assert (preview["added"], preview["written"]) == (roster.rows, False)
    assert desk.types("status", "--json").json["phases"] == []
    assert f"{roster.rows} added" in desk.expects(*take).out
    again = desk.expects(*take, "--json").json[0]
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, roster.rows)


def test_a_file_with_problems_is_refused_whole_with_every_cell(desk: Desk, tmp_path: Path) -> None:
    desk.begins("王老师", "李主任", "y", "张校长")
    desk.expects("calendar", "publish", TERM)
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "name,number,role,cohort,county,school\n"
        "李娜,T1,learner,一班,东县,一小\n王伟,1.2E+17,learner,一班,东县,一小\n张敏,T3,teacher,一班,东县,一小\n"
    )
    received = ["--received", "2019-12-06", "--said-by", "王老师"]
    answer = desk.types("roster", "import", *SLUG, roster, tmp_path / "missing.csv", *received)
    assert answer.code == 1
    told = answer.errors.strip().splitlines()
    assert [line.split(" (")[0] for line in told[:2]] == [
        "roster.csv: line 3, column 2",
        "roster.csv: line 4, column 3",
    ]
    assert told[2].startswith("missing.csv: ")
    assert desk.types("status", "--json").json["phases"] == []


def test_what_is_received_or_advanced_to_cannot_be_in_the_future(
    office: Desk, samples: list[SampleFile]
) -> None:
    answer = office.types("evidence", "import", *SLUG, samples[2].path, "--received", "2999-01-01")
    assert (answer.code, "--received: 2999-01-01" in answer.errors) == (1, True)
    answer = office.types("night", "--as-of", "2999-01-01")
    assert (answer.code, "is still to come" in answer.errors) == (1, True)
    answer = office.types("night", "--as-of", "8.12.2019")
    assert (answer.code, "two readings" in answer.errors) == (1, True)


def test_a_day_alone_is_its_24_oclock_for_a_night(office: Desk) -> None:
    answer = office.expects("night", "--as-of", "2019-12-08", "--json").json
    assert answer["as_of"] == "2019-12-08T16:00:00+00:00"
    assert answer["moves"]["lanxi-2019|joining|closing"] == 12
    assert "advanced to 2019-12-08 24:00" in office.expects("night", "--as-of", "2019-12-08 24:00").out
    answer2 = office.types("night", "--as-of", "2019-12-07")
    assert (answer2.code, "nights do not run backwards" in answer2.errors) == (1, True)


def test_a_stuck_cohort_asks_for_attention_until_an_office_decides(office: Desk) -> None:
    office.expects("night", "--as-of", "2019-12-29")
    answer = office.types("holds", "--json")
    assert answer.code == 3
    stuck = {hold["phase"]: hold for hold in answer.json}
    silent = stuck["school"]
    assert silent["kind"] == "scores not reported"
    assert office.types("status").code == 3
    accept = [
        "accept",
        *SLUG,
        "--cohort",
        silent["cohort"],
        "--phase",
        "school",
        "--reason",
        "学校无人",
        "--name",
        "李主任",
    ]
    assert office.types(*accept, "--at", "2019-12-28").code == 1
    office.expects(*accept, "--at", "2019-12-30")
    office.expects("night", "--as-of", "2019-12-30")
    answer = office.types("holds")
    assert (answer.code, answer.out.strip()) == (0, "no cohort is stuck")


def test_holds_show_why_and_on_whom_in_chinese(office: Desk) -> None:
    office.expects("night", "--as-of", "2019-12-29")
    answer = office.types("holds", language="zh")
    assert "人没有学校成绩" in answer.out
    assert "学校" in answer.out


def test_a_cutoff_is_extended_with_a_reason_and_a_name(office: Desk) -> None:
    office.expects("night", "--as-of", "2019-12-20")
    extend = [
        "extend",
        *SLUG,
        "--cutoff",
        "term lock",
        "--to",
        "2020-01-05",
        "--reason",
        "大雪",
        "--name",
        "李主任",
    ]
    answer = office.expects(*extend, "--at", "2019-12-21", "--json").json
    assert len(answer) == 12
    office.expects("night", "--as-of", "2019-12-31")
    assert office.expects("night", "--as-of", "2020-01-05", "--json").json["sealed"]
    assert office.types("extend", *SLUG, "--to", "2020-02-01", "--reason", "x", "--name", "y").code == 1
    unknown = office.types(*extend, "--cohort", "没有这个班")
    assert (unknown.code, "there is no cohort" in unknown.errors) == (1, True)


def test_dates_to_be_determined_are_set_on_the_running_cohort(desk: Desk, tmp_path: Path) -> None:
    calendar = read_calendar(UNDATED.read_text(), UNDATED.name)
    desk.begins("王老师", "李主任", "y", "张校长")
    desk.expects("calendar", "publish", UNDATED)
    roster = write_samples(calendar, tmp_path / "files")[0]
    received = ["--received", roster.received_at.isoformat(), "--said-by", "王老师"]
    desk.expects("roster", "import", "-p", calendar.programme, roster.path, *received)
    desk.expects("night", "--as-of", "2021-04-01")
    waiting = desk.types("holds", "-p", calendar.programme, "--json").json
    assert {hold["kind"] for hold in waiting} == {"dates to be determined", "filing not accepted"}
    dates = ["--phase", waiting[0]["phase"], "--opens", "2021-04-05"]
    by = ["-p", calendar.programme, "--reason", "x", "--name", "y", "--at", "2021-04-02"]
    desk.expects("set-dates", *by, *dates)
    desk.expects("waive", *by)
    moved = desk.expects("night", "--as-of", "2021-04-05", "--json").json["moves"]
    cohorts = {hold["cohort"] for hold in waiting}
    assert moved[f"{calendar.programme}|{waiting[0]['phase']}|open"] == len(cohorts)


def test_status_says_what_a_phase_without_an_end_waits_for(desk: Desk, tmp_path: Path) -> None:
    slug = ["--programme", "capability-2021-steps"]
    desk.begins("王老师", "李主任", "y", "张校长")
    desk.expects("calendar", "publish", UNDATED)
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "name,number,role,cohort,province,school\n"
        "张校长,T1,head,一班,江源省,一小\n刘老师,T2,subject,一班,江源省,一小\n王老师,T3,teacher,一班,江源省,一小\n"
        "赵校长,T4,head,二班,江源省,二小\n"
    )
    evidence = tmp_path / "evidence.csv"
    evidence.write_text("number,task,happened,reference\nT3,before_test,2021-03-02 12:00,R1\n")
    desk.expects("roster", "import", *slug, roster, "--received", "2021-02-01", "--said-by", "李主任")
    desk.expects("evidence", "import", *slug, evidence, "--received", "2021-03-03", "--said-by", "李主任")
    for school in ("一小", "二小"):
        plan_is_approved(desk, slug, school)
    dates = ["--phase", "prepare", "--opens", "2021-03-01", "--at", "2021-02-02"]
    desk.expects("set-dates", *slug, *dates, "--reason", "x", "--name", "y")
    desk.expects("night", "--as-of", "2021-03-10")
    answer = desk.types("status")
    assert (
        "第一阶段 研修准备 has no end: it ends when everybody has shown all its tasks; who has not: 一班 (2), 二班 (1)"
        in answer.out
    )
    assert "还没有完成的：一班（2人）、二班（1人）" in desk.types("status", language="zh").out
    assert desk.types("status", "--json").json["phases"][0]["waiting"] == [
        {"cohort": "一班", "ends_when": "all tasks shown", "lacking": 2},
        {"cohort": "二班", "ends_when": "all tasks shown", "lacking": 1},
    ]


def plan_is_approved(desk: Desk, slug: list[str], school: str) -> None:
    """Filed by the school with everything that it asks for, and accepted above."""
    fields = read_calendar(UNDATED.read_text(), UNDATED.name).filing("plan").fields.values()
    said = [f"--set={field.name}={' | '.join(field.columns) or '见附件'}" for field in fields]
    by = ["--name", "张校长", "--at", "2021-02-02 09:00", "--json"]
    filed = desk.expects("filing", "file", *slug, "-f", "plan", "--organisation", school, *said, *by)
    desk.expects("filing", "pass", *slug, "--case", filed.json["case"], "--tier", "province", *by)


def test_a_template_is_written_and_never_over_another_file(office: Desk, tmp_path: Path) -> None:
    for kind in ("roster", "evidence", "marks", "rubric", "filing"):
        out = tmp_path / f"{kind}.xlsx"
        office.expects("template", kind, *SLUG, out)
        assert office.expects(kind, "import", *SLUG, out, "--json").json[0]["rows"] == 0
        assert office.types("template", kind, *SLUG, out).code == 1
    assert office.types("template", "diploma", *SLUG, tmp_path / "x.xlsx").code == 2


def test_written_reminders_are_listed(office: Desk) -> None:
    assert "no reminder has been written" in office.expects("reminders").out
    office.types("night", "--as-of", "2020-01-15")
    listed = office.expects("reminders", *SLUG, "--since", "2019-09-01", "--json").json
    assert listed
    assert {"at", "recipient", "number", "task_name", "step", "deadline_at"} <= listed[0].keys()
    assert (
        f"written since 2019-09-01 00:00: {len(listed)} reminders"
        in office.expects("reminders", *SLUG, "--since", "2019-09-01").out
    )
    last = office.expects("reminders", "--json").json
    assert last == [one for one in listed if one["at"] >= last[0]["at"]]
    assert (
        "no reminder has been written since 2021-01-01"
        in office.expects("reminders", "--since", "2021-01-01").out
    )
    assert "截止" in office.types("reminders", language="zh").out


def test_scores_are_explained_exported_and_verified(office: Desk, tmp_path: Path) -> None:
    office.expects("night", "--as-of", "2019-12-31")
    told = office.expects("seal", "verify").out.splitlines()
    seals, sheets = sealed_rows(office)
    assert told == [
        f"checked {seals} seals with {sheets} score sheets",
        "nothing that was sealed has been changed",
    ]
    found = office.expects("seal", "verify", *SLUG, "--json").json
    assert found == {"seals": seals, "sheets": sheets, "problems": []}
    with sqlite3.connect(office.home / "yanxiu.sqlite") as database:
        (number,) = database.execute(
            "SELECT number FROM person JOIN enrolment ON person_id = person.id JOIN score_sheet ON enrolment_id = "
            "enrolment.id WHERE passed ORDER BY enrolment.id"
        ).fetchone()
        database.execute("DROP TRIGGER score_sheet_refuses_update")
        database.execute("UPDATE score_sheet SET total = total + 100 WHERE passed")
    database.close()
    out = tmp_path / "results.xlsx"
    assert office.expects("results", "export", *SLUG, "--out", out, "--json").json["sheets"] > 100
    assert office.types("results", "export", *SLUG, "--out", tmp_path / "none" / "results.xlsx").code == 1
    number = opened(NUMBER, number)
    told = office.types("explain", number, language="zh").out
    assert "X19-03" in told
    assert "计入" in told
    assert office.expects("explain", number, "--json").json[0]["sealed"]
    assert office.types("explain", "T0").code == 1
    answer = office.types("seal", "verify")
    assert answer.code == 1
    assert "do not give the head that was sealed" in answer.out


def sealed_rows(office: Desk) -> tuple[int, int]:
    with sqlite3.connect(office.home / "yanxiu.sqlite") as database:
        (seals,) = database.execute("SELECT count(*) FROM seal").fetchone()
        (sheets,) = database.execute("SELECT count(*) FROM score_sheet").fetchone()
    database.close()
    return seals, sheets


def test_nothing_sealed_is_told_as_such(office: Desk) -> None:
    assert "核验了0次锁定、0张成绩单" in office.types("seal", "verify", language="zh").out


def test_a_night_in_which_a_cohort_failed_asks_for_attention(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.expects("night", "--as-of", "2019-12-07")

    def failing(*given: Any) -> Any:
        if any(isinstance(one, list) and 1 in one for one in given):
            raise RuntimeError("planted")

    monkeypatch.setattr(advancing, "begin", failing)
    answer = office.types("night", "--as-of", "2019-12-12")
    assert answer.code == 3
    assert (
        answer.errors.strip() == "1 cohort failed and stayed as before; the others went on. See yanxiu holds"
    )
    assert "advanced to 2019-12-12 24:00" in answer.out
    answer = office.types("night", "--as-of", "2019-12-13", "--json")
    assert (answer.code, sum(answer.json["failed"].values())) == (3, 1)
    monkeypatch.undo()
    office.expects("night", "--as-of", "2019-12-29")  # some are stuck for other reasons now


def test_who_says_when_a_file_came_in_is_an_operator_and_kept(desk: Desk, samples: list[SampleFile]) -> None:
    desk.begins("王老师")
    desk.expects("calendar", "publish", TERM)
    roster, evidence = (
        next(file for file in samples if file.kind == kind) for kind in ("roster", "evidence")
    )
    take = ["roster", "import", *SLUG, roster.path, "--received", roster.received_at.isoformat()]
    answer = desk.types(*take, "--said-by", "某人")
    assert (answer.code, answer.errors.startswith("no operator is called '某人'")) == (1, True)
    desk.expects(*take)
    when = ["--received", evidence.received_at.isoformat(), "--said-by", "王老师"]
    desk.expects("evidence", "import", *SLUG, evidence.path, *when)
    with sqlite3.connect(desk.home / "yanxiu.sqlite") as database:
        said = database.execute("SELECT received_said_by FROM import_batch ORDER BY id").fetchall()
    assert said == [(account(),), ("王老师",)]


def test_a_phase_is_meant_by_its_id_or_its_name(office: Desk) -> None:
    office.expects("night", "--as-of", "2019-12-07")
    phases = office.types("status", "--json").json["phases"]
    school = next(phase["phase_name"] for phase in phases if phase["phase"] == "school")
    why = ["--reason", "大雪", "--name", "李主任", "--at", "2019-12-08"]
    extend = ["extend", *SLUG, "--to", "2019-12-30", *why, "--phase"]
    unknown = office.types(*extend, f"{school}期", language="zh")
    assert (unknown.code, unknown.errors.strip()) == (1, f"--phase: 没有阶段“{school}期”。是不是“{school}”？")
    assert "Did you mean 'school'" in office.types(*extend, "shool").errors
    assert f"school {school}" in office.types(*extend, "第九阶段").errors
    office.expects(*extend, school)
    assert "is not later than" in office.types(*extend, "school").errors  # it has been moved already
    name = next(phase["phase_name"] for phase in phases if phase["phase"] == "joining")
    cancel = ["cancel", *SLUG, "--cohort", "东湖城关中心小学研修组", *why, "--phase"]
    office.expects(*cancel, f" {name[:2]} {name[2:]}")
    moves = office.expects("night", "--as-of", "2019-12-08", "--json").json["moves"]
    assert moves["lanxi-2019|joining|cancelled"] == 1


def test_a_fault_of_the_program_is_one_line_and_a_log(office: Desk) -> None:
    with sqlite3.connect(office.home / "yanxiu.sqlite") as database:
        database.execute("DROP TABLE hold")
    database.close()
    answer = office.runs("holds")
    assert answer.code == 70
    assert "Traceback" not in answer.out + answer.errors
    assert len(answer.errors.strip().splitlines()) == 1
    log = (office.home / "faults.log").read_text()
    assert log.splitlines()[0].endswith(" holds")
    assert "OperationalError SQLITE_ERROR\nin SELECT hold.id" in log


def test_nothing_of_its_memory_is_left_of_a_command_that_dies() -> None:
    told = "from office.command import leave_no_memory as l; import resource as r; l(); print(r.getrlimit(r.RLIMIT_CORE)[0])"
    shell = f"ulimit -S -c $(ulimit -H -c); '{sys.executable}' -c '{told}'"
    found = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=True)
    assert found.stdout == "0\n"


def test_whoever_stops_reading_gets_no_complaint(desk: Desk) -> None:
    pipe = f"'{Path(sys.executable).parent / 'yanxiu'}' calendar schema | head -1"
    found = subprocess.run(["/bin/sh", "-c", pipe], capture_output=True, text=True, check=False)
    assert (found.stdout.strip(), found.stderr) == ("{", "")
