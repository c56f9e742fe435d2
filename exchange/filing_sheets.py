"""Cases as the office's own sheets: a workbook that can be filled in further and taken in again, and a page to print
and stamp."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from calendars.filings import Filing
from calendars.messages import Locale, Wording
from calendars.quantities import read_hundredths
from calendars.term import TermCalendar
from exchange.columns import Column, written_in
from exchange.filing_columns import column_of
from exchange.forms import columns_of
from exchange.workbooks import Page, write_workbook
from workflows.filing_fields import as_text
from workflows.filing_lists import CaseSeen
from workflows.organisations import Node

STANDS = Wording(zh="{state}（{link}，{holder}）", en="{state} ({link}, {holder})")
PRINTED = {
    "passing",
    "accepted",
}  # what a unit reports; what was returned, refused or has lapsed is none of it
NUMBER = Wording(zh="序号", en="no.")
PERSON = Wording(zh="姓名", en="name")
PERSON_NUMBER = Wording(zh="人员编号", en="number")
COHORT = Wording(zh="班级", en="cohort")
PEERS = Wording(zh="互评均分", en="peers' mean")
TITLE = Wording(zh="题名", en="title")
UNIT = Wording(zh="单位", en="organisation")
WEEK = Wording(zh="周", en="week")
PASSED = Wording(zh="各环节办理时间", en="links")
REPORTED_BY = Wording(zh="填报单位（公章）：", en="Reported by (seal):")
SIGNED = Wording(zh="负责人（签字）：", en="Head (signature):")
FILLED_IN = Wording(zh="填表人：", en="Filled in by:")
DATED = Wording(zh="年　　月　　日", en="Date:")
COUNT = Wording(zh="共{count}件", en="{count:case|cases}")
STYLE = """
@page { size: A4 landscape; margin: 15mm; }
body { font-family: "Noto Serif CJK SC", "SimSun", serif; font-size: 12pt; margin: 0; }
h1 { text-align: center; font-size: 20pt; margin: 0 0 2mm; }
.programme { text-align: center; margin: 0 0 6mm; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 0.3mm solid #000; padding: 1.5mm 2mm; text-align: left; vertical-align: top; white-space: pre-line; }
th { text-align: center; white-space: nowrap; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
.foot { display: flex; justify-content: space-between; margin-top: 8mm; min-height: 42mm; break-inside: avoid; }
.seal { width: 70mm; }
.date { margin-top: 26mm; text-align: right; }
"""


def narrowed(calendar: TermCalendar, filing: Filing) -> TermCalendar:
    """The calendar with one filing alone, whose sheet has no columns of others."""
    return calendar.model_copy(update={"filings": (filing,)})


def write_cases(
    calendar: TermCalendar, filing: Filing, cases: Iterable[CaseSeen], path: Path, locale: Locale
) -> int:
    """A workbook of the columns that an import reads, one row a case that has been filed. Returns how many."""
    columns = columns_of("filing", narrowed(calendar, filing))
    headings = [written_in(column.name, locale) for column in columns]
    rows = (
        [_written(column, cells.get(column.key, "")) for column in columns]
        for cells in _rows(filing, cases, columns, locale)
    )
    return write_workbook(path, [Page(filing.sheet, headings, rows, in_full=True)])


def _written(column: Column, said: str | int) -> str | int:
    """A number as one, in hundredths."""
    return read_hundredths(said) if column.figures and said != "" else said


def _rows(
    filing: Filing, cases: Iterable[CaseSeen], columns: Sequence[Column], locale: Locale
) -> Iterable[dict[str, str | int]]:
    for case in cases:
        if case.number is None or not case.steps:
            continue
        tiers = dict(zip(case.tiers, case.path, strict=True))
        fields = {
            column_of(field, columns): as_text(case.fields[key])
            for key, field in filing.fields.items()
            if key in case.fields
        }
        number, name = case.person or ("", "")
        stands = STANDS(state=case.label, link=case.stands_at, holder=case.holder).text(locale)
        yield {
            **tiers, **fields, "filing": filing.name, "case": str(case.number), "number": number, "name": name,
            "title": case.title if filing.about == "entry" else "", "period": case.period, "state": stands,
            "cohort": case.title if filing.about == "cohort" else "", "peers": str(case.got or "") if case.got is None or case.got.mean is None else case.got.mean,
        }  # fmt: skip


def printed(
    calendar: TermCalendar, filing: Filing, unit: Node, cases: Sequence[CaseSeen], locale: Locale
) -> str:
    """An HTML page for one organisation: what has come to it, with room for seal, signature and date. Everybody's words
    in it are text, and nothing in it runs or is fetched."""
    shown = [
        case
        for case in cases
        if case.state in PRINTED and any(link.tier == unit.tier and link.came_at for link in case.links)
    ]
    say = lambda wording, **facts: html.escape(wording(**facts).text(locale))  # noqa: E731
    head = [NUMBER, *([PERSON, PERSON_NUMBER] if filing.by_a_person else [])]
    head += [TITLE] if filing.about == "entry" else []
    head += [COHORT] if filing.about == "cohort" else []
    head += [WEEK] if filing.every else []
    head += [PEERS] if filing.peers else []
    names = [say(one) for one in (*head, UNIT)] + [html.escape(one.name) for one in filing.fields.values()]
    cells = [_printed_row(calendar, filing, number, case, locale) for number, case in enumerate(shown, 1)]
    body = "\n".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
    return f"""<!DOCTYPE html>
<html lang="{"zh-CN" if locale == "zh" else "en"}">
<head><meta charset="utf-8"><title>{html.escape(filing.sheet)}</title><style>{STYLE}</style></head>
<body>
<h1>{html.escape(filing.sheet)}</h1>
<p class="programme">{html.escape(calendar.name)}　{say(COUNT, count=len(shown))}</p>
<table><thead><tr>{"".join(f"<th>{name}</th>" for name in names)}<th>{say(PASSED)}</th></tr></thead>
<tbody>
{body}
</tbody></table>
<div class="foot">
<div class="seal">{say(REPORTED_BY)}<br>{html.escape(unit.name)}</div>
<div>{say(FILLED_IN)}</div>
<div class="seal">{say(SIGNED)}<div class="date">{say(DATED)}</div></div>
</div>
</body></html>
"""


def _printed_row(
    calendar: TermCalendar, filing: Filing, number: int, case: CaseSeen, locale: Locale
) -> list[str]:
    who = [case.person[1], case.person[0]] if case.person else []
    title = [case.title] if filing.about in {"entry", "cohort"} else []
    week = [case.period] if filing.every else []
    got = [str(case.got or "")] if filing.peers else []
    fields = [as_text(case.fields.get(key, "")) for key in filing.fields]
    links = [
        f"{link.name.text(locale)} {_day(calendar, link.passed_at)}" for link in case.links if link.passed_at
    ]
    return [str(number), *who, *title, *week, *got, " ".join(case.path), *fields, "\n".join(links)]


def _day(calendar: TermCalendar, at: datetime) -> str:
    return at.astimezone(calendar.zoneinfo).date().isoformat()
