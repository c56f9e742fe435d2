"""The settings of an office as its environment has them, with every variable told that is wrong."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import ArgumentError

from calendars.messages import Message, Problem, Refused, UnreadableError, Wording, refuse
from flows.settings import PREFIX, OfficeSettings, office_settings
from models.database import NO_ADDRESS

WRONG_SETTING = Wording(
    zh="环境变量的值“{found}”不对：{why}", en="the environment variable's value {found!r} is wrong: {why}"
)
WRONG_SECRET = Wording(zh="环境变量的值不对：{why}", en="the environment variable's value is wrong: {why}")


def settings() -> OfficeSettings:
    """The settings as the environment has them. Raises Refused, naming each variable that is wrong."""
    try:
        return office_settings()
    except ValidationError as error:
        raise Refused(
            [
                Problem(PREFIX + "_".join(str(part) for part in wrong["loc"]).upper(), _wrong(wrong))
                for wrong in error.errors()
            ]
        ) from None
    except ArgumentError as error:
        raise refuse(NO_ADDRESS(why=error), "YANXIU_DATABASE_URL") from None


def _wrong(wrong: ErrorDetails) -> Message:
    """Why a value is wrong; the value itself, unless it may hold a password."""
    told = wrong.get("ctx", {}).get("error")
    why = told.message if isinstance(told, UnreadableError) else wrong["msg"].removeprefix("Value error, ")
    if any(not OfficeSettings.model_fields[str(name)].repr for name in wrong["loc"]):
        return WRONG_SECRET(why=why)
    return WRONG_SETTING(found=wrong["input"], why=why) if wrong["input"] else WRONG_SECRET(why=why)
