"""What an office sets once, by environment variables, for the command and for the flows alike."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from calendars.messages import Locale, Problem, Refused, Wording
from flows.locales import locale_of

WRONG_SETTING = Wording(
    zh="环境变量的值“{found}”不对：{why}", en="the environment variable's value {found!r} is wrong: {why}"
)


class Settings(BaseSettings):
    """`YANXIU_HOME`, `YANXIU_DATABASE_URL`, `YANXIU_LOCALE`, `YANXIU_ZONE`; all of them may be left unset."""

    model_config = SettingsConfigDict(env_prefix="YANXIU_", env_ignore_empty=True, frozen=True)

    # In the person's own folder and in sight: the same from wherever the command is typed, easy to back up.
    home: Path = Field(default_factory=lambda: Path.home() / "yanxiu-data")
    database_url: str = ""  # by default a SQLite file in the home folder
    locale: Locale = Field(default_factory=lambda: locale_of(os.environ))
    zone: str = "Asia/Shanghai"  # the office's own; a programme's dates are in the zone of its calendar

    @field_validator("locale", mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return locale_of({"LANG": value}) if isinstance(value, str) and value else value

    @field_validator("home")
    @classmethod
    def _whole(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("no such time zone; expected one like Asia/Shanghai") from None
        return value

    @property
    def database(self) -> str:
        """The address of the database."""
        return self.database_url or f"sqlite:///{self.home / 'yanxiu.sqlite'}"

    @property
    def zoneinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


def read_settings() -> Settings:
    """The settings as the environment has them now. Raises Refused, naming each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise Refused(
            [
                Problem(
                    "YANXIU_" + str(wrong["loc"][0]).upper(),
                    WRONG_SETTING(found=wrong["input"], why=wrong["msg"].removeprefix("Value error, ")),
                )
                for wrong in error.errors()
            ]
        ) from None
