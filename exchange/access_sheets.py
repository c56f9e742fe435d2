"""The access log as rows: for a terminal, and for a workbook to be looked through or kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from calendars.messages import Locale, Wording
from calendars.spoken_times import shown
from exchange.workbooks import Page, write_workbook
from models.operators import Access

ACCESS = Wording(zh="访问记录", en="Access")
HEADINGS = (
    Wording(zh="时间", en="At"),
    Wording(zh="操作员", en="Operator"),
    Wording(zh="帐户", en="Account"),
    Wording(zh="做什么", en="Act"),
    Wording(zh="结果", en="Outcome"),
    Wording(zh="项目", en="Programme"),
    Wording(zh="涉及", en="About"),
    Wording(zh="文件", en="File"),
    Wording(zh="行数", en="Rows"),
)
REFUSED = Wording(zh="拒绝", en="refused")
EXPORTED = Wording(zh="导出", en="exported")
IN_FULL = Wording(zh="完整显示", en="shown in full")


def cells(one: Access, zone: ZoneInfo, locale: Locale) -> list[str]:
    """One line of the log."""
    outcome = (REFUSED if one.refused else EXPORTED if one.file else IN_FULL)().text(locale)
    return [
        shown(one.at, zone), one.operator, one.account, one.act, outcome, one.programme or "", one.concerned or "",
        one.file or "", "" if one.rows is None else str(one.rows),
    ]  # fmt: skip


def write_accesses(found: Sequence[Access], zone: ZoneInfo, path: Path, locale: Locale) -> int:
    """One row a line of the log, the oldest first. Returns how many there are."""
    headings = [heading().text(locale) for heading in HEADINGS]
    rows = [cells(one, zone, locale) for one in found]
    return write_workbook(path, [Page(ACCESS().text(locale), headings, rows)])
