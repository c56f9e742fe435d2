"""The columns of a roster that say how a person is reached."""

from __future__ import annotations

from calendars.messages import Wording
from exchange.cells import Reader
from exchange.columns import Column, Row, plain

WAYS = {
    "mail": Wording(zh="邮件", en="mail"),
    "chat": Wording(zh="群", en="chat"),
}
UNKNOWN_WAY = Wording(
    zh="没有提醒方式“{found}”，只有：邮件、群",
    en="there is no way {found!r} to be reminded, only: mail, chat",
)

REACHING = (
    Column(
        "phone",
        Wording(zh="手机", en="phone"),
        Wording(zh="可不填", en="optional"),
        ("手机号", "手机号码", "电话"),
        example="13800000000",
    ),
    Column(
        "email",
        Wording(zh="邮箱", en="email"),
        Wording(
            zh="可不填。没有邮箱的，提醒告知其单位", en="optional. Reminders of who has none go to the unit"
        ),
        ("电子邮箱", "电子邮件"),
    ),
    Column(
        "way",
        Wording(zh="提醒方式", en="way"),
        Wording(
            zh="可不填：邮件，或群（在班级的群里提醒，群机器人见 contact）",
            en="optional: mail, or chat (in the cohort's group, whose robot `contact` knows)",
        ),
        choices=[*WAYS.values()],
        example=WAYS["mail"],
    ),
)


def read_way(reader: Reader, row: Row) -> str | None:
    """How a person wants to be reminded; None where the row does not say, or was refused."""
    text = reader.text(row, "way")
    if not text:
        return None
    known = {plain(word): way for way, name in WAYS.items() for word in (name.zh, name.en)}
    found = known.get(plain(text))
    if found is None:
        reader.refuse(row, "way", UNKNOWN_WAY(found=text))
    return found


def way_shown(said: str) -> object:
    """A way in words; whatever else says how somebody is reached, as it is."""
    return WAYS[said]() if said in WAYS else said
