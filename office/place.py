"""Where an office keeps its things: its settings, and its database opened and found fit for this program, in the name of
whoever acts."""

from __future__ import annotations

from sqlalchemy import Engine

from exchange.belongings import Belongings
from flows.holidays import NAME as HOLIDAYS
from flows.settings import OfficeSettings
from models.database import open_database, reading
from models.migrating import require_current
from office.acting import keep_shown_in_full, names
from office.exits import at_end
from office.typed import at_the_desk
from office.variables import settings
from workflows.scopes import acting_as, require_everything, scopes_of

__all__ = ["database", "database_within", "settings"]


def belongings(office: OfficeSettings) -> Belongings:
    """Where an office keeps what belongs to its database."""
    return Belongings(office.heads, office.files, office.home / HOLIDAYS, office.letter_texts)


def database() -> Engine:
    """The office's database, for operators of everything. Raises Refused for others, as for `database_within`."""
    engine = database_within()
    with reading(engine) as session:
        require_everything(session)
    return engine


def database_within() -> Engine:
    """The office's database, open until the command that asks for it ends, for operators of any scope: what the command looks
    up or does must be asked for its scope, as `workflows.known` does. Raises Refused, with what to do, where the database is
    not made or of another version, and where no such operator stands."""
    engine = open_database(settings().database_url)
    at_end.callback(engine.dispose)
    require_current(engine)
    acting = acting_as(engine, *names())
    with reading(acting) as session:
        scopes_of(session)
    if at_the_desk.in_full:
        keep_shown_in_full()
    return acting
