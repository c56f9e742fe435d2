"""The contacts of made-up organisations, as an office would get them: an address for each of every tier, but for a school."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from calendars.term import TermCalendar
from exchange.contact_sheets import ContactShown, write_contacts
from office.samples_people import AS_PEOPLE_ARE, SURNAMES, Manner, schools_of


def write_contact_samples(
    calendars: Iterable[TermCalendar], path: Path, manner: Manner = AS_PEOPLE_ARE
) -> None:
    """Write the sheet for all organisations of these programmes. The same programmes give the same sheet."""
    wanted: dict[str, None] = {}
    for calendar in calendars:
        schools = schools_of(calendar, manner)
        for school in schools:
            names = [*school.path.values()]
            ends = len(names) - (school is schools[-1])  # nobody has given the address of the last
            wanted |= dict.fromkeys("/".join(names[:end]) for end in range(1, ends + 1))
    write_contacts((_contact(name, number) for number, name in enumerate(wanted, 1)), path, "zh")


def _contact(name: str, number: int) -> ContactShown:
    return ContactShown(
        organisation=name, programme="", cohort="", name=f"{SURNAMES[number % len(SURNAMES)]}老师",
        email=f"unit-{number:03d}@example.com", robot=None, refused=False,
    )  # fmt: skip
