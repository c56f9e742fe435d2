"""The channel through which an office is alerted: an address of Apprise, such as mailto:// or wecombot://, or several
with blanks between.

The address may hold a password, so nothing here says it: no error, no log line.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from calendars.messages import Wording, refuse

if TYPE_CHECKING:
    from apprise import Apprise

VARIABLE = "YANXIU_ALERT_URL"
BRAND = "Yanxiu"

NOT_AN_ADDRESS = Wording(
    zh="不是能够发送告警的地址（这里不显示它）。应类似 mailto://、wecombot://、dingtalk://，写法见 "
    "https://appriseit.com/services/",
    en="not an address to which alerts can be sent (it is not shown here). One such as mailto://, wecombot:// or "
    "dingtalk:// is expected; https://appriseit.com/services/ tells how each is written",
)


def require_usable(address: str) -> None:
    """Raise Refused, without the address, if nothing can be sent there. An empty one means that no channel is set."""
    if address and _channel(address) is None:
        raise refuse(NOT_AN_ADDRESS(), VARIABLE)


async def send(address: str, subject: str, body: str) -> bool:
    """Send one alert, and say whether it was taken."""
    from apprise import NotifyFormat, NotifyType  # noqa: PLC0415

    channel = _channel(address)
    if channel is None:
        return False
    taken = await channel.async_notify(
        body, title=subject, notify_type=NotifyType.WARNING, body_format=NotifyFormat.TEXT
    )
    return bool(taken)


def _channel(address: str) -> Apprise | None:
    """What Apprise makes of the address, if it can read it. Its own words about one that it cannot would show it."""
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - a second, which only those pay who set a channel

    words = logging.getLogger("apprise")
    words.setLevel(logging.WARNING)  # below, it writes addresses
    channel = Apprise(asset=AppriseAsset(app_id=BRAND, app_desc=BRAND, app_url=""))
    words.disabled = True
    try:
        return channel if channel.add(address) else None
    finally:
        words.disabled = False
