"""The channel through which an office is alerted: an address of Apprise, such as mailto:// or wecombot://, or several
with blanks between.

The address may hold a password, so nothing here says it: no error, no log line.
"""

from __future__ import annotations

from calendars.messages import Wording, refuse
from exchange.apprise_addresses import read_addresses

VARIABLE = "YANXIU_ALERT_URL"

NOT_AN_ADDRESS = Wording(
    zh="不是能够发送告警的地址（这里不显示它）。应类似 mailto://、wecombot://、dingtalk://，写法见 "
    "https://appriseit.com/services/",
    en="not an address to which alerts can be sent (it is not shown here). One such as mailto://, wecombot:// or "
    "dingtalk:// is expected; https://appriseit.com/services/ tells how each is written",
)


def require_usable(address: str) -> None:
    """Raise Refused, without the address, if nothing can be sent there. An empty one means that no channel is set."""
    if address and read_addresses(address) is None:
        raise refuse(NOT_AN_ADDRESS(), VARIABLE)


async def send(address: str, subject: str, body: str) -> bool:
    """Send one alert, and say whether it was taken."""
    from apprise import NotifyFormat, NotifyType  # noqa: PLC0415

    channel = read_addresses(address)
    if channel is None:
        return False
    taken = await channel.async_notify(
        body, title=subject, notify_type=NotifyType.WARNING, body_format=NotifyFormat.TEXT
    )
    return bool(taken)
