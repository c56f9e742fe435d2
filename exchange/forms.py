"""The files that an office fills in: which columns each has, what each means, and what a template offers there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from calendars.messages import Wording, joined
from calendars.quantities import shown
from calendars.term import Task, TermCalendar
from exchange.columns import Column
from exchange.exception_columns import exception_columns
from exchange.filing_columns import filing_columns
from exchange.group_columns import forming_columns, step_columns
from exchange.marking import marking_of, rubric_of
from exchange.peer_columns import peer_columns
from exchange.reaching_columns import REACHING
from workflows.parties import TIER_NAMES

Kind = Literal["roster", "evidence", "marks", "rubric", "filing", "exceptions", "peers", "steps"]

_TIER_ALIASES = {
    "province": ("省份",),
    "city": ("地市", "城市"),
    "county": ("区", "县", "县区", "县（区）", "区（县）", "县（市、区）"),
    "school": ("学校名称", "单位", "工作单位", "任职学校"),
}
_SOME_TIER = {
    "province": Wording(zh="某省", en="Some province"),
    "city": Wording(zh="某市", en="Some city"),
    "county": Wording(zh="某县", en="Some county"),
    "school": Wording(zh="某县第一小学", en="Some school"),
}
_SOME_TIME = "2024-11-03 20:15"
_SOMEBODY = Wording(zh="张三", en="Zhang San")

STATUSES = {
    "enrolled": Wording(zh="在训", en="enrolled"),
    "exempt": Wording(zh="免修", en="exempt"),
    "withdrawn": Wording(zh="退出", en="withdrawn"),
}
RUBRIC_KINDS = {
    "course": (Wording(zh="课程", en="course"), Wording(zh="活动", en="activity")),
    "work": (Wording(zh="作业", en="work"),),
    "other": (Wording(zh="其他", en="other"),),
}

NUMBER = Column(
    "number",
    Wording(zh="人员编号", en="number"),
    Wording(
        zh="身份证号或教师编号，按文本填写。被表格软件变成数字的号码一律不收",
        en="the ID number or teacher number, as text. A number that the spreadsheet turned into a figure is refused",
    ),
    ("证件号码", "证件号", "身份证号", "身份证号码", "教师编号", "id number", "id"),
    required=True,
    leads=True,
)
NAME_TO_CHECK = Column(
    "name",
    Wording(zh="姓名", en="name"),
    Wording(zh="可不填；填了就与名册核对", en="optional; checked against the roster"),
    example=_SOMEBODY,
)
COHORT_TO_CHOOSE = Column(
    "cohort",
    Wording(zh="班级", en="cohort"),
    Wording(
        zh="此人在几个班级有同一任务时才要填", en="only for a person who owes the task in several cohorts"
    ),
    ("研修组", "班级名称"),
)
ROLE_TO_CHOOSE = Column(
    "role",
    Wording(zh="角色", en="role"),
    Wording(zh="此人以几个角色有同一任务时才要填", en="only for a person who owes the task in several roles"),
)
TASK = Column(
    "task",
    Wording(zh="任务", en="task"),
    Wording(zh="学期日历中任务的名称或代号", en="the task's name or id in the term calendar"),
    ("任务名称",),
    required=True,
)


EXEMPT_HOURS = Column(
    "hours",
    Wording("已修学时", "hours"),
    Wording(
        "免修条件要求学时的，写已完成多少学时",
        "for an exemption whose ground asks for hours: how many were done",
    ),
    figures=True,
)


def columns_of(kind: Kind, calendar: TermCalendar) -> Sequence[Column]:
    """The columns of a kind of file, in the order in which a template shows them."""
    return FORMS[kind].columns(calendar)


def items_of(task: Task) -> list[str]:
    """The courses or modules that records of a task are of: its items, or those of which each is needed."""
    if task.items:
        return [*task.items]
    return [name for name in task.needs.each_of if name not in task.shows] if task.needs else []


def tier_columns(calendar: TermCalendar, required: Sequence[str], leads: str = "") -> list[Column]:
    return [
        Column(
            tier,
            TIER_NAMES[tier],
            Wording(
                zh=f"{TIER_NAMES[tier].zh}的名称，没有这一级的留空",
                en=f"name of the {tier}; empty where there is none",
            ),
            _TIER_ALIASES[tier],
            required=tier in required,
            leads=tier == leads,
            example=_SOME_TIER[tier],
        )
        for tier in calendar.tiers
    ]


def _roster(calendar: TermCalendar) -> Sequence[Column]:
    roles = [*calendar.roles.values()]
    grounds = joined((ground.name for ground in calendar.exempt), "zh")
    hours = [EXEMPT_HOURS] if any(ground.hours is not None for ground in calendar.exempt) else []
    return (
        Column(
            "name",
            Wording("姓名", "name"),
            Wording("必填", "required"),
            required=True,
            example=_SOMEBODY,
        ),
        NUMBER,
        Column(
            "role",
            Wording("角色", "role"),
            Wording(f"必填：{joined(roles, 'zh')}", f"required: {joined(calendar.roles, 'en')}"),
            required=True,
            choices=roles,
            example=_first(roles),
        ),
        Column(
            "cohort",
            Wording("班级", "cohort"),
            Wording("必填。还没有的班级会新建", "required. A cohort that does not exist yet is made"),
            ("研修组", "班级名称"),
            required=True,
            example=Wording("一班", "Class 1"),
        ),
        *tier_columns(calendar, calendar.tiers),
        *REACHING,
        Column(
            "joined",
            Wording("加入时间", "joined"),
            Wording(
                "可不填，如 2019-12-08 20:15；默认为名册的接收时间。只写日期即当天最后一秒",
                "optional, such as 2019-12-08 20:15; by default when the file was received. "
                "A day alone is its last second",
            ),
            example=_SOME_TIME,
        ),
        Column(
            "status",
            Wording("状态", "status"),
            Wording("可不填：在训、免修、退出；新人默认在训", "optional: enrolled, exempt, withdrawn"),
            choices=[*STATUSES.values()],
            example=STATUSES["enrolled"],
        ),
        Column(
            "reason",
            Wording("原因", "reason"),
            Wording(
                f"免修或退出时必填；免修写日历列出的一条：{grounds}" if grounds else "免修或退出时必填",
                f"required for exempt and withdrawn; for exempt one of {grounds}" if grounds else "required for exempt and withdrawn",
            ),
        ),
        *hours,
        *forming_columns(calendar),
    )  # fmt: skip


def _evidence(calendar: TermCalendar) -> Sequence[Column]:
    tasks = [task for task in calendar.tasks if task.shows]
    kinds = [calendar.evidence[kind].name for kind in _each(kind for task in tasks for kind in task.shows)]
    return (
        NUMBER,
        NAME_TO_CHECK,
        _of_tasks(tasks, calendar),
        Column(
            "kind",
            Wording("类型", "kind"),
            Wording("学习记录的类型；任务只有一种时可不填", "the evidence kind; optional if the task shows only one"),
            choices=kinds,
            example=_first(kinds),
        ),
        Column(
            "item",
            Wording("项目", "item"),
            Wording("课程或模块的名称；任务列有课程或模块时必填", "the course or module; required if the task has any"),
            ("课程", "模块"),
            choices=_each(item for task in tasks for item in items_of(task)),
            example=_first(items_of(tasks[0])) if tasks else "",
        ),
        Column(
            "amount",
            Wording("数量", "amount"),
            Wording("可不填，默认1；最多两位小数", "optional, 1 by default; at most two decimals"),
            figures=True,
            example="1" if tasks else "",
        ),
        Column(
            "characters",
            Wording("字数", "characters"),
            Wording("所交文字的字数；任务有字数要求时应填", "length of the text; needed where the task asks for one"),
            figures=True,
        ),
        Column(
            "file",
            Wording("附件", "file"),
            Wording(
                "所交文件的名称，几份用；隔开，导入时用 --files 指明文件夹。按文字考核的须是 .docx、.txt 或 .md，字数由文字本身数出",
                "the files, several with ; between, in the folder that --files names. What is judged by its text: .docx, .txt or .md, counted from itself",
            ),
            ("文件", "文件名", "attachment"),
        ),
        Column(
            "happened",
            Wording("发生时间", "happened"),
            Wording(
                "必填，如 2024-11-03 20:15。只写日期即当天最后一秒（23:59:59）",
                "required, such as 2024-11-03 20:15. A day alone is its last second (23:59:59)",
            ),
            ("时间", "提交时间", "完成时间"),
            required=True,
            example=_SOME_TIME,
        ),
        Column(
            "source",
            Wording("来源", "source"),
            Wording("记录来自哪个平台；可不填", "the platform that it comes from; optional"),
            ("平台",),
        ),
        Column(
            "reference",
            Wording("记录编号", "reference"),
            Wording(
                "平台给这条记录的编号；有编号的记录以后可以更正",
                "the platform's number for the record; with it the record can be corrected later",
            ),
            ("记录号",),
        ),
        COHORT_TO_CHOOSE,
        replace(ROLE_TO_CHOOSE, choices=[*calendar.roles.values()]),
    )  # fmt: skip


def _marks(calendar: TermCalendar) -> Sequence[Column]:
    found = (marking_of(calendar, task) for task in calendar.tasks)
    markings = [marking for marking in found if marking is not None]
    first = next(iter(markings), None)
    return (
        NUMBER,
        NAME_TO_CHECK,
        _of_tasks([marking.task for marking in markings], calendar),
        Column(
            "item",
            Wording("项目", "item"),
            Wording("评分细则的项目，或评价的一方", "the item of the rubric, or the side that gives the score"),
            choices=_each(part for marking in markings for part in marking.parts),
            example=_first(first.parts) if first else "",
        ),
        Column(
            "score",
            Wording("得分", "score"),
            Wording("按分数评的任务填写", "where scores are given"),
            ("分数", "成绩"),
            figures=True,
            example=shown(first.scale.high) if first and not first.grades else "",
        ),
        Column(
            "grade",
            Wording("等第", "grade"),
            Wording("按等第评的任务填写", "where grades are given"),
            ("等级",),
            choices=_each(grade for marking in markings for grade in marking.grades),
            example=_first(first.grades) if first else "",
        ),
        Column(
            "giver",
            Wording("评分人", "giver"),
            Wording("可不填；多方评价时每位评分人各占一行", "optional; a row each where several people give scores"),
            ("评价人",),
        ),
        COHORT_TO_CHOOSE,
        replace(ROLE_TO_CHOOSE, choices=[*calendar.roles.values()]),
    )  # fmt: skip


def _rubric(calendar: TermCalendar) -> Sequence[Column]:
    kinds = [name for names in RUBRIC_KINDS.values() for name in names]
    return (
        *tier_columns(calendar, ["school"], leads="school"),
        _of_tasks([task for task in calendar.tasks if rubric_of(calendar, task)], calendar),
        Column(
            "item",
            Wording("项目", "item"),
            Wording("必填：考核细则的一项", "required: one line of the rubric"),
            ("考核项目",),
            required=True,
            example=Wording("听课笔记", "Lesson notes"),
        ),
        Column(
            "kind",
            Wording("类别", "kind"),
            Wording("必填：课程、活动、作业、其他", "required: course, activity, work, other"),
            required=True,
            choices=kinds,
            example=kinds[0],
        ),
        Column(
            "points",
            Wording("满分", "points"),
            Wording("必填；一个学校各项之和须正好等于考核项的满分", "required; a school's items must add exactly"),
            ("分值",),
            required=True,
            figures=True,
            example="10",
        ),
    )  # fmt: skip


def _filing(calendar: TermCalendar) -> Sequence[Column]:
    number = replace(NUMBER, required=False, leads=False)
    return filing_columns(calendar, (number, NAME_TO_CHECK, COHORT_TO_CHOOSE, *tier_columns(calendar, ())))


def _exceptions(calendar: TermCalendar) -> Sequence[Column]:
    role = replace(ROLE_TO_CHOOSE, choices=[*calendar.roles.values()])
    tasks = _of_tasks([task for task in calendar.tasks if task.shows], calendar)
    return exception_columns(
        calendar, (NUMBER, NAME_TO_CHECK, COHORT_TO_CHOOSE, role), replace(tasks, example="")
    )


def _of_tasks(tasks: Sequence[Task], calendar: TermCalendar) -> Column:
    """The column of these tasks, by name; by id where two share a name."""
    every = [task.name for task in calendar.tasks]
    names = [task.name if every.count(task.name) == 1 else task.id for task in tasks]
    return replace(TASK, choices=names, example=_first(names))


def _each(names: Iterable[str]) -> list[str]:
    return [*dict.fromkeys(names)]


def _first(names: Iterable[str]) -> str:
    return next(iter(names), "")


@dataclass(frozen=True)
class Form:
    """One kind of file: what its sheet is called, and its columns in a programme."""

    sheet: Wording
    columns: Callable[[TermCalendar], Sequence[Column]]


FORMS: dict[Kind, Form] = {
    "roster": Form(Wording(zh="名册", en="Roster"), _roster),
    "evidence": Form(Wording(zh="学习记录", en="Evidence"), _evidence),
    "marks": Form(Wording(zh="评分", en="Marks"), _marks),
    "rubric": Form(Wording(zh="考核细则", en="Rubric"), _rubric),
    "filing": Form(Wording(zh="上报", en="Filings"), _filing),
    "exceptions": Form(Wording(zh="例外", en="Exceptions"), _exceptions),
    "peers": Form(Wording(zh="互评", en="Peer reviews"), peer_columns),
    "steps": Form(Wording(zh="磨课步骤", en="Lesson study steps"), step_columns),
}
