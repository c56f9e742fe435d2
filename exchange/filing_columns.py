"""The columns of the office's sheet of filings: one row a case, and what is done with it."""

from __future__ import annotations

from collections.abc import Sequence

from calendars.filing_pages import link_name
from calendars.filings import Filing, FilingField
from calendars.messages import Wording
from calendars.term import TermCalendar
from exchange.columns import DOCUMENT, STATE, Column, by_export, plain

FIELD = "field:"  # before the name of a calendar's own field, in the key of its column

ACTS = {
    "apply": Wording(zh="报出", en="file"),
    "pass": Wording(zh="通过", en="pass"),
    "return": Wording(zh="退回", en="return"),
    "refuse": Wording(zh="不予接收", en="refuse"),
    "take_back": Wording(zh="撤回", en="take back"),
}

FILING = Column(
    "filing",
    Wording(zh="上报事项", en="filing"),
    Wording(
        zh="哪一项上报；项目只有一项时可不填", en="which filing; optional where the programme has one alone"
    ),
    leads=True,
)
CASE = Column(
    "case",
    Wording(zh="件号", en="case"),
    Wording(
        zh="已有的件的编号，导出的表里有；新报的不填",
        en="the number of a case that exists, as exported; empty for a new one",
    ),
)
ACT = Column(
    "act",
    Wording(zh="办理", en="act"),
    Wording(
        zh="报出、通过、退回、不予接收、撤回；新报的可不填。有件号而不填的，只是列在表里",
        en="file, pass, return, refuse or take back; optional for a new case. A numbered row without it is only listed",
    ),
    choices=[*ACTS.values()],
    example=ACTS["apply"],
)
LINK = Column(
    "link",
    Wording(zh="环节", en="link"),
    Wording(
        zh="由哪个环节办理，通过、退回、不予接收时必填",
        en="which link acts; required to pass, return or refuse",
    ),
)
TITLE = Column(
    "title",
    Wording(zh="题名", en="title"),
    Wording(zh="案例、课例的名称，或主持人姓名；一个单位报几项时必填", en="of the entry, where an organisation files several"),
)  # fmt: skip
WEEK = Column(
    "period",
    Wording(zh="周", en="week"),
    Wording(zh="每周一份的：这一周的第一天，如 2016-10-12", en="for a weekly one: the first day of the week, such as 2016-10-12"),
)  # fmt: skip
REASON = Column(
    "why",
    Wording(zh="办理理由", en="why"),
    Wording(zh="退回或不予接收时必填", en="required to return or refuse"),
)
BY = Column(
    "by",
    Wording(zh="经办人", en="done by"),
    Wording(zh="办理时必填：谁办理的", en="required with an act: who did it"),
    example=Wording(zh="李四", en="Li Si"),
)
PEERS = by_export("peers", Wording(zh="互评均分", en="peers' mean"))


def filing_columns(calendar: TermCalendar, whose: Sequence[Column]) -> list[Column]:
    """The sheet's columns for the filings of a calendar. `whose` tells persons and organisations apart."""
    names = [filing.name for filing in calendar.filings]
    links = dict.fromkeys(link_name(link).text("zh") for filing in calendar.filings for link in filing.chain)
    fixed = [
        _offering(FILING, names),
        CASE,
        ACT,
        _offering(LINK, [*links]),
        *whose,
        TITLE,
        *([WEEK] if any(filing.every for filing in calendar.filings) else []),
    ]
    last = [REASON, BY, DOCUMENT, STATE]
    last += [PEERS] if any(filing.peers for filing in calendar.filings) else []
    taken = {plain(name) for column in (*fixed, *last) for name in column.names()}
    own: dict[str, Column] = {}
    for filing in calendar.filings:
        for field in filing.fields.values():
            if plain(field.name) not in taken:
                own.setdefault(plain(field.name), _of_field(filing, field))
    return [*fixed, *own.values(), *last]


def column_of(field: FilingField, columns: Sequence[Column]) -> str:
    """The key of the column in which a field stands: its own, or the fixed one of the same name."""
    wanted = plain(field.name)
    return next(column.key for column in columns if wanted in {plain(name) for name in column.names()})


def _of_field(filing: Filing, field: FilingField) -> Column:
    name = Wording(zh=field.name, en=field.name)
    zh, en = [filing.name], [filing.name]
    if field.type == "table":
        zh.append(f"一行一条，各栏用“|”隔开：{' | '.join(field.columns)}")
        en.append(f"a row a line, its columns set apart by '|': {' | '.join(field.columns)}")
    if field.type == "date":
        zh.append("日期，如 2020-12-11")
        en.append("a day, such as 2020-12-11")
    if field.required:
        zh.append("必填")
        en.append("required")
    return Column(
        FIELD + field.name,
        name,
        Wording(zh="：".join(zh), en=": ".join(en)),
        figures=field.type == "number",
        choices=field.choices,
        example=next(iter(field.choices), ""),
    )


def _offering(column: Column, choices: Sequence[str]) -> Column:
    return Column(
        column.key, column.name, column.about, column.aliases, leads=column.leads, choices=choices,
        example=next(iter(choices), ""),
    )  # fmt: skip
