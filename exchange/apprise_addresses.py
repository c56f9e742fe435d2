"""Addresses as Apprise reads them, such as mailto:// or wecombot://. They hold secrets, and Apprise writes them into its
log: here it is kept from that."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise import Apprise

BRAND = "Yanxiu"


def read_addresses(addresses: str) -> Apprise | None:
    """What Apprise makes of an address, or of several with blanks between, if it can read them. Its own words about one
    that it cannot would show it."""
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - a second, which only those pay who set one

    words = logging.getLogger("apprise")
    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)  # below, they write addresses
    found = Apprise(asset=AppriseAsset(app_id=BRAND, app_desc=BRAND, app_url=""))
    words.disabled = True
    try:
        return found if found.add(addresses) else None
    finally:
        words.disabled = False
