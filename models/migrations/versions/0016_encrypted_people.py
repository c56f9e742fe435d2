"""Numbers and phones encrypted, each beside what it is found by, and under which key. Who was erased, by whom and why; the names
of the files that a person handed in and what stands in them can be emptied."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from models.append_only import never_changed, only_emptied
from models.database import leave_no_trace
from models.encrypted import encrypted, found_by
from models.keys import keyring

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TEXT = sa.String
INSTANT = sa.BigInteger  # seconds since 1970 UTC
FIELDS = ("number", "phone")
CHUNK = 10_000


def upgrade() -> None:
    connection = op.get_bind()
    data_key = op.create_table("data_key", sa.Column("name", TEXT, primary_key=True))
    connection.execute(data_key.insert(), {"name": keyring().current.name})
    if connection.dialect.name == "sqlite":
        _anew(connection)
    else:
        _in_place(connection)
    op.create_index("ix_person_phone_hash", "person", ["phone_hash"])
    op.create_table(
        "erasure",
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), primary_key=True),
        *(sa.Column(name, TEXT, nullable=False) for name in ("reason", "name")),
        sa.Column("document", TEXT, nullable=True),
        *(sa.Column(name, INSTANT, nullable=False) for name in ("effective_at", "recorded_at")),
    )
    never_changed(("erasure",))
    only_emptied({"handed_file": "name", "text_body": "body"})


def _anew(connection: sa.Connection) -> None:
    """The table made anew, for SQLite drops no constraint; and nothing of the old one stays in the file. Who refers to a person
    finds the new one before anybody asks."""
    leave_no_trace(connection)
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TABLE person_before AS SELECT * FROM person")
    op.drop_table("person")
    person = op.create_table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.LargeBinary, nullable=False),
        sa.Column("number_hash", TEXT, nullable=False, unique=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("phone", sa.LargeBinary, nullable=True),
        *(sa.Column(name, TEXT, nullable=True) for name in ("phone_hash", "email", "refused_email", "way")),
    )
    before = sa.table(
        "person_before", *map(sa.column, ("id", *FIELDS, "name", "email", "refused_email", "way"))
    )
    for rows in _chunks(connection, before, before.c):
        connection.execute(person.insert(), [{**row, **_hidden(row)} for row in rows])
    op.drop_table("person_before")


def _in_place(connection: sa.Connection) -> None:
    """Columns in the place of the old ones; and the table written anew, or the old rows would stay in its file as dead ones."""
    for name in FIELDS:
        op.alter_column("person", name, new_column_name=f"{name}_before")
        op.add_column("person", sa.Column(name, sa.LargeBinary, nullable=True))
        op.add_column("person", sa.Column(f"{name}_hash", TEXT, nullable=True))
    person = sa.table(
        "person",
        sa.column("id"),
        *(sa.column(name + end) for name in FIELDS for end in ("", "_before", "_hash")),
    )
    before = [person.c.id, *(person.c[f"{name}_before"].label(name) for name in FIELDS)]
    for rows in _chunks(connection, person, before):
        hidden = [_hidden(row) for row in rows]
        statement = (
            sa.update(person)
            .where(person.c.id == sa.bindparam("of"))
            .values({name: sa.bindparam(f"new_{name}") for name in hidden[0]})
        )
        connection.execute(
            statement,
            [
                {"of": row["id"], **{f"new_{name}": value for name, value in new.items()}}
                for row, new in zip(rows, hidden, strict=True)
            ],
        )
    for name in FIELDS:
        op.drop_column("person", f"{name}_before")
    for name in ("number", "number_hash"):
        op.alter_column("person", name, nullable=False)
    op.create_unique_constraint("person_number_hash_key", "person", ["number_hash"])
    op.execute("CLUSTER person USING person_pkey")


def _chunks(connection: sa.Connection, table: Any, columns: Any) -> Iterator[list[dict[str, Any]]]:
    last = 0
    while (
        rows := connection.execute(
            sa.select(*columns).select_from(table).where(table.c.id > last).order_by(table.c.id).limit(CHUNK)
        )
        .mappings()
        .all()
    ):
        yield [dict(row) for row in rows]
        last = rows[-1]["id"]


def _hidden(row: dict[str, Any]) -> dict[str, Any]:
    found = {name: encrypted(f"person.{name}", row[name]) for name in FIELDS}
    return {**found, **{f"{name}_hash": found_by(row[name]) for name in FIELDS}}
