"""Contacts as the office's own sheet: the columns that an import reads. A robot's address is masked, and its cell leaves what
is there when the sheet comes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session

from calendars.messages import Locale, Wording
from exchange.columns import written_in
from exchange.contact_columns import CONTACT_COLUMNS, SHEET
from exchange.contact_places import Places
from exchange.robot_addresses import masked
from exchange.workbooks import Page, write_workbook
from workflows.contacts import Reach, Standing, Whose, contacts, everybody

REFUSED = Wording(zh="邮件服务器拒收", en="the mail server refuses it")


@dataclass(frozen=True)
class ContactShown:
    """One row of the sheet, as it may be seen."""

    organisation: str
    programme: str
    cohort: str
    name: str | None
    email: str | None
    robot: str | None
    refused: bool


def contacts_shown(session: Session, *, also_missing: bool = False) -> list[ContactShown]:
    """Every contact, by organisation and cohort; `also_missing` those too who have none yet."""
    places, standing = Places(session), contacts(session)
    return [
        _shown(places, whose, standing.get(whose) or Standing(whose, Reach()))
        for whose in everybody(places.names.tree, places.groups)
        if also_missing or whose in standing
    ]


def write_contacts(found: Iterable[ContactShown], path: Path, locale: Locale) -> None:
    headings = [written_in(column.name, locale) for column in CONTACT_COLUMNS]
    rows = (
        [
            one.organisation, one.programme, one.cohort, one.name, one.email, one.robot,
            written_in(REFUSED, locale) if one.refused else "",
        ]
        for one in found
    )  # fmt: skip
    write_workbook(path, [Page(written_in(SHEET, locale), headings, rows)])


def _shown(places: Places, whose: Whose, standing: Standing) -> ContactShown:
    reach = standing.reach
    robot = masked(reach.robot) if reach.robot else None
    if whose.kind == "o":
        named = places.names.called(whose.number), "", ""
    else:
        group = places.group(whose)
        named = "", group.programme, group.name
    return ContactShown(*named, reach.name, reach.email, robot, standing.refused)
