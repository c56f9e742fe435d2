"""What is wrong in a database so that an error quotes a person: a word where another must be, and a constraint or a trigger that
says of whom it will have nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, text

from models.database import transaction


@dataclass(frozen=True)
class Fault:
    """How it comes about and goes again, by dialect; who meets it."""

    name: str
    made: dict[str, tuple[str, ...]]
    undone: dict[str, tuple[str, ...]]
    met_by: tuple[str, ...]


_SOMEBODY = "(SELECT name FROM person ORDER BY id LIMIT 1)"
_OTHERS = "(SELECT name || coalesce(email, '') FROM person ORDER BY id LIMIT 1)"


def _a_word(table: str, column: str, met_by: tuple[str, ...]) -> Fault:
    """A person's name where one of some words must be: what looks it up fails, and says it."""
    made = (
        f"ALTER TABLE {table} ADD COLUMN kept TEXT",
        f"UPDATE {table} SET kept = {column}, {column} = {_SOMEBODY} || {column}",
    )
    undone = (
        f"DELETE FROM {table} WHERE kept IS NULL",  # what came meanwhile
        f"UPDATE {table} SET {column} = kept",
        f"ALTER TABLE {table} DROP COLUMN kept",
    )
    return Fault(
        f"{table}.{column}",
        dict.fromkeys(("sqlite", "postgresql"), made),
        dict.fromkeys(("sqlite", "postgresql"), undone),
        met_by,
    )


def _a_refusal(table: str, when: str, met_by: tuple[str, ...]) -> Fault:
    """A database that quotes somebody when it refuses a row, as PostgreSQL does in its details."""
    lite = (
        f"CREATE TRIGGER refused BEFORE {when} ON {table} BEGIN SELECT RAISE(ABORT, '{{somebody}} exists already'); END",
    )
    function = (
        "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE unique_violation USING MESSAGE = 'duplicate key', DETAIL = 'Key (email)=(' || "
        f"{_OTHERS} || ') already exists.'; END $$"
    )
    grown = (
        function,
        f"CREATE TRIGGER refused BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION refused()",
    )
    return Fault(
        f"{when} {table}",
        {"sqlite": lite, "postgresql": grown},
        {
            "sqlite": ("DROP TRIGGER refused",),
            "postgresql": (f"DROP TRIGGER refused ON {table}", "DROP FUNCTION refused()"),
        },
        met_by,
    )


FAULTS = (
    _a_word("enrolment", "role", ("night", "sending", "verify", "lock")),
    _a_word("cohort_phase", "state", ("night", "lock")),
    _a_word("hold", "kind", ("night", "night served", "form", "holds")),
    _a_refusal("night", "INSERT", ("night", "typed night")),
    _a_refusal("person", "INSERT", ("import", "roster")),
    _a_refusal("transition_log", "INSERT", ("night", "lock")),
    _a_refusal("letter", "UPDATE", ("sending",)),
    _a_refusal("night_batch", "UPDATE", ("night",)),
)


@contextmanager
def fault(engine: Engine, one: Fault) -> Iterator[None]:
    """As long as it lasts. Triggers that guard what is sealed are not in its way."""
    _say(engine, one.made[engine.dialect.name])
    try:
        yield
    finally:
        _say(engine, one.undone[engine.dialect.name])


def _say(engine: Engine, statements: tuple[str, ...]) -> None:
    with transaction(engine) as session:
        somebody = session.execute(text(f"SELECT {_OTHERS}")).scalar_one()
        for statement in statements:
            session.connection().exec_driver_sql(statement.replace("{somebody}", somebody))
