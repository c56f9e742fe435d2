"""What came of the letters, in words: for a run's last state, for the page of the day's letters, and for the command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from calendars.messages import Locale, Message, Wording
from exchange.sending import Sendings
from flows.markdown import plain, table
from workflows.letter_counts import Counted

SENT = Wording(zh="发出{count}封", en="{count:letter|letters} sent")
NOTHING = Wording(zh="没有要发出的", en="nothing was to be sent")
ALSO = Wording(zh="{first}，{rest}", en="{first}, {rest}")
NOTED = {
    "deferred": Wording(zh="暂缓{count}封", en="{count} put off"),
    "refused": Wording(zh="被拒收{count}封", en="{count} refused"),
    "rejected": Wording(zh="被退回{count}封", en="{count} rejected"),
    "stale": Wording(zh="已不必说{count}封", en="{count} with nothing left to say"),
}
UNCERTAIN = Wording(zh="其中{count}封可能重复", en="{count} of them perhaps twice")
OWN_TEXTS = Wording(
    zh="本单位自己的文字有错，用了原来的文字，请运行 yanxiu reminders check",
    en="the office's own texts have mistakes, so the original ones were used: run yanxiu reminders check",
)
FAULTS = Wording(
    zh="{count}封因程序出错没有写成，详情记在 faults.log",
    en="{count:letter|letters} could not be written for a fault of the program; the details are in faults.log",
)
DOWN = Wording(zh="{way}渠道不通：{why}", en="the channel {way} is down: {why}")

TITLE = Wording(zh="{day} 的提醒", en="The letters of {day}")
COLUMNS = (
    Wording(zh="渠道", en="channel"), Wording(zh="项目", en="programme"), Wording(zh="结果", en="outcome"),
    Wording(zh="封数", en="letters"), Wording(zh="其中可能重复", en="perhaps twice"),
)  # fmt: skip
WAYS = {"mail": Wording(zh="邮件", en="mail"), "chat": Wording(zh="群机器人", en="chat robot")}
STATES = {
    "waiting": Wording(zh="等待发出", en="waiting"),
    "claimed": Wording(zh="正要发出", en="about to be sent"),
    "handing": Wording(zh="正在发出", en="being sent"),
    "sent": Wording(zh="已发出", en="sent"),
    "refused": Wording(zh="地址被拒收", en="address refused"),
    "rejected": Wording(zh="被退回", en="rejected"),
    "stale": Wording(zh="已不必说", en="nothing left to say"),
    "merged": Wording(zh="并入后一天", en="gone along with a later day"),
    "dropped": Wording(zh="恢复备份后不再发", en="dropped after a restore"),
}
NONE_YET = Wording(zh="这一天还没有提醒。", en="There are none yet.")
UNSENT = Wording(
    zh="还在等待发出的（各天合计）：{count}", en="Still waiting to be sent, of all days: {count}"
)


def outcome(done: Sendings) -> Message:
    """One line about a sending."""
    totals = done.outcomes
    told = [SENT(count=totals["sent"])] if totals["sent"] else []
    told += [UNCERTAIN(count=done.uncertain)] if done.uncertain else []
    told += [NOTED[what](count=totals[what]) for what in NOTED if totals[what]]
    told += [FAULTS(count=len(done.faults))] if done.faults else []
    told += [OWN_TEXTS()] if done.own_texts_fail else []
    told += [DOWN(way=WAYS[way](), why=why) for way, why in done.down.items()]
    line = told[0] if told else NOTHING()
    for one in told[1:]:
        line = ALSO(first=line, rest=one)
    return line


def letters_page(day: date, counts: Sequence[Counted], unsent: int, locale: Locale) -> str:
    """The day's letters as Markdown: counts alone."""
    return "\n".join([f"# {TITLE(day=day).text(locale)}", "", *letters_lines(counts, unsent, locale)])


def letters_lines(counts: Sequence[Counted], unsent: int, locale: Locale) -> Iterator[str]:
    """The same without a title."""
    yield from _rows(counts, locale)
    if unsent:
        yield from ("", UNSENT(count=unsent).text(locale))


def _rows(counts: Sequence[Counted], locale: Locale) -> Iterator[str]:
    if not counts:
        yield NONE_YET().text(locale)
        return
    yield from table([title().text(locale) for title in COLUMNS], (_row(one, locale) for one in counts))


def _row(one: Counted, locale: Locale) -> list[str]:
    state = STATES[one.state]().text(locale)
    return [
        WAYS[one.way]().text(locale),
        plain(one.programme),
        state,
        str(one.letters),
        str(one.uncertain or ""),
    ]
