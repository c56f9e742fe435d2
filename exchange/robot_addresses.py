"""The address of a chat robot, as an office writes it down: as Apprise does, or as WeCom, DingTalk, Feishu and Lark hand it
out. It holds the robot's secret, so that it is shown by a mask alone."""

from __future__ import annotations

import re
from hashlib import sha256

from calendars.messages import Wording
from exchange.apprise_addresses import read_addresses

NOT_A_ROBOT = Wording(
    zh="看不懂的群机器人地址。应是企业微信、钉钉、飞书给出的 https 地址，或如 wecombot://KEY、dingtalk://SECRET@TOKEN、feishu://TOKEN",
    en="cannot read this as the address of a chat robot: the https address that WeCom, DingTalk, Feishu or Lark hands out is "
    "expected, or one such as wecombot://KEY, dingtalk://SECRET@TOKEN, feishu://TOKEN",
)

_KEY = r"([\w-]+)"
_HANDED_OUT = (  # what exchange.robots makes of the address, the other way round
    (rf"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key={_KEY}", "wecombot"),
    (rf"https://oapi\.dingtalk\.com/robot/send\?access_token={_KEY}", "dingtalk"),
    (rf"https://open\.feishu\.cn/open-apis/bot/v2/hook/{_KEY}", "feishu"),
    (rf"https://open\.larksuite\.com/open-apis/bot/v2/hook/{_KEY}", "lark"),
)
_HOST = re.compile(r"(?:[^/@]*@)?([\w.-]+)")
_MARK = "***"


def robot_address(text: str) -> str | None:
    """The address as the sender of chat messages takes it; None for what is none, or several."""
    for handed_out, service in _HANDED_OUT:
        found = re.fullmatch(handed_out, text)
        if found:
            text = f"{service}://{found[1]}"
    return text if "://" in text and len(list(read_addresses(text) or ())) == 1 else None


def masked(address: str) -> str:
    """What tells one robot from another and gives none away: its service, and four signs of a hash."""
    service, _, rest = address.partition("://")
    host = _HOST.match(rest) if service in ("http", "https") else None
    shown = f"{host[1]}/" if host else ""
    return f"{service}://{shown}{_MARK}{sha256(address.encode()).hexdigest()[:4]}"


def is_masked(text: str) -> bool:
    return _MARK in text
