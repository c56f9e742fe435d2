"""The files that an office fills in: which columns each has, and what each column means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from calendars.messages import Wording
from calendars.term import TermCalendar
from exchange.columns import Column

Kind = Literal["roster", "evidence", "marks", "rubric"]

TIERS = {
    "province": Wording(zh="省", en="province"),
    "city": Wording(zh="市", en="city"),
    "county": Wording(zh="区县", en="county"),
    "school": Wording(zh="学校", en="school"),
}
_TIER_ALIASES = {
    "province": ("省份",),
    "city": ("地市", "城市"),
    "county": ("区", "县", "县区", "县（区）", "区（县）", "县（市、区）"),
    "school": ("学校名称", "单位", "工作单位", "任职学校"),
}

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


def columns_of(kind: Kind, calendar: TermCalendar) -> Sequence[Column]:
    """The columns of a kind of file, in the order in which a template shows them."""
    match kind:
        case "roster":
            return _roster(calendar)
        case "evidence":
            return _EVIDENCE
        case "marks":
            return _MARKS
        case "rubric":
            return _rubric(calendar)


def tier_columns(calendar: TermCalendar, required: Sequence[str], leads: str = "") -> list[Column]:
    return [
        Column(
            tier,
            TIERS[tier],
            Wording(
                zh=f"{TIERS[tier].zh}的名称，没有这一级的留空",
                en=f"name of the {tier}; empty where there is none",
            ),
            _TIER_ALIASES[tier],
            required=tier in required,
            leads=tier == leads,
        )
        for tier in calendar.tiers
    ]


def _roster(calendar: TermCalendar) -> Sequence[Column]:
    roles = "、".join(calendar.roles.values())
    return (
        Column("name", Wording("姓名", "name"), Wording("必填", "required"), required=True),
        NUMBER,
        Column(
            "role",
            Wording("角色", "role"),
            Wording(f"必填：{roles}", f"required: {', '.join(calendar.roles)}"),
            required=True,
        ),
        Column(
            "cohort",
            Wording("班级", "cohort"),
            Wording("必填。还没有的班级会新建", "required. A cohort that does not exist yet is made"),
            ("研修组", "班级名称"),
            required=True,
        ),
        *tier_columns(calendar, calendar.tiers),
        Column("phone", Wording("手机", "phone"), Wording("可不填", "optional"), ("手机号", "手机号码", "电话")),
        Column("email", Wording("邮箱", "email"), Wording("可不填", "optional"), ("电子邮箱", "电子邮件")),
        Column(
            "joined",
            Wording("加入时间", "joined"),
            Wording(
                "可不填，如 2019-12-08 20:15；默认为名册的接收时间。只写日期即当天最后一秒",
                "optional, such as 2019-12-08 20:15; by default when the file was received. "
                "A day alone is its last second",
            ),
        ),
        Column(
            "status",
            Wording("状态", "status"),
            Wording("可不填：在训、免修、退出；新人默认在训", "optional: enrolled, exempt, withdrawn"),
        ),
        Column(
            "reason",
            Wording("原因", "reason"),
            Wording("免修或退出时必填", "required for exempt and withdrawn"),
        ),
    )  # fmt: skip


_EVIDENCE = (
    NUMBER,
    NAME_TO_CHECK,
    TASK,
    Column(
        "kind",
        Wording("类型", "kind"),
        Wording("学习记录的类型；任务只有一种时可不填", "the evidence kind; optional if the task shows only one"),
    ),
    Column(
        "item",
        Wording("项目", "item"),
        Wording("课程或模块的名称；任务列有课程或模块时必填", "the course or module; required if the task has any"),
        ("课程", "模块"),
    ),
    Column(
        "amount",
        Wording("数量", "amount"),
        Wording("可不填，默认 1；最多两位小数", "optional, 1 by default; at most two decimals"),
    ),
    Column(
        "characters",
        Wording("字数", "characters"),
        Wording("所交文字的字数；任务有字数要求时应填", "length of the text; needed where the task asks for one"),
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
    ROLE_TO_CHOOSE,
)  # fmt: skip

_MARKS = (
    NUMBER,
    NAME_TO_CHECK,
    TASK,
    Column(
        "item",
        Wording("项目", "item"),
        Wording("评分细则的项目，或评价的一方", "the item of the rubric, or the side that gives the score"),
    ),
    Column("score", Wording("得分", "score"), Wording("按分数评的任务填写", "where scores are given"), ("分数", "成绩")),
    Column("grade", Wording("等第", "grade"), Wording("按等第评的任务填写", "where grades are given"), ("等级",)),
    Column(
        "giver",
        Wording("评分人", "giver"),
        Wording("可不填；多方评价时每位评分人各占一行", "optional; a row each where several people give scores"),
        ("评价人",),
    ),
    COHORT_TO_CHOOSE,
    ROLE_TO_CHOOSE,
)  # fmt: skip


def _rubric(calendar: TermCalendar) -> Sequence[Column]:
    return (
        *tier_columns(calendar, ["school"], leads="school"),
        TASK,
        Column(
            "item",
            Wording("项目", "item"),
            Wording("必填：考核细则的一项", "required: one line of the rubric"),
            ("考核项目",),
            required=True,
        ),
        Column(
            "kind",
            Wording("类别", "kind"),
            Wording("必填：课程、活动、作业、其他", "required: course, activity, work, other"),
            required=True,
        ),
        Column(
            "points",
            Wording("满分", "points"),
            Wording("必填；一个学校各项之和须正好等于考核项的满分", "required; a school's items must add exactly"),
            ("分值",),
            required=True,
        ),
    )  # fmt: skip
