"""The columns of the sheet of contacts. It is of no programme: an organisation is told of all of them."""

from __future__ import annotations

from calendars.messages import Wording
from exchange.columns import STATE, Column, plain

SHEET = Wording(zh="联系方式", en="Contacts")
NONE = Wording(zh="无", en="none")

CONTACT_COLUMNS = (
    Column(
        "organisation",
        Wording(zh="单位", en="organisation"),
        Wording(
            zh="单位的名称；有几个单位同名的，连同上级写，如 东县/中心小学。班级的群不填",
            en="its name; where several are called so, with those above it, as East County/Central School. Empty for the "
            "group of a cohort",
        ),
        ("单位名称",),
        leads=True,
    ),
    Column(
        "programme",
        Wording(zh="项目", en="programme"),
        Wording(
            zh="班级的群：项目的代号或名称；只有一个项目有这个班级的可不填",
            en="for the group of a cohort: the programme's slug or name; optional where one alone has the cohort",
        ),
    ),
    Column(
        "cohort",
        Wording(zh="班级", en="cohort"),
        Wording(zh="班级的群：哪个班级", en="for the group of a cohort: which one"),
        ("研修组", "班级名称"),
    ),
    Column(
        "name",
        Wording(zh="联系人", en="contact"),
        Wording(zh="可不填", en="optional"),
        example=Wording(zh="李四", en="Li Si"),
    ),
    Column(
        "email",
        Wording(zh="邮箱", en="email"),
        Wording(zh="单位的邮箱。不再用的写“无”", en="of the organisation. Write none to take it away"),
        ("电子邮箱", "电子邮件"),
        example="school@example.org",
    ),
    Column(
        "robot",
        Wording(zh="群机器人", en="robot"),
        Wording(
            zh="企业微信、钉钉、飞书群机器人的地址，其中有密钥，导出时不写明。不再用的写“无”",
            en="the address of a robot of WeCom, DingTalk or Feishu. It holds a secret, which an export leaves out. "
            "Write none to take it away",
        ),
        ("机器人", "webhook"),
    ),
    STATE,
)  # fmt: skip


def takes_away(text: str) -> bool:
    """Whether a cell says that what stands there is no longer so."""
    return plain(text) in (plain(NONE.zh), plain(NONE.en))
