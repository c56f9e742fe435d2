"""Where an office keeps its things: its settings, and its database opened and found fit for this program."""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError

from calendars.messages import Problem, Refused, Wording, refuse
from flows.settings import PREFIX, OfficeSettings, office_settings
from models.database import NO_ADDRESS, open_database
from models.migrating import require_current

WRONG_SETTING = Wording(
    zh="环境变量的值“{found}”不对：{why}", en="the environment variable's value {found!r} is wrong: {why}"
)


def settings() -> OfficeSettings:
    """The settings as the environment has them. Raises Refused, naming each variable that is wrong."""
    try:
        return office_settings()
    except ValidationError as error:
        raise Refused(
            [
                Problem(
                    PREFIX + "_".join(str(part) for part in wrong["loc"]).upper(),
                    WRONG_SETTING(found=wrong["input"], why=wrong["msg"].removeprefix("Value error, ")),
                )
                for wrong in error.errors()
            ]
        ) from None
    except ArgumentError as error:
        raise refuse(NO_ADDRESS(why=error), "YANXIU_DATABASE_URL") from None


def database() -> Engine:
    """The office's database. Raises Refused, with what to do, where it is not made or of another version."""
    engine = open_database(settings().database_url)
    require_current(engine)
    return engine
