"""What an administrator starts by a form in Prefect: done at once and told, or refused whole and told why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from prefect import Flow
from prefect.client.schemas.objects import State
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_HOME,
    temporary_settings,
)
from sqlalchemy import Engine, select, text
from sqlmodel import Session

from calendars.clock import frozen
from exchange.forms import Kind
from exchange.keeping import path_of
from flows.deployments import desk_deployments, hold_deployment
from flows.desk import extend_deadline, lock_phase, resolve_hold, set_phase_dates
from flows.desk_checks import verify_seals, write_reminders_now
from flows.desk_files import export_to_outbox, import_file
from flows.desk_person import extend_for_one
from flows.server import RunningServer
from flows.settings import OfficeSettings, chosen
from flows.showing import show_holds
from models.database import open_database, transaction
from models.nights import Extension, Outbox, Resolution
from models.texts import HandedFile
from models.work import ImportBatch
from tests.support.operators import appoint
from tests.support.story import Story
from workflows.access import accesses

pytestmark = pytest.mark.server

SLUG = "longcheng-2024"
SCHOOL = ("龙城区", "第一小学")
WHY = {"reason": "区教育局通知", "name": "王主任"}
WHO = {"programme": SLUG, **WHY}
FIRST = {**WHO, "cohort": "一班"}
ROSTER = "人员编号,姓名,角色,班级,区县,学校\n"
GOOD = ROSTER + "T0001,郑小海,参训学员,一班,龙城区,第一小学\n"
BAD = ROSTER + (
    "110101199003070012,郑小海,参训学员,一班,龙城区,第一小学\nT0002,何大江,学员,一班,龙城区,第一小学\n"
)
PERSONAL = ("郑小海", "何大江", "110101199003070012", "李老师", "赵老师")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("desk"), port=4800) as running:
        with temporary_settings({PREFECT_API_URL: running.api_url}):
            hold_deployment().apply()
        yield running
        for worker in (
            APILogWorker,
            EventsWorker,
        ):  # their last words, while the server is there to hear them
            worker.drain_all(timeout=10, at_exit=False)


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = open_database(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def story(engine: Engine) -> Story:
    """Two classes of one county; in the first a piece is handed in that nobody has marked."""
    story = Story(engine, SLUG)
    for cohort in ("一班", "二班"):
        story.cohort(cohort, *SCHOOL)
    story.enrol("李老师", "learner", "一班", *SCHOOL)
    story.enrol("赵老师", "learner", "二班", *SCHOOL)
    story.shows("李老师", "assignment", at="2024-11-20 21:15")
    appoint(engine, "王主任")
    return story


@pytest.fixture
def office(server: RunningServer, sqlite_url: str, story: Story, tmp_path: Path) -> Office:
    return Office(server, sqlite_url, story, tmp_path / "home")


class Office:
    """One office's database and folders, and the server that looks on."""

    def __init__(self, server: RunningServer, url: str, story: Story, home: Path) -> None:
        self.server, self.story = server, story
        self.settings = OfficeSettings(home=home, database_url=url, locale="zh")
        self.inbox = home / "inbox"
        self.inbox.mkdir(parents=True)

    def starts(self, flow: Flow[..., Any], at: str, **said: Any) -> tuple[str, str]:
        """How a run ends that somebody starts at an instant: the type of its state, and the message."""
        settings = {
            PREFECT_API_URL: self.server.api_url,
            PREFECT_HOME: self.server.home / "prefect",
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        }
        with temporary_settings(settings), chosen(self.settings), frozen(self.story.at(at)):
            state: State[Any] = flow(**said, return_state=True)
        assert state.message is not None
        return state.type.value, state.message

    def night(self, at: str) -> None:
        """A night and the windows of what is stuck after it."""
        self.story.night(at)
        with temporary_settings({PREFECT_API_URL: self.server.api_url}), frozen(self.story.at(at)):
            show_holds(self.story.engine, self.settings)

    def asked(self, what: str, **filters: Any) -> Any:
        given = httpx.post(f"{self.server.api_url}/{what}/filter", json=filters, timeout=30)
        return given.raise_for_status().json()

    def stuck(self) -> list[str]:
        """The runs that wait for somebody, by name."""
        waiting = {"state": {"type": {"any_": ["PAUSED"]}}}
        return sorted(run["name"] for run in self.asked("flow_runs", flow_runs=waiting))

    def decisions(self) -> list[tuple[str, str, str | None]]:
        with Session(self.story.engine) as session:
            rows = session.execute(select(Resolution).order_by(Resolution.id)).scalars()
            return [(row.action, row.dates, row.run_id) for row in rows]

    def waiting(self) -> list[str]:
        return sorted(str(file.relative_to(self.inbox)) for file in self.inbox.rglob("*") if file.is_file())


def seconds(story: Story, at: str, edge: str = "start") -> int:
    return int(story.at(at, edge).timestamp())


# ---------------------------------------------------------------------- decisions


def test_a_deadline_is_extended_for_all_cohorts_of_a_unit(office: Office) -> None:
    state, message = office.starts(
        extend_deadline, "2024-12-01 09:00", **WHO, phase="远程课程学习", organisation="龙城区", until="2024-12-10"
    )  # fmt: skip
    assert state == "COMPLETED"
    assert message.startswith(
        "“远程课程学习”推后到 2024-12-10 24:00：一班、二班（2个班级），记录第1—2号。随即：阶段推进"
    )
    dates = json.dumps({"courses.end": seconds(office.story, "2024-12-10", "end")})
    (first, second) = office.decisions()
    assert first[:2] == second[:2] == ("extend", dates)
    run = office.asked("flow_runs", flow_runs={"id": {"any_": [first[2]]}})[0]
    assert (run["state_type"], run["name"]) == ("COMPLETED", f"{SLUG} · 远程课程学习 · 龙城区 → 2024-12-10")


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_kept(office: Office) -> None:
    state, message = office.starts(
        extend_deadline, "2024-12-01 09:00", programme=SLUG, reason=" ", name="", until="下周", cohort="一",
        phase="courses", cutoff="training lock",
    )  # fmt: skip
    assert state == "FAILED"
    assert message == (
        "没有执行，什么都没有改变。请填写“理由” · 请填写“决定人” · 班级：没有班级“一”。是不是“一班”？ · "
        "“阶段”和“截止”填且只填一个 · 推后到：看不懂时间“下周”。应为 2024-12-08、“2024-12-08 24:00”或 "
        "2024-12-08T23:59:59+08:00"
    )
    state, message = office.starts(
        extend_deadline, "2024-12-01 09:00", **WHO, until="2024-12-10", cutoff="training lock",
        organisation="龙城区",
    )  # fmt: skip
    assert state == "FAILED"
    assert message.endswith("一班、二班：延长后的时间 2024-12-10 24:00 应晚于原来的 2024-12-15 24:00")
    assert office.decisions() == []
    assert office.story.log() == []


def test_beyond_the_scope_of_who_decides_nothing_is_done_and_the_log_says_so(
    office: Office, engine: Engine
) -> None:
    office.story.cohort("三班", "凤山区", "第二小学")
    appoint(engine, "周主任", organisations=["凤山区"])
    other = {"programme": SLUG, "reason": "停电", "name": "周主任", "phase": "courses", "until": "2024-12-10"}
    state, message = office.starts(extend_deadline, "2024-12-01 09:00", **other, cohort="一班")
    assert state == "FAILED"
    assert message == (
        "没有执行，什么都没有改变。操作员“周主任”的范围是凤山区及其下属，不含一班。请由范围包含它的操作员办理，见 yanxiu operator list"
    )
    assert office.decisions() == []
    state, message = office.starts(extend_deadline, "2024-12-01 09:00", **other, cohort="三班")
    assert (state, len(office.decisions())) == ("COMPLETED", 1)
    nobody = {**other, "name": "某人"}
    state, message = office.starts(extend_deadline, "2024-12-01 09:00", **nobody, cohort="三班")
    assert (state, "没有叫“某人”的操作员" in message) == ("FAILED", True)
    state, message = office.starts(export_to_outbox, "2024-12-01 09:00", programme=SLUG, operator="周主任")
    assert (state, "这里涉及全部单位" in message) == ("FAILED", True)
    roster = office.inbox / "名单.csv"
    roster.write_text(GOOD)
    state, message = office.starts(
        import_file, "2024-12-01 09:00", programme=SLUG, kind="roster", file=roster.name, preview=False,
        operator="周主任",
    )  # fmt: skip
    assert (state, "名单.csv 不能导入" in message) == ("FAILED", True)
    with Session(engine) as session:
        log = [
            (one.operator, one.act, one.refused, one.programme, one.concerned) for one in accesses(session)
        ]
        assert all(one.run_id for one in accesses(session))
    assert log == [
        ("周主任", "extend", True, SLUG, "一班"),
        ("某人", "extend", True, SLUG, None),
        ("周主任", "export", True, SLUG, None),
        ("周主任", "import", True, SLUG, "一班"),
    ]


def test_a_deadline_is_extended_for_one_person_who_is_told_by_a_number(
    office: Office, engine: Engine
) -> None:
    one = office.story.people["李老师"]
    state, message = office.starts(
        extend_for_one, "2024-12-01 09:00", participation=one, until="2024-12-10", task="课程作业（课题研究报告）", **WHY
    )  # fmt: skip
    assert state == "COMPLETED"
    assert message == f"参训第{one}号（一班）：课程作业（课题研究报告）推后到 2024-12-10 24:00"
    with Session(engine) as session:
        (kept,) = session.execute(select(Extension)).scalars()
    assert (kept.enrolment_id, kept.task, kept.until) == (
        one,
        "assignment",
        office.story.at("2024-12-10", "end"),
    )
    run = office.asked("flow_runs", flow_runs={"id": {"any_": [kept.run_id]}})[0]
    assert (run["state_type"], run["name"]) == ("COMPLETED", f"{one} → 2024-12-10")
    state, message = office.starts(
        extend_for_one, "2024-12-01 09:00", participation=one, until="2024-12-20", task="assignment", phase="courses",
        reason="", name="王主任",
    )  # fmt: skip
    assert state == "FAILED"
    assert message == "没有执行，什么都没有改变。请填写“理由” · “任务”和“阶段”填且只填一个"
    state, message = office.starts(
        extend_for_one, "2024-12-01 09:00", participation=999, until="2024-12-20", task="assignment", **WHY
    )  # fmt: skip
    assert (state, message) == ("FAILED", "没有执行，什么都没有改变。没有编号为999的参训")


def test_an_organisation_of_which_there_are_several_is_refused_with_the_candidates(office: Office) -> None:
    office.story.cohort("三班", "凤山区", "第一小学")
    state, message = office.starts(
        extend_deadline, "2024-12-01 09:00", **WHO, phase="courses", organisation="第一小学", until="2024-12-10"
    )  # fmt: skip
    assert state == "FAILED"
    assert "有几个单位叫“第一小学”，请连同上级写明：凤山区/第一小学、龙城区/第一小学" in message
    state, _ = office.starts(
        extend_deadline, "2024-12-01 09:00", **WHO, phase="courses", organisation="凤山区/第一小学", until="2024-12-10"
    )  # fmt: skip
    assert (state, len(office.decisions())) == ("COMPLETED", 1)


def test_dates_are_set_and_the_window_of_the_hold_closes_at_once(office: Office) -> None:
    office.night("2025-06-01 00:30")
    name = "龙城区2024年中小学骨干教师远程培训 · 二班 · 审核认定"
    assert name in office.stuck()
    state, message = office.starts(
        set_phase_dates, "2025-06-01 09:00", **WHO, cohort="二班", phase="review", opens="2025-06-03", closes="2025-06-13"
    )  # fmt: skip
    assert state == "COMPLETED"
    assert message == (
        "“审核认定”定为 2025-06-03 00:00 至 2025-06-13 24:00：二班（1个班级），记录第1号。随即：阶段推进2次，解除卡住1处。"
    )
    assert name not in office.stuck()
    assert name.replace("二班", "一班") in office.stuck()


def test_a_hold_is_resolved_by_where_it_is(office: Office) -> None:
    office.night("2024-12-16 00:30")
    here = {"cohort": "一班", "phase": "courses"}
    state, message = office.starts(resolve_hold, "2024-12-16 09:00", action="waive", **here, **WHO)
    assert state == "FAILED"
    assert "“批阅未完成”不能用“免去条件”解决，可以用：extend、accept、cancel" in message
    assert len(office.stuck()) == 1
    state, message = office.starts(resolve_hold, "2024-12-16 09:00", action="accept", **here, **WHO)
    assert state == "COMPLETED"
    assert message.startswith("一班“远程课程学习”（批阅未完成）：按现状接受，记录第1号。随即：阶段推进")
    assert "封存成绩单1张" in message
    assert office.stuck() == []
    state, message = office.starts(resolve_hold, "2024-12-16 09:01", action="accept", **here, **WHO)
    assert (state, message) == (
        "FAILED", "没有执行，什么都没有改变。这里没有卡住。现在卡住的：无",
    )  # fmt: skip


def test_a_hold_is_resolved_by_its_number_with_the_fields_of_its_decision(office: Office) -> None:
    office.night("2024-12-16 00:30")
    said = {"action": "extend", "hold": office.story.hold_id("一班"), **WHY}
    state, message = office.starts(resolve_hold, "2024-12-16 09:00", **said)
    assert (state, message.endswith("请填写“延长到”")) == ("FAILED", True)
    state, message = office.starts(resolve_hold, "2024-12-16 09:00", **said, until="2024-12-20")
    assert (state, message.partition("。")[0]) == (
        "COMPLETED",
        "一班“远程课程学习”（批阅未完成）：延长，记录第1号",
    )
    assert office.stuck() == []


def test_a_hold_that_has_gone_by_itself_needs_no_decision(office: Office) -> None:
    office.night("2024-12-16 00:30")
    said = {"action": "accept", "hold": office.story.hold_id("一班"), **WHY}
    office.story.marks("李老师", "assignment", "良好", received="2024-12-16 08:00")
    state, message = office.starts(resolve_hold, "2024-12-16 09:00", **said)
    assert state == "COMPLETED"
    assert message.startswith("不需要再决定：Cleared，")
    assert (office.decisions(), office.stuck()) == ([], [])


def test_a_lock_is_brought_forward_and_sealed_or_refused_with_what_is_missing(office: Office) -> None:
    state, message = office.starts(lock_phase, "2024-12-12 09:00", phase="courses", **FIRST)
    assert (state, "“推优”到 2024-12-12 24:00 才截止，此前的学习还计入" in message) == ("FAILED", True)
    state, message = office.starts(lock_phase, "2024-12-14 09:00", phase="courses", **FIRST)
    assert (state, message) == (
        "FAILED",
        "没有执行，什么都没有改变。一班：现在不能锁定：还有1份已交作业没有批阅，涉及：第一小学。没有保存这个决定",
    )
    assert office.story.seals() == office.decisions() == []
    office.story.marks("李老师", "assignment", "良好", received="2024-12-14 09:30")
    state, message = office.starts(lock_phase, "2024-12-14 10:00", phase="courses", **FIRST)
    assert state == "COMPLETED"
    assert message.startswith(
        "“远程课程学习”于 2024-12-14 10:00 锁定：一班（1个班级），封存成绩单1张，记录第1号。随即："
    )
    assert office.decisions()[0][0] == "lock"


# ---------------------------------------------------------------------- seals and reminders


def test_seals_are_verified_and_a_difference_ends_the_run_as_failed(office: Office, engine: Engine) -> None:
    office.story.marks("李老师", "assignment", "良好", received="2024-12-10 09:30")
    office.night("2024-12-16 00:30")
    state, message = office.starts(verify_seals, "2024-12-16 09:00", operator="王主任")
    assert (state, message) == ("COMPLETED", "核验了4次锁定、2张成绩单：全部没有被改动")
    with transaction(engine) as session:
        for name in (
            session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        ):
            session.execute(text(f'DROP TRIGGER "{name}"'))
        session.execute(text("UPDATE mark SET grade = '优秀'"))
    state, message = office.starts(verify_seals, "2024-12-16 09:00", operator="王主任", programme=SLUG)
    assert state == "FAILED"
    assert message.startswith("核验了4次锁定、2张成绩单：2处与锁定时不符。")
    assert f"{SLUG} 一班 #1：参训编号 1：按封存时的学习记录重新计算为 …，封存的是 …" in message
    state, message = office.starts(verify_seals, "2024-12-16 09:00", operator="王主任", programme="longchen")
    assert (state, "没有发布过项目“longchen”。已发布的有：longcheng-2024" in message) == ("FAILED", True)


def test_reminders_that_are_due_are_written_and_counted_by_whom_they_go_to(office: Office) -> None:
    state, message = office.starts(write_reminders_now, "2024-12-04 09:00", programme=SLUG, operator="王主任")
    with Session(office.story.engine) as session:
        written = len(session.execute(select(Outbox)).all())
    assert (state, written > 0) == ("COMPLETED", True)
    assert message.startswith(
        f"到 2024-12-04 09:00 为止应写的提醒，写出{written}条（参训学员{written}条）。随即：阶段推进"
    )
    state, message = office.starts(write_reminders_now, "2024-12-04 09:00", programme=SLUG, operator="王主任")
    assert message == "到 2024-12-04 09:00 为止应写的提醒，写出0条。没有随即发生的变化。"


# ---------------------------------------------------------------------- files


def imports(office: Office, name: str, preview: bool = True) -> tuple[str, str]:
    return office.starts(
        import_file,
        "2024-10-20 09:00",
        programme=SLUG,
        kind="roster",
        file=name,
        preview=preview,
        operator="王主任",
    )


def test_a_file_is_previewed_then_imported_and_put_away(office: Office, engine: Engine) -> None:
    (office.inbox / "名单.csv").write_text(GOOD, encoding="utf-8")
    state, message = imports(office, "名单.csv")
    assert (state, message) == (
        "COMPLETED",
        "预览 名单.csv：1行，将新增1，更改0，不变0，拒绝0，名单里不再有1人（不会删除）。没有写入",
    )
    with Session(engine) as session:
        assert session.execute(select(ImportBatch).where(ImportBatch.kind == "roster")).all() == []
    state, message = imports(office, "名单.csv", preview=False)
    assert (state, message) == (
        "COMPLETED",
        "名单.csv：1行，新增1，更改0，不变0，名单里不再有1人（不会删除）。文件移到 inbox/done/20241020-090000 名单.csv",
    )
    assert office.waiting() == ["done/20241020-090000 名单.csv"]
    (office.inbox / "名单.csv").write_text(GOOD, encoding="utf-8")
    assert "1行，新增0，更改0，不变1" in imports(office, "名单.csv", preview=False)[1]
    assert office.waiting() == ["done/20241020-090000 名单.csv", "done/20241020-090000-2 名单.csv"]


def test_learning_records_come_with_the_files_that_lie_beside_them(office: Office, engine: Engine) -> None:
    plan = "专业发展要有计划，要有恒心。" * 200
    (office.inbox / "files").mkdir()
    (office.inbox / "files" / "规划.txt").write_text(plan, encoding="utf-8")
    sheet = "人员编号,任务,附件,发生时间\nN00000,plan,规划.txt,2024-12-18 20:15\n"
    (office.inbox / "记录.csv").write_text(sheet, encoding="utf-8")
    state, message = office.starts(
        import_file,
        "2024-12-20 09:00",
        programme=SLUG,
        kind="evidence",
        file="记录.csv",
        preview=False,
        operator="王主任",
    )
    assert (state, message.split("，")[:2]) == ("COMPLETED", ["记录.csv：1行", "新增1"])
    with Session(engine) as session:
        (handed,) = session.execute(select(HandedFile)).scalars()
    assert handed.name == "规划.txt"
    assert path_of(office.settings.files, handed.sha256).read_text(encoding="utf-8") == plan


@pytest.mark.parametrize("preview", [True, False])
def test_a_bad_file_is_refused_whole_and_prefect_is_told_no_cell(
    office: Office, engine: Engine, preview: bool
) -> None:
    (office.inbox / "坏.csv").write_text(BAD, encoding="utf-8")
    elsewhere = office.inbox.parent / "elsewhere"
    (office.inbox / "坏.csv.problems.txt").symlink_to(elsewhere)
    state, message = imports(office, "坏.csv", preview)
    assert not elsewhere.exists()
    assert state == "FAILED"
    assert message == (
        "没有执行，什么都没有改变。坏.csv 不能导入：2处问题，位置见本次运行的页面（Artifacts）import-problems，全文写在 "
        "inbox/坏.csv.problems.txt。其余2行：新增0，更改0，不变0"
    )
    page = office.asked("artifacts", artifacts={"key": {"any_": ["import-problems"]}}, sort="CREATED_DESC")[
        0
    ]["data"]
    assert "| 第2行第1列 | 身份证号 … 的校验码不对，请核对每一位 |" in page
    assert "| 第3行第3列 | 没有角色“…”。是不是“…”？ |" in page
    assert not [personal for personal in PERSONAL if personal in page + message]
    full = office.inbox / "坏.csv.problems.txt"
    assert "身份证号 110101199003070012 的校验码不对" in full.read_text(encoding="utf-8")
    assert full.stat().st_mode & 0o077 == 0
    assert office.waiting() == ["坏.csv", "坏.csv.problems.txt"]
    (office.inbox / "坏.csv").write_text(GOOD, encoding="utf-8")
    assert imports(office, "坏.csv")[0] == "COMPLETED"
    assert office.waiting() == ["坏.csv"]


def test_a_file_that_is_none_is_told_so_without_a_word_of_it(office: Office) -> None:
    (office.inbox / "坏.csv").write_text("郑小海,何大江\n1,2\n", encoding="utf-8")
    state, message = imports(office, "坏.csv")
    page = office.asked("artifacts", artifacts={"key": {"any_": ["import-problems"]}}, sort="CREATED_DESC")[
        0
    ]["data"]
    assert (state, "不认识“…”这一列" in page) == ("FAILED", True)
    assert not [personal for personal in PERSONAL if personal in page + message]


def test_only_a_plain_file_of_the_inbox_is_read(office: Office, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text(GOOD, encoding="utf-8")
    (office.inbox / "link.csv").symlink_to(outside)
    (office.inbox / "folder").mkdir()
    for name in ("../../outside.csv", str(outside), "..", "folder/x.csv", "a\\b.csv"):
        assert "不是 inbox 文件夹里的文件名" in imports(office, name)[1]
    for name in ("link.csv", "folder"):
        assert "不是普通文件（是文件夹或链接），不读取" in imports(office, name, preview=False)[1]
    state, message = office.starts(
        import_file, "2024-10-20 09:00", programme="x", kind="roster", file="none.csv", operator="王主任"
    )
    assert state == "FAILED"
    assert "没有发布过项目“x”" in message
    assert "inbox 文件夹里没有文件“none.csv”（共有1个文件）" in message
    assert outside.exists()


def test_results_are_exported_to_the_outbox(office: Office) -> None:
    office.story.night("2024-12-16 00:30")
    state, message = office.starts(export_to_outbox, "2024-12-16 09:00", programme=SLUG, operator="王主任")
    name = f"{SLUG} 20241216-090000.xlsx"
    assert (state, message) == ("COMPLETED", f"已写出 outbox/{name}：1张成绩单")
    assert (office.settings.home / "outbox" / name).stat().st_size > 0


# ---------------------------------------------------------------------- faults and forms


def test_a_fault_is_told_by_its_kind_alone(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError(PERSONAL[0])

    monkeypatch.setattr("flows.desk.decide_at_once", fail)
    said = {"phase": "courses", "until": "2024-12-10"}
    state, message = office.starts(extend_deadline, "2024-12-01 09:00", **FIRST, **said)
    assert (state, message) == (
        "FAILED", "程序出错（ValueError），正在做的已经撤回。详情记在本机的 faults.log",
    )  # fmt: skip
    log = (office.settings.home / "faults.log").read_text(encoding="utf-8")
    assert "flows/desk.py" in log
    assert log.endswith("\nValueError\n\n")
    assert PERSONAL[0] not in log


def test_a_decision_stands_where_prefect_cannot_show_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise httpx.ConnectError("no server")

    monkeypatch.setattr("flows.carrying_out.show_holds", fail)
    said = {"phase": "courses", "until": "2024-12-10"}
    state, message = office.starts(extend_deadline, "2024-12-01 09:00", **FIRST, **said)
    assert (state, message.endswith("窗口没有能够更新（ConnectError），下一夜会更新")) == ("COMPLETED", True)
    assert len(office.decisions()) == 1


def test_every_field_has_a_name_in_both_languages_and_decisions_ask_why_and_by_whom() -> None:
    for deployment in desk_deployments():
        schema = deployment._parameter_openapi_schema
        for name, field in schema.properties.items():
            zh, _, en = field["title"].partition(" / ")
            assert zh, en
            assert zh != en, (deployment.name, name)
        if deployment.name in ("extend-deadline", "set-phase-dates", "resolve-hold", "lock-now"):
            assert {"reason", "name"} <= set(schema.required)
    fields = {one.name: one._parameter_openapi_schema.properties for one in desk_deployments()}
    assert fields["import-file"]["kind"]["enum"] == list(get_args(Kind))
    assert fields["resolve-hold"]["action"]["enum"] == [
        "extend",
        "set dates",
        "waive",
        "apply",
        "accept",
        "done",
        "retry",
        "cancel",
    ]
