"""Numbers and phones from under one key to another: everybody's, in one transaction."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, text

from models.database import leave_no_trace
from models.keys import Key, keyring
from models.people import NUMBER, PHONE

AT_ONCE = 10_000

_NEXT = text("SELECT id, number, phone FROM person WHERE id > :last ORDER BY id LIMIT :count")
_ANEW = text(
    "UPDATE person SET number = :number, number_hash = :number_hash, phone = :phone, phone_hash = :phone_hash WHERE id = :of"
)


def rekey(connection: Connection, key: Key, advance: Callable[[int, int], None] | None = None) -> int:
    """Put everybody under this key, one of the office's. How many people it is. Until the transaction has ended nobody is
    registered by another."""
    connection.execute(text("UPDATE data_key SET name = :name"), {"name": key.name})
    leave_no_trace(connection)
    total = int(connection.scalar(text("SELECT count(*) FROM person")) or 0)
    last = done = 0
    while rows := connection.execute(_NEXT, {"last": last, "count": AT_ONCE}).all():
        connection.execute(_ANEW, [_row(key, *row) for row in rows])
        last, done = rows[-1][0], done + len(rows)
        if advance is not None:
            advance(done, total)
    keyring().go_by(key.name)
    return done


def _row(key: Key, person: int, number: bytes, phone: bytes | None) -> dict[str, object]:
    row: dict[str, object] = {"of": person}
    for name, field, kept in (("number", NUMBER, number), ("phone", PHONE, phone)):
        said = None if kept is None else keyring().opened(field.encode(), kept)
        row[name] = None if said is None else key.encrypted(field.encode(), said)
        row[f"{name}_hash"] = None if said is None else key.found_by(said)
    return row
