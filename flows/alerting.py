"""An alert as Prefect sends it: a notification block that the Prefect server itself runs.

The server, because a night is late just when the process that should run it is not there. It finds this module by
the entry point `prefect.collections` of the installed program. The block keeps nothing: the address of the channel
stands in the server's environment alone, never in Prefect's database.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from prefect.blocks.abstract import NotificationBlock, NotificationError

from calendars.messages import Wording
from flows.channel import VARIABLE, send
from flows.settings import office_settings

INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")

NO_CHANNEL = Wording(
    zh="Prefect 服务的环境变量里没有 {variable}", en="{variable} is not set for the Prefect server"
)
NOT_TAKEN = Wording(
    zh="告警渠道没有接受，详见 Prefect 服务的日志",
    en="the channel did not take the alert; the log of the Prefect server tells more",
)


class OfficeAlert(NotificationBlock):
    """Sends to the office's own channel, the address that YANXIU_ALERT_URL gives to the Prefect server."""

    _block_type_name = "Yanxiu Alert"
    _block_type_slug = "yanxiu-alert"

    async def notify(self, body: str, subject: str | None = None) -> None:
        """Send it. Raises NotificationError where the caller wants to know, with nothing of the address."""
        office = office_settings()
        if not office.alert_url:
            problem = NO_CHANNEL(variable=VARIABLE)
        elif await send(office.alert_url, subject or "", in_office_time(body, office.zoneinfo)):
            return
        else:
            problem = NOT_TAKEN()
        if self._raise_on_failure:
            raise NotificationError(problem.text(office.locale))


def in_office_time(text: str, zone: ZoneInfo) -> str:
    """Each instant in a text as the office's clock shows it; Prefect's templates know UTC alone."""
    return INSTANT.sub(
        lambda found: f"{datetime.fromisoformat(found[0]).astimezone(zone):%Y-%m-%d %H:%M}", text
    )
