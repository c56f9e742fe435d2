"""The columns of the office's sheet of exceptions: one row a decision about one person, and what each kind of it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from calendars.messages import Wording
from calendars.term import TermCalendar
from exchange.columns import DOCUMENT, Column, by_export, plain
from workflows.person_status import ACTS


@dataclass(frozen=True)
class Says:
    """One kind of exception: what it is called, and which columns it needs and may have besides."""

    name: Wording
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


KINDS: dict[str, Says] = {
    "exempt": Says(Wording(zh="免修", en="exempt"), may=("item", "amount")),
    "readmit": Says(Wording(zh="恢复", en="readmit")),
    "withdraw": Says(Wording(zh="退出", en="withdraw")),
    "transfer": Says(Wording(zh="转班", en="transfer"), needs=("to",)),
    "prior": Says(
        Wording(zh="以往学时", en="prior"), needs=("task", "amount", "done"), may=("record", "item")
    ),
    "refuse": Says(Wording(zh="不予接受", en="refuse"), needs=("task",), may=("item", "reference")),
    "accept": Says(Wording(zh="接受", en="accept"), needs=("task",), may=("item", "reference")),
    "extend": Says(Wording(zh="延期", en="extend"), needs=("task", "to")),
}
OF_A_RECORD = ("refuse", "accept")  # what may be about one record alone
NOTHING = Says(Wording(zh="", en=""))  # of what is told in a sheet and decided elsewhere
OWN = ("task", "record", "item", "amount", "done", "reference", "to")  # what some kinds say and others do not

KIND = Column(
    "kind",
    Wording(zh="种类", en="kind"),
    Wording(
        zh="免修、恢复（取消免修）、退出、转班、以往学时（认定）、不予接受、接受（撤销不予接受）、延期",
        en="exempt, readmit (the exemption is taken back), withdraw, transfer, prior (work accepted), refuse (work is not), "
        "accept (the refusal is taken back) or extend",
    ),
    required=True,
    choices=[says.name for says in KINDS.values()],
    example=KINDS["exempt"].name,
)
RECORD = Column(
    "record",
    Wording(zh="类型", en="record"),
    Wording(
        zh="以往学时：学习记录的类型；任务只有一种时可不填",
        en="prior: the kind of record; optional where the task shows one alone",
    ),
)
ITEM = Column(
    "item",
    Wording(zh="项目", en="item"),
    Wording(
        zh="以往学时、不予接受、接受：课程、模块等的名称。免修：日历列出的免修条件",
        en="prior, refuse, accept: the course or module; exempt: the ground, as the calendar calls it",
    ),
)
AMOUNT = Column(
    "amount",
    Wording(zh="数量", en="amount"),
    Wording(
        zh="以往学时必填：认定多少。免修：免修条件要求的学时",
        en="required for prior: how much; exempt: the hours that its ground asks for",
    ),
    figures=True,
)
DONE = Column(
    "done",
    Wording(zh="完成时间", en="done"),
    Wording(zh="以往学时必填：何时在别处完成的", en="required for prior: when it was done elsewhere"),
)
REFERENCE = Column(
    "reference",
    Wording(zh="记录编号", en="reference"),
    Wording(zh="不予接受、接受：只这一条记录", en="refuse, accept: this record alone"),
)
TO = Column(
    "to",
    Wording(zh="至", en="to"),
    Wording(
        zh="转班必填：转到哪个班级；延期必填：延长到什么时候，只写日期即当天 24:00",
        en="required for transfer: the cohort; for extend: until when, a day alone is its 24:00",
    ),
    ("转到", "延长到", "until"),
)
WHY = Column(
    "why",
    Wording(zh="原因", en="why"),
    Wording(zh="必填，永久保存", en="required; kept for ever"),
    ("理由",),
    required=True,
    example=Wording(zh="已参加新教师培训", en="in the training of new teachers"),
)
BY = Column(
    "by",
    Wording(zh="决定人", en="decided by"),
    Wording(zh="必填：谁决定的", en="required: who decided"),
    required=True,
    example=Wording(zh="李四", en="Li Si"),
)
AT = Column(
    "at",
    Wording(zh="时间", en="at"),
    Wording(
        zh="何时起生效，可不填，默认为文件的接收时间。只写日期即当天最后一秒",
        en="from when it takes effect; by default when the file was received. A day alone is its last second",
    ),
    ("生效时间",),
)
ASSESSMENT = by_export("assessment", Wording(zh="考核", en="assessment"))


def exception_columns(calendar: TermCalendar, whose: Sequence[Column], task: Column) -> list[Column]:
    """The sheet's columns. `whose` tells people apart."""
    number, name, cohort, role = whose
    return [
        number, name, replace(cohort, about=Wording(zh="此人在几个班级时才要填", en="only for a person in several cohorts")),
        replace(role, about=Wording(zh="此人有几个角色时才要填", en="only for a person in several roles")),
        KIND, replace(task, required=False, about=Wording(zh="以往学时、不予接受、接受、延期时必填", en="required for prior, refuse, accept and extend")),
        replace(RECORD, choices=[kind.name for kind in calendar.evidence.values()]), ITEM, AMOUNT, DONE, REFERENCE, TO, WHY,
        BY, DOCUMENT, AT, ASSESSMENT,
    ]  # fmt: skip


def kind_called(text: str) -> str | None:
    """A kind by any of its names, also those by which exceptions are listed and which no row can bring about."""
    for kind, wording in [*((kind, says.name) for kind, says in KINDS.items()), *ACTS.items()]:
        if plain(text) in {plain(kind), plain(wording.zh), plain(wording.en)}:
            return kind
    return None


def kind_shown(kind: str) -> Wording:
    """How a kind is written into a sheet."""
    return KINDS[kind].name if kind in KINDS else ACTS[kind]
