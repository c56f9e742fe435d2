"""The letters of a demonstration: really written, into the folder of mail, on the mornings after its nights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from calendars.messages import Wording
from calendars.speaking import Speaking
from flows.post_office import office_sender
from flows.settings import OfficeSettings
from office.words import say

WRITTEN = Wording(
    zh="提醒：{sent}封邮件，在 {folder}（Maildir，任何邮件程序都能打开）",
    en="Reminders: {sent} letters, in {folder} (a Maildir, which any mail program opens)",
)
UNREACHED = Wording(
    zh="没有联系方式的人：yanxiu reminders unreachable",
    en="Who cannot be reached: yanxiu reminders unreachable",
)
AT_WORK = timedelta(hours=1)  # after the hours have begun


class DemoPost:
    """Sends what is due on the first working morning from an instant on, as a schedule would."""

    def __init__(self, engine: Engine, settings: OfficeSettings) -> None:
        self._engine = engine
        self._settings = settings
        self._sent: Counter[str] = Counter()

    def send(self, at: datetime) -> None:
        zone, speaking = self._settings.zoneinfo, Speaking()
        day = speaking.day_for(at.astimezone(zone).date(), zone)
        morning = max(at, speaking.begins(day, zone) + AT_WORK)
        clock: Callable[[], datetime] = lambda: morning  # noqa: E731 - the clock of that morning
        self._sent += office_sender(self._settings, self._engine, clock).send_due().outcomes

    def told(self) -> list[str]:
        folder = self._settings.home / "mail"
        return [say(WRITTEN(sent=self._sent["sent"], folder=folder)), say(UNREACHED)]
