"""The chat robots of WeCom, DingTalk and Feishu: what is posted to them, and what their answer means.

Apprise reads their addresses. It takes any HTTP 200 for a success, and these robots refuse with one: `errcode` in the body
tells. So what they are sent is posted here. It sends plain text too, and these show Markdown.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchange.channels import Outcome, Sent

GONE = frozenset({401, 403, 404, 410})  # HTTP: the address is refused
LATER = frozenset({408, 425, 429})  # HTTP: not now


@dataclass(frozen=True)
class Robot:
    """One service: where its robots are and what they are told, from what Apprise read in the address; and of the numbers
    that they answer with, which mean that it goes too fast or later, and which that the robot is no longer there."""

    url: Callable[[Any], str]
    told: Callable[[str, str], dict[str, Any]]
    number: str
    later: frozenset[int]
    gone: frozenset[int]


def _dingtalk_url(address: Any) -> str:
    url = f"https://oapi.dingtalk.com/robot/send?access_token={address.token}"
    if not address.secret:
        return url
    at, signature = address.get_signature()
    return f"{url}&timestamp={at}&sign={signature}"


def _feishu_card(title: str, text: str) -> dict[str, Any]:
    """Markdown stands in a card alone."""
    return {
        "msg_type": "interactive",
        "card": {
            "header": {"title": {"tag": "plain_text", "content": title}},
            "elements": [{"tag": "markdown", "content": text}],
        },
    }


_FEISHU_LATER, _FEISHU_GONE = frozenset({11232, 9499, 99991400}), frozenset({19001, 19021, 19022})
ROBOTS: dict[str, Robot] = {
    "wecombot": Robot(
        url=lambda address: f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={address.key}",
        told=lambda _, text: {"msgtype": "markdown", "markdown": {"content": text}},
        number="errcode",
        later=frozenset({-1, 45009, 45033}),
        gone=frozenset({93000, 93004, 93008}),
    ),
    "dingtalk": Robot(
        url=_dingtalk_url,
        told=lambda title, text: {"msgtype": "markdown", "markdown": {"title": title, "text": text}},
        number="errcode",
        later=frozenset({-1, 130101, 410100}),
        gone=frozenset({300001, 300005, 400013, 400101, 400102, 400106}),
    ),
    "feishu": Robot(
        url=lambda address: f"https://open.feishu.cn/open-apis/bot/v2/hook/{address.token}",
        told=_feishu_card,
        number="code",
        later=_FEISHU_LATER,
        gone=_FEISHU_GONE,
    ),
    "lark": Robot(
        url=lambda address: f"https://open.larksuite.com/open-apis/bot/v2/hook/{address.token}",
        told=_feishu_card,
        number="code",
        later=_FEISHU_LATER,
        gone=_FEISHU_GONE,
    ),
}


def by_status(status: int) -> Sent:
    """What an HTTP status says of a message."""
    said = f"HTTP {status}"
    if 200 <= status < 300:
        return Sent(Outcome.SENT, said)
    if status in GONE:
        return Sent(Outcome.REFUSED, said)
    return Sent(Outcome.DEFERRED if status in LATER or status >= 500 else Outcome.REJECTED, said)


def by_answer(robot: Robot, answer: bytes) -> Sent:
    """What a robot's own answer says, behind an HTTP 200. One that is none of a robot comes from something in between."""
    try:
        number = json.loads(answer)[robot.number]
    except (ValueError, LookupError, TypeError):
        return Sent(Outcome.DEFERRED, "not a robot's answer")
    if not isinstance(number, int):
        return Sent(Outcome.DEFERRED, "not a robot's answer")
    said = f"{robot.number} {number}"
    if number == 0:
        return Sent(Outcome.SENT, said)
    if number in robot.gone:
        return Sent(Outcome.REFUSED, said)
    return Sent(Outcome.DEFERRED if number in robot.later else Outcome.REJECTED, said)
