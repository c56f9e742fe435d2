"""What an office sets from outside: where its data are, its zone, its language, when the night runs.

Read from `YANXIU_…` variables, so that the command, the serving process and each run of the flow know the same
without a word of it standing in Prefect, whose parameters anybody who sees the page can read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

from calendars.messages import Locale, UnreadableError, Wording
from exchange.head_file import HeadFile
from exchange.mail_addresses import read_sender
from exchange.mail_servers import read_mail_server
from exchange.pinging import check_ping_url
from flows.data_keys import lay_data_keys
from flows.holidays import lay_holidays
from flows.locales import locale_of

PREFIX = "YANXIU_"
NO_SENDER = Wording(
    zh="设置了 YANXIU_MAIL_URL，还要写明发件人，如 项目办 <office@example.org>",
    en="YANXIU_MAIL_URL is set, so say from whom letters come, such as Project Office <office@example.org>",
)
CRON_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute, hour, day, month, weekday


class OfficeSettings(BaseSettings):
    """Where one office keeps its things, and how it is spoken to."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    home: Path = Field(default_factory=lambda: Path.home() / ".yanxiu", validate_default=True)
    database_url: str = Field("", validate_default=True, repr=False)  # may hold a password
    heads: Path = Field(Path(), validate_default=True)  # of the chains, kept out of the database
    seal_key: Path = Field(Path("seal.key"), validate_default=True)
    data_key: str = Field("", repr=False)  # the keys of numbers and phones, rather than in a file
    data_key_file: Path = Field(Path("data.key"), validate_default=True)
    operator: str = ""  # in whose name commands are run, unless one says another; by default the account's
    zone: str = "Asia/Shanghai"
    locale: Locale = Field(default_factory=lambda: locale_of(os.environ))
    cron: str = "30 0 * * *"  # in the office's zone; half an hour after every cutoff that a midnight is
    send_cron: str = "*/15 * * * *"  # when due letters are sent; calendars say in which hours
    helpers: int = Field(0, ge=0, le=64)  # workers that a night calls to help it, on PostgreSQL
    keep_days: int = Field(90, ge=7)  # for which Prefect keeps runs that have ended
    most_in_sight: int = Field(200, ge=1)  # stuck cohorts, beyond which one run more sums them up
    alert_url: str = Field(
        "", repr=False
    )  # may hold a password; to Prefect's server by its environment alone
    ping_url: str = Field("", repr=False)  # told of each good night; may hold a token
    mail_url: str = Field("", repr=False)  # may hold a password; without one, mail goes into a folder
    mail_from: str = Field("", validate_default=True)
    mail_reply_to: str = ""
    mail_rate: int = Field(0, ge=0)  # letters a minute; 0 is as many as the server takes

    @field_validator("locale", mode="before")
    @classmethod
    def _short(cls, found: object) -> object:
        """`zh_CN.UTF-8` is Chinese, as it is for the system."""
        return locale_of({"LANG": found}) if isinstance(found, str) and found else found

    @field_validator("home")
    @classmethod
    def _from_anywhere(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _the_same_file_from_anywhere(cls, found: str, info: ValidationInfo) -> str:
        """An SQLite file by its full path: a run of the flow starts in a folder of its own."""
        if not found:
            return f"sqlite:///{info.data['home'] / 'yanxiu.sqlite'}"
        url = make_url(found)
        if url.get_backend_name() == "sqlite" and url.database:
            url = url.set(database=str(Path(url.database).absolute()))
        return url.render_as_string(hide_password=False)

    @field_validator("heads")
    @classmethod
    def _of_this_database(cls, found: Path, info: ValidationInfo) -> Path:
        """Beside a database that is a file, in the home for every other, unless it is said where else."""
        home = info.data.get("home", Path())
        database = Path(make_url(info.data.get("database_url") or "sqlite://").database or "yanxiu")
        beside = database.with_name(f"{database.stem}.heads.jsonl")
        return (home / (beside if found == Path() else found.expanduser())).absolute()

    @field_validator("seal_key", "data_key_file")
    @classmethod
    def _in_the_home(cls, found: Path, info: ValidationInfo) -> Path:
        return (info.data.get("home", Path()) / found.expanduser()).absolute()

    @field_validator("ping_url")
    @classmethod
    def _an_address_to_ping(cls, found: str) -> str:
        if found:
            check_ping_url(found)
        return found

    @field_validator("mail_url")
    @classmethod
    def _a_mail_server(cls, found: str) -> str:
        if found:
            read_mail_server(found)
        return found

    @field_validator("mail_from")
    @classmethod
    def _a_sender(cls, found: str, info: ValidationInfo) -> str:
        if found:
            read_sender(found)
        elif info.data.get("mail_url"):
            raise UnreadableError(NO_SENDER())
        return found

    @field_validator("mail_reply_to")
    @classmethod
    def _an_address(cls, found: str) -> str:
        if found:
            read_sender(found)
        return found

    @property
    def head_file(self) -> HeadFile:
        return HeadFile(self.heads, self.seal_key)

    @property
    def letter_texts(self) -> Path:
        """Where the office's own texts of letters are, in a folder for each language."""
        return self.home / "letters"

    @property
    def files(self) -> Path:
        """Where attachments are kept, beside the database."""
        return self.home / "files"

    @field_validator("operator")
    @classmethod
    def _a_name(cls, operator: str) -> str:
        return operator.strip()

    @field_validator("zone")
    @classmethod
    def _a_zone_that_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError("no such time zone; expected one like Asia/Shanghai") from None
        return zone

    @field_validator("cron", "send_cron")
    @classmethod
    def _five_fields(cls, cron: str) -> str:
        fields = cron.split()
        numbers_in_range = len(fields) == len(CRON_FIELDS) and all(
            low <= int(number) <= high
            for field, (low, high) in zip(fields, CRON_FIELDS, strict=True)
            for number in re.findall(r"\d+", field)
        )
        if not numbers_in_range or not all(re.fullmatch(r"[\dA-Za-z*/,-]+", field) for field in fields):
            raise ValueError("expected minute, hour, day, month, weekday, like 30 0 * * *")
        return " ".join(fields)

    @property
    def zoneinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def environment(self, *names: str) -> dict[str, str]:
        """The same settings as variables, for a child process: all, or those that it needs."""
        told = self.model_dump(include=set(names) or None)
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in told.items()}


_chosen: ContextVar[OfficeSettings | None] = ContextVar("chosen settings", default=None)


@contextmanager
def chosen(settings: OfficeSettings) -> Iterator[None]:
    """Use these settings in this process whatever the variables say: for a run in the calling process."""
    token = _chosen.set(settings)
    try:
        yield
    finally:
        _chosen.reset(token)


def office_settings() -> OfficeSettings:
    """The settings chosen here, or those of the variables; from now on its own days off are known, and its data keys. Raises
    Refused for a file of days off that cannot be read."""
    settings = _chosen.get() or OfficeSettings()
    lay_holidays(settings.home)
    lay_data_keys(settings.data_key, settings.data_key_file)
    return settings
