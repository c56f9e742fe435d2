"""Who cannot be reached, as pages of a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from calendars.messages import Locale, Wording
from exchange.columns import written_in
from exchange.workbooks import Page, write_workbook
from workflows.unreachable import WHY, Unreachable

NOBODY = Wording(zh="无人", en="nobody")
PEOPLE = Wording(zh="收不到提醒的人", en="People not reached")
ORGANISATIONS = Wording(zh="没有联系方式的单位", en="Organisations not reached")

_ORGANISATION, _WHY, _TOLD = (
    Wording(zh="单位", en="organisation"),
    Wording(zh="原因", en="why"),
    Wording(zh="改为告知", en="told instead"),
)
_OF_PEOPLE = (
    _ORGANISATION,
    Wording(zh="项目", en="programme"),
    Wording(zh="班级", en="cohort"),
    Wording(zh="人员编号", en="number"),
    Wording(zh="姓名", en="name"),
    _WHY,
    _TOLD,
)


def unreachable_pages(found: Unreachable, locale: Locale) -> Sequence[Page]:
    """The people, and the organisations that would have to be told, each by organisation."""

    def told(name: str | None) -> str:
        return written_in(name or NOBODY, locale)

    people = [
        [one.organisation, one.programme, one.cohort, one.number, one.name, written_in(WHY[one.why], locale), told(one.told)]
        for one in found.people
    ]  # fmt: skip
    organisations = [
        [one.organisation, written_in(WHY[one.why], locale), told(one.told)] for one in found.organisations
    ]
    return [
        Page(written_in(PEOPLE, locale), [written_in(one, locale) for one in _OF_PEOPLE], people),
        Page(
            written_in(ORGANISATIONS, locale),
            [written_in(one, locale) for one in (_ORGANISATION, _WHY, _TOLD)],
            organisations,
        ),
    ]


def write_unreachable(found: Unreachable, path: Path, locale: Locale) -> None:
    write_workbook(path, unreachable_pages(found, locale))
