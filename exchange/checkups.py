"""What an operator wants to know of the ways out, without anything being sent: whether the mail server lets us in, whether the
robots' addresses can be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from calendars.findings import Finding, amiss, fine, note
from calendars.messages import Refused, Wording
from exchange.channel_settings import mail_sender
from exchange.channels import ChannelDown
from exchange.head_file import HeadFile
from exchange.mail_servers import read_mail_server
from exchange.robot_addresses import robot_address
from exchange.smtp import SmtpChannel
from models.letters import Contact
from workflows.status import sealed

LETS_IN = Wording(zh="邮件服务器应答，登录成功", en="the mail server answers and lets us in")
INTO_A_FOLDER = Wording(
    zh="没有设置邮件服务器，写到文件夹 {folder}", en="no mail server is set: mail goes into {folder}"
)
NO_FOLDER = Wording(
    zh="邮件要写到的文件夹 {folder} 写不了", en="mail goes into {folder}, which cannot be written"
)
SEE_MAIL = Wording(zh="看 YANXIU_MAIL_URL；信件都会等着", en="see YANXIU_MAIL_URL; letters wait meanwhile")
READABLE = Wording(zh="{count}个机器人地址都能读", en="{count:address|addresses} of robots, all readable")
NO_ROBOTS = Wording(zh="没有群机器人", en="there are no robots")
UNREADABLE = Wording(
    zh="{count}个机器人地址读不了（共{all}个）", en="of {all} addresses of robots {count} cannot be read"
)
IMPORT_AGAIN = Wording(
    zh="见 yanxiu contact list，改好再导入", en="see yanxiu contact list, and import them again"
)
AS_KEPT = Wording(zh="{count}次锁定都与留存的一致", en="{count:seal|seals}, all as they were kept")
NOTHING_SEALED = Wording(zh="还没有锁定成绩", en="nothing is sealed yet")
NOT_KEPT = Wording(
    zh="锁定了{count}次，但没有留存的校验码（{file}）",
    en="{count:seal|seals}, and no heads were kept in {file}",
)
RUN_NIGHT = Wording(zh="运行 yanxiu night；或看 YANXIU_HEADS", en="run yanxiu night, or see YANXIU_HEADS")
SEE_VERIFY = Wording(zh="运行 yanxiu seal verify", en="run yanxiu seal verify")
MOST = 5  # places that are told one by one


def mail(url: str, sender: str, home: Path) -> Finding:
    """Whether mail could leave now. Nothing is sent."""
    if not url:
        folder = home / "mail"
        if os.access(next(one for one in (folder, home, *home.parents) if one.exists()), os.W_OK):
            return note(INTO_A_FOLDER(folder=folder))
        return amiss(NO_FOLDER(folder=folder))
    try:
        with SmtpChannel(read_mail_server(url), mail_sender(sender).address) as channel:
            channel.knock()
    except ChannelDown as down:
        return amiss(down.message, SEE_MAIL())
    return fine(LETS_IN())


def robots(session: Session) -> Finding:
    """Whether each address of a robot can be read. None is shown, for it holds a secret."""
    addresses = (
        session.execute(select(col(Contact.robot)).where(col(Contact.robot).is_not(None))).scalars().all()
    )
    unreadable = sum(robot_address(address or "") is None for address in addresses)
    if unreadable:
        return amiss(UNREADABLE(count=unreadable, all=len(addresses)), IMPORT_AGAIN())
    return fine(READABLE(count=len(addresses)) if addresses else NO_ROBOTS())


def heads(session: Session, file: HeadFile) -> Iterator[Finding]:
    """Whether what was sealed is as it was kept outside of the database."""
    count, _ = sealed(session)
    try:
        problems = file.check(session)
    except Refused as refused:
        problems = refused.problems
    for problem in problems[:MOST]:
        yield amiss(problem.message, SEE_VERIFY())
    if problems:
        return
    if count and not (file.path.exists() and file.path.stat().st_size):
        yield amiss(NOT_KEPT(count=count, file=file.path), RUN_NIGHT())
    else:
        yield fine(AS_KEPT(count=count) if count else NOTHING_SEALED())
