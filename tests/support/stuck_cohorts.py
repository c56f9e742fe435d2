"""A cohort for each kind of hold, and what an administrator does about it: first what will not do, then what will."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Engine, update
from sqlmodel import Session

from calendars.clock import now
from models.database import transaction
from models.terms import Cohort, Edition
from tests.support.story import Story

NIGHT = "2025-06-01T00:30:00+08:00"
LONGCHENG, LANXI = "龙城区2024年中小学骨干教师远程培训", "兰西县2019-2020第一学期教师网本研修"
YESTERDAY, NEXT_MONTH, LATER = (f"{now() + timedelta(days=days):%Y-%m-%d}" for days in (-1, 30, 60))
SCHOOL = ("龙城区", "第一小学")
WHO = "王主任"


@dataclass(frozen=True)
class Answered:
    """A decision and the texts beside it, by how the titles of their fields begin; a reason and a name if not other."""

    decision: str
    texts: dict[str, str] = field(default_factory=dict)
    reason: str = "按文件办理"

    def fields(self) -> dict[str, str]:
        return {**self.texts, "理由": self.reason, "决定人姓名": WHO}


@dataclass(frozen=True)
class Stuck:
    """One cohort, its hold as the form tells it, and both answers with what comes of them."""

    kind: str
    cohort: str
    run: str
    told: tuple[str, ...]
    choices: tuple[str, ...]
    wrong: Answered
    refused: str
    right: Answered
    ends: str
    action: str
    state: tuple[str, str]  # a phase and how it stands in the end


CASES = (
    Stuck(
        "dates to be determined", "二班", f"{LONGCHENG} · 二班 · 审核认定",
        ("二班 卡住：日期待定", "本阶段的起止日期还没有确定", "等待 区县"),
        ("定下日期", "取消本阶段"),
        Answered("定下日期", {"开始": LATER, "结束": NEXT_MONTH}), "没有接受：",
        Answered("定下日期", {"开始": YESTERDAY, "结束": NEXT_MONTH}),
        f"Resolved: 定下日期到 {NEXT_MONTH} 24:00，{WHO}", "set dates", ("review", "open"),
    ),
    Stuck(
        "previous phase not complete", "甲校", f"{LANXI} · 甲校 · 综合考核与学时认定",
        ("甲校 卡住：上一阶段未完成", "上一阶段还没有完成", "等待 学校"),
        ("延长", "免去条件", "取消本阶段"),
        Answered("免去条件", reason=" "), "没有接受：请填写“理由（永久保存）”",
        Answered("免去条件"), f"Resolved: 免去条件，{WHO}", "waive", ("recording", "done"),
    ),
    Stuck(
        "marking incomplete", "一班", f"{LONGCHENG} · 一班 · 远程课程学习",
        ("一班 卡住：批阅未完成", "还有1份已交作业没有批阅，涉及：第一小学", "等待 班级辅导教师 · 第一小学"),
        ("延长", "按现状接受", "取消本阶段"),
        Answered("延长", {"延长到": "2024-12-10"}),
        "没有接受：延长后的时间 2024-12-10 24:00 应晚于原来的 2024-12-15 24:00",
        Answered("按现状接受"), f"Resolved: 按现状接受，{WHO}", "accept", ("courses", "done"),
    ),
    Stuck(
        "scores not reported", "乙校", f"{LANXI} · 乙校 · 校本研修",
        ("乙校 卡住：学校成绩未报", "还有1人没有学校成绩，涉及：乙校", "等待 学校 · 乙校"),
        ("延长", "按现状接受", "取消本阶段"),
        Answered("按现状接受", {"延长到": NEXT_MONTH}),
        "没有接受：“延长到”只用于“延长”，而选择的是“按现状接受”",
        Answered("按现状接受"), f"Resolved: 按现状接受，{WHO}", "accept", ("school", "done"),
    ),
    Stuck(
        "error", "坏班", "longcheng-2024 · 坏班 · preparation",
        ("坏班 卡住：出错", "夜间推进时出错：这个版本的程序读不懂它的学期日历", "等待 区县"),
        ("再试一次",),
        Answered("再试一次"), "没有接受：这样决定以后仍然卡住：夜间推进时出错",
        Answered("再试一次"), f"Resolved: 再试一次，{WHO}", "retry", ("courses", "done"),
    ),
)  # fmt: skip


def stuck_cohorts(engine: Engine) -> dict[str, Story]:
    """The story of each cohort by its name. The night of NIGHT finds every one of them stuck."""
    longcheng = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班", "三班", "四班", "坏班"):
        longcheng.cohort(cohort, *SCHOOL)
        longcheng.enrol(f"{cohort}学员", "learner", cohort, *SCHOOL)
    for cohort in ("一班", "三班", "四班"):
        longcheng.shows(f"{cohort}学员", "assignment", at="2024-11-20 21:15")
    lanxi = Story(engine, "lanxi-2019")
    for school in ("甲校", "乙校"):
        lanxi.cohort(school, "兰西县", school)
        lanxi.enrol(f"{school}教师", "learner", school, "兰西县", school)
        lanxi.files("plan_and_roster", "兰西县", school, at="2019-12-12 09:00")
    with transaction(engine) as session:
        unreadable = Edition(
            programme_id=longcheng.programme_id, number=2, text="programme: [\n", sha256="2",
            published_at=longcheng.at("2024-01-01"), published_by="项目办",
        )  # fmt: skip
        session.add(unreadable)
        session.flush()
        assert unreadable.id is not None
        goes_by(session, "坏班", unreadable.id)
    return {name: story for story in (longcheng, lanxi) for name in story.cohorts}


def goes_by(session: Session, cohort: str, edition: int) -> None:
    """Let a cohort go by another edition: how an unreadable one is made good."""
    session.execute(update(Cohort).where(Cohort.name == cohort).values(edition_id=edition))
