"""A page with the passages that two texts have in common side by side, to look at and to file with the decision."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence

from calendars.messages import Locale, Message, Wording
from calendars.quantities import shown
from calendars.spoken_times import shown as shown_at
from calendars.term import TermCalendar
from exchange.masks import masked
from workflows.likeness_told import SideBySide, Writer

TITLE = Wording(zh="雷同：{first} 与 {second}", en="Likeness: {first} and {second}")
HANDED_IN = Wording(zh="{task}，{file}，{at} 交", en="{task}, {file}, handed in at {at}")
WAS_FIRST, WAS_SECOND = Wording(zh="先交", en="first"), Wording(zh="后交", en="second")
ALIKE = Wording(zh="与对方相同的占{share}%", en="{share}% of it is in the other")
PASSAGES = Wording(
    zh="相同的段落{count}处，共{letters}字（不计标点）",
    en="{count:passage|passages} in common, {letters} characters without punctuation",
)
PASSAGE, WHOLE = Wording(zh="第{number}处", en="passage {number}"), Wording(zh="全文", en="The whole texts")
RING = Wording(zh="同一组里共{count}人", en="{count:person hangs|persons hang} together in this ring")
Say = Callable[[Message], str]  # in the page's language, as HTML
AROUND = 30  # characters shown on either side of a passage

STYLE = (
    "body{font-family:serif;margin:2em auto;max-width:75em;padding:0 1em}h1{font-size:1.3em}"
    "table{border-collapse:collapse;width:100%;table-layout:fixed}"
    "td,th{border:1px solid #999;padding:.5em;vertical-align:top;text-align:left;white-space:pre-wrap;"
    "overflow-wrap:anywhere}mark{background:#fd8}th{font-weight:normal;background:#f4f4f4}@media print{body{margin:0}}"
)


def likeness_page(calendar: TermCalendar, found: Sequence[SideBySide], locale: Locale) -> str:
    """An HTML page. Everybody's words in it are text, and nothing in it runs or is fetched."""
    say = lambda message: html.escape(message.text(locale))  # noqa: E731
    parts = "\n".join(part for one in found for part in _of_two(calendar, one, say))
    return f"""<!DOCTYPE html>
<html lang="{"zh-CN" if locale == "zh" else "en"}">
<head><meta charset="utf-8"><title>{html.escape(calendar.name)}</title><style>{STYLE}</style></head>
<body>
<p>{html.escape(calendar.name)}</p>
{parts}
</body></html>
"""


def _of_two(calendar: TermCalendar, one: SideBySide, say: Say) -> Iterator[str]:
    finding = one.finding
    yield f"<h1>{say(TITLE(first=finding.first.person, second=finding.second.person))}</h1>"
    letters = sum(passage.letters for passage in one.passages)
    told = say(PASSAGES(count=len(one.passages), letters=letters))
    yield f"<p>{told}" + (f"　{say(RING(count=finding.ring_size))}" if finding.ring_size > 2 else "") + "</p>"
    heads = (
        _head(calendar, finding.first, finding.of_first, WAS_FIRST(), say),
        _head(calendar, finding.second, finding.of_second, WAS_SECOND(), say),
    )
    yield f"<table><thead><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr></thead><tbody>"
    for number, passage in enumerate(one.passages, 1):
        yield f'<tr><th colspan="2">{say(PASSAGE(number=number))}</th></tr>'
        yield f"<tr><td>{around(one.first, passage.first)}</td><td>{around(one.second, passage.second)}</td></tr>"
    yield f'<tr><th colspan="2">{say(WHOLE())}</th></tr>'
    firsts = [passage.first for passage in one.passages]
    seconds = [passage.second for passage in one.passages]
    yield f"<tr><td>{marked(one.first, firsts)}</td><td>{marked(one.second, seconds)}</td></tr>"
    yield "</tbody></table>"


def _head(calendar: TermCalendar, writer: Writer, share: int, turn: Message, say: Say) -> str:
    at = shown_at(writer.happened_at, calendar.zoneinfo)
    where = f"{writer.cohort} · {writer.organisation}"
    if writer.programme != calendar.programme:
        where = f"{writer.programme} · {where}"
    told = (
        f"{html.escape(writer.person)} {html.escape(masked(writer.number))}", html.escape(where),
        f"{say(turn)} · {say(HANDED_IN(task=writer.task, file=writer.file, at=at))}", say(ALIKE(share=shown(share))),
    )  # fmt: skip
    return "<br>".join(told)


def around(text: str, place: tuple[int, int]) -> str:
    """A passage with some words on either side, as HTML."""
    start, end = place
    before, after = text[max(start - AROUND, 0) : start], text[end : end + AROUND]
    dots = "…" if start > AROUND else "", "…" if end + AROUND < len(text) else ""
    return f"{dots[0]}{html.escape(before)}<mark>{html.escape(text[start:end])}</mark>{html.escape(after)}{dots[1]}"


def marked(text: str, places: Sequence[tuple[int, int]]) -> str:
    """A text with its passages marked, as HTML. A passage may stand in it twice, or two of them may touch."""
    told, at = [], 0
    for start, end in sorted(places):
        if end > at:
            told.append(html.escape(text[at : max(start, at)]))
            told.append(f"<mark>{html.escape(text[max(start, at) : end])}</mark>")
            at = end
    return "".join([*told, html.escape(text[at:])])
