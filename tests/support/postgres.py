"""One PostgreSQL database for many tests: emptied for each, which is far quicker than making it, and made anew where a test
changed more than rows."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlmodel import SQLModel

STAYS = "data_key"  # which a database has from its beginning
_SHAPE = (
    "SELECT string_agg(said, ' ' ORDER BY said) FROM ("
    "SELECT concat(relname, relkind, relchecks) AS said FROM pg_class WHERE relnamespace = 'public'::regnamespace "
    "UNION ALL SELECT concat(tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal "
    "UNION ALL SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
    "UNION ALL SELECT concat(attrelid::regclass, attname, attnotnull) FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid "
    "WHERE relnamespace = 'public'::regnamespace AND attnum > 0) AS told"
)
_RESTART = (
    "SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
)
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def _shape(connection: Connection) -> tuple[object, ...]:
    """All but rows, and of these the schema's version."""
    versions: list[object] = []
    if "alembic_version" in (shape := str(connection.exec_driver_sql(_SHAPE).scalar_one())):
        versions += connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars()
    return shape, *versions


class EmptiedDatabase:
    """A database of one name, empty and migrated whenever it is asked for."""

    def __init__(self, server: Connection, url: str, name: str, template: str) -> None:
        self.server, self.name, self.template = server, name, template
        self.url = make_url(url).set(database=name).render_as_string(hide_password=False)
        self._engine: Engine | None = None
        self._shape: tuple[object, ...] = ()

    def empty(self) -> str:
        """Its address, when nothing is in it any more."""
        if self._engine is None or not self._is_emptied(self._engine):
            self.drop()
            self.server.exec_driver_sql(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"')
            self._engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
            with self._engine.connect() as connection:
                self._shape = _shape(connection)
        return self.url

    def drop(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        self.server.exec_driver_sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _is_emptied(self, engine: Engine) -> bool:
        with engine.connect() as connection:
            connection.exec_driver_sql(_OTHERS)
            if _shape(connection) != self._shape:
                return False
            names = [table.name for table in reversed(SQLModel.metadata.sorted_tables) if table.name != STAYS]
            asked = " UNION ALL ".join(
                f"(SELECT {at} WHERE EXISTS (SELECT FROM {name}))" for at, name in enumerate(names)
            )
            filled = [names[at] for at in sorted(connection.exec_driver_sql(asked).scalars())]
            acts = [
                f"ALTER TABLE {name} DISABLE TRIGGER USER; DELETE FROM {name}; ALTER TABLE {name} ENABLE TRIGGER USER"
                for name in filled
            ]
            connection.exec_driver_sql("; ".join([*acts, _RESTART]))
            if filled:  # so that rows come to lie as in a new table
                connection.exec_driver_sql(f"VACUUM {', '.join(filled)}")
        return True
