"""People who can be told from everything else: names of rare characters, numbers, phones and addresses that nobody has, for
everybody of an office; and secrets as an office has them. What must not be found where no person belongs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import cycle, islice, product
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session
from stdnum.iso7064 import mod_11_2

from calendars.reader import read_calendar
from exchange.forms import FORMS, Kind, columns_of
from models.database import transaction
from models.letters import Contact
from models.people import Person
from tests.support.story import Story

CHARACTERS = "龘䶮㛃爨灏𪚥燊翀堃喆𬱖㼆"
MAILBOXES = (
    "gone",
    "greylisted",
    "spam",
    "policy",
)  # as tests/support/mail_server.py answers them; others are taken
ROBOT = "4f0c7d1e-99aa-4b5b-8c77-planted1robot"
TOKEN = "planted2token0b6f2a9c4e8d1f3a5b7c9d1e3f5a7b9"
PASSWORD = "planted3password"
ALERTS = "planted4alertkey"
SECRETS = (ROBOT, TOKEN, PASSWORD, ALERTS)
TEXT = "龘灏所写：教学目标要从学情出发，䶮䶮而定。"  # handed in by somebody
REASON = "燊翀因病住院，见翀灏医院证明"  # of an appeal or an exemption


def people(begin: int = 0) -> Iterator[dict[str, str]]:
    """One after the other, never the same."""
    names = ("".join(signs) for signs in product(CHARACTERS, repeat=3) if len(set(signs)) == 3)
    for place, name in enumerate(islice(names, begin, None), begin):
        bare = f"9900{place // 28 + 10:02}1987{place % 12 + 1:02}{place % 28 + 1:02}{place % 1000:03}"
        mailbox = [*MAILBOXES, f"p{place}"][place % 5]
        yield {
            "name": name,
            "number": bare + mod_11_2.calc_check_digit(bare),
            "phone": f"199{73_000_000 + place * 7919:08}",
            "email": f"{mailbox}@planted{place}.example",
        }


def plant(story: Story) -> set[str]:
    """Make everybody of the office one of these. What must be found nowhere."""
    words = {*SECRETS, TEXT, REASON}
    with transaction(story.engine) as session:
        for person, one in zip(_everybody(session), people(), strict=False):
            person.name, person.number = one["name"], one["number"]
            person.phone, person.email = one["phone"], one["email"]
            words |= {*one.values()}
        contact = Contact(cohort_id=[*story.cohorts.values()][-1], robot=f"wecombot://{ROBOT}")
        session.add_all([contact, *_of_schools(session, words)])
    return words


def _everybody(session: Session) -> list[Person]:
    return list(session.execute(select(Person).order_by(Person.id)).scalars())


def _of_schools(session: Session, words: set[str]) -> Iterator[Contact]:
    from models.people import Organisation

    for place, one in zip(session.execute(select(Organisation.id)).scalars(), people(500), strict=False):
        words |= {one["name"], one["email"]}
        yield Contact(organisation_id=place, name=one["name"], email=one["email"])


def bad_files(text: str, inbox: Path) -> tuple[dict[str, Kind], set[str]]:
    """Files of every kind with such people in every cell, and some that are no such file: by name, with the kind that they are
    said to be. What they hold that must be found nowhere."""
    calendar, said = read_calendar(text, "calendar"), list(islice(people(900), 12))
    words = {value for one in said for value in one.values()}
    files: dict[str, Kind] = {}
    for kind in FORMS:
        titles = [column.name.zh for column in columns_of(kind, calendar)]
        values = cycle([value for one in said for value in one.values()] + [TEXT, REASON])
        for name, length in (("wrong", len(titles)), ("short", max(1, len(titles) - 2))):
            with (inbox / f"{name}-{kind}.csv").open("w", encoding="utf-8", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(titles)
                rows.writerows([next(values) for _ in range(length)] for _ in range(5))
            files[f"{name}-{kind}.csv"] = kind
    (first, second, *_) = said
    others = {
        "no-header.csv": ",".join([*first.values(), *second.values()]),
        "twice.csv": f"姓名,姓名,{first['name']}\n{','.join(second.values())}",
        "quotes.csv": f'人员编号,姓名\n{first["number"]},"{first["name"]}\n{second["number"]},"x"y',
        "json.csv": str(first),
        "figures.csv": f"人员编号,姓名\n{float(int(first['number'][:17]))},{first['name']}",
    }
    for name, content in others.items():
        (inbox / name).write_text(content, encoding="utf-8")
        files[name] = "roster"
    (inbox / "mixed.csv").write_bytes(
        f"人员编号,姓名\n{first['number']},张三\n".encode() + f"{second['number']},张三\n".encode("gb18030")
    )
    (inbox / "binary.csv").write_bytes(b"PK\x03\x04" + first["name"].encode() * 9)
    return files | {"mixed.csv": "roster", "binary.csv": "roster"}, words
