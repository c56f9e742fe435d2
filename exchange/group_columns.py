"""The columns that research groups need: the sheet of their lesson studies' steps, and what a roster says of forming groups."""

from __future__ import annotations

from collections.abc import Sequence

from calendars.messages import Wording
from calendars.term import TermCalendar
from exchange.cells import Reader
from exchange.columns import Column, Row, plain
from exchange.participants import nearest

UNKNOWN_SUBJECT = Wording(
    zh="项目没有学科“{found}”。{hint}", en="the programme has no subject {found!r}. {hint}"
)
ALL_SUBJECTS = Wording(zh="学科有：{names}", en="The subjects are: {names}")

_GROUP = Column(
    "cohort",
    Wording(zh="研修组", en="group"),
    Wording(zh="必填：研修组（班级）的名称", en="required: the name of the group (cohort)"),
    ("班级", "组名", "cohort"),
    required=True,
    leads=True,
)
_DONE = Column(
    "done",
    Wording(zh="完成时间", en="done"),
    Wording(
        zh="必填，如 2016-10-20 15:30。只写日期即当天最后一秒（23:59:59）。是否逾期按这一时间",
        en="required, such as 2016-10-20 15:30. A day alone is its last second (23:59:59). Whether it is late goes by this",
    ),
    ("时间",),
    required=True,
    example="2016-10-20 15:30",
)
_NOTE = Column("note", Wording(zh="说明", en="note"), Wording(zh="可不填", en="optional"))
_BY = Column(
    "by",
    Wording(zh="记录人", en="said by"),
    Wording(zh="谁说的；可由导入时写明的人代替", en="who says so; by default whoever the import names"),
    example=Wording(zh="李四", en="Li Si"),
)


def step_columns(calendar: TermCalendar) -> Sequence[Column]:
    """The sheet of lesson studies' steps. Which lesson study may be left out where there is one alone."""
    studies = calendar.lesson_studies
    names = [study.name for study in studies]
    steps = [*dict.fromkeys(step.name for study in studies for step in study.steps)]
    study = Column(
        "study",
        Wording(zh="磨课", en="lesson study"),
        Wording(zh="项目只有一项时可不填", en="optional where the programme has one alone"),
        choices=names,
        example=next(iter(names), ""),
    )
    step = Column(
        "step",
        Wording(zh="步骤", en="step"),
        Wording(zh="必填：步骤的名称或代号", en="required: the step's name or id"),
        ("环节",),
        required=True,
        choices=steps,
        example=next(iter(steps), ""),
    )
    return (_GROUP, study, step, _DONE, _NOTE, _BY)


def forming_columns(calendar: TermCalendar) -> Sequence[Column]:
    """What a roster says of forming groups, where the calendar forms any. A roster's import looks at none of it but that
    the subject is one of the programme's."""
    if calendar.groups is None:
        return ()
    return (
        Column(
            "subject",
            Wording(zh="学科", en="subject"),
            Wording(zh="组班时用；导入名册时不保存", en="for groups form; not kept by an import"),
            ("任教学科",),
            choices=calendar.groups.subjects,
            example=next(iter(calendar.groups.subjects), ""),
        ),
        Column(
            "pair",
            Wording(zh="结对学校", en="partner school"),
            Wording(
                zh="组班时用：人数不足时与哪所学校合组；导入名册时不保存",
                en="for groups form: whose group a school joins that has too few; not kept by an import",
            ),
        ),
        Column(
            "post",
            Wording(zh="职务", en="post"),
            Wording(
                zh="组班时用：如教研组长；导入名册时不保存",
                en="for groups form, such as 教研组长; not kept by an import",
            ),
            choices=calendar.groups.posts,
        ),
    )


def read_subject(reader: Reader, row: Row, calendar: TermCalendar) -> str:
    """The subject that a row says, as the calendar writes it; nothing where it says none or was refused."""
    text = reader.text(row, "subject")
    subjects = calendar.groups.subjects if calendar.groups else ()
    if not text or not subjects:
        return ""
    known = {plain(subject): subject for subject in subjects}
    if plain(text) not in known:
        hint = nearest(text, subjects, ALL_SUBJECTS)
        reader.refuse(row, "subject", UNKNOWN_SUBJECT(found=text, hint=hint))
    return known.get(plain(text), "")
