"""The form in which an administrator decides about one hold: what is told, what may be chosen, what was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from prefect.input import RunInput
from pydantic import Field, create_model

from calendars.messages import Locale, Message, Wording, joined, refuse
from calendars.spoken_times import ending, shown, shown_end, starting
from flows.markdown import cohort_key, link, page_path, plain
from workflows.answering import Answer
from workflows.cases import LABELS, Case, Choice
from workflows.touched import Touched, in_words

MOST_NAMES = 12  # of organisations in one line

WAITING = Wording("{why}（等待{party}）", "{why} (waits on {party})")
TITLE = Wording("{cohort} 卡住：{why}", "{cohort} is stuck: {why}")
WHERE = Wording("哪里", "where")
WHY = Wording("为什么", "why")
SINCE = Wording("{why}（{at} 起）", "{why} (since {at})")
WAITS_ON = Wording("等待", "waits on")
TOUCHES = Wording("涉及", "touches")
TRIED = Wording("已经试过", "tried")
REMINDED = Wording("已经提醒", "reminded")
DECIDED = Wording("已经决定", "decided")
BY_ITSELF = Wording("不作决定", "without a decision")

PEOPLE = Wording("{people}人（全班{members}人）{worth}", "{people:person|people} of {members}{worth}")
NIGHTS = Wording("此后夜间推进{nights}次，每次都再试过", "by {nights:night|nights} since, without success")
NOT_YET = Wording("还没有再试", "not yet")
REMINDERS = Wording("{count}条提醒，最近一次是{at}", "{count:reminder|reminders}, the last for {at}")
NO_REMINDERS = Wording("没有提醒", "nobody was reminded")
NAMED = Wording("{named}等{count}个单位", "{named} and others, {count} in all")
EARLIER = Wording("{at} {action}", "{action} on {at}")
UNTIL = Wording("{said}到 {until}", "{said} to {until}")

SO_FAR = Wording("到现在为止", "So far")
CHOICES = Wording("可以这样决定", "What may be decided")
LATER_THAN = Wording("（新的时间须晚于 {at}，并且还没有到）", " (to a time after {at} that is still to come)")
CONSEQUENCE = Wording("- **{label}**：{consequence}", "- **{label}**: {consequence}")
PAGE = Wording("班级的页面：阶段、日期、进度、历次卡住", "the cohort's page: phases, dates, progress, holds")

DECISION = Wording("决定", "decision")
UNTIL_WHEN = Wording("延长到", "until")
OPENS = Wording("开始", "opens")
CLOSES = Wording("结束", "closes")
REASON = Wording("理由（永久保存）", "reason (kept for ever)")
NAME = Wording("决定人姓名（操作员，永久保存）", "name of the operator who decides (kept for ever)")
HOW_DECISION = Wording("（点右边的箭头选）", " (click the arrows to choose)")
HOW_END = Wording(
    "：2024-12-20（到 24:00）或 2024-12-20 17:00", ": 2024-12-20 (till 24:00) or 2024-12-20 17:00"
)
HOW_START = Wording(
    "：2024-12-20（从 00:00）或 2024-12-20 08:00", ": 2024-12-20 (at 00:00) or 2024-12-20 08:00"
)
HOW_CLOSES = Wording(
    "：2024-12-20（到 24:00），不写则按日历", ": 2024-12-20 (till 24:00), or by the calendar"
)
NOT_A_CHOICE = Wording("请选择一种决定", "choose one of the decisions")
NEEDED = Wording("请填写“{field}”", "fill in {field!r}")
NOT_USED = Wording(
    "“{field}”只用于“{action}”，而选择的是“{chosen}”",
    "{field!r} is for {action!r} alone, and {chosen!r} was chosen",
)


@dataclass(frozen=True)
class Answered:
    """A form that was filled in and can be carried out."""

    answer: Answer
    label: Message
    reason: str
    name: str


def waits_for(case: Case) -> Message:
    """Why a run waits, in a line."""
    return WAITING(why=case.hold.explanation, party=case.hold.waits_on_name)


def form(
    case: Case,
    locale: Locale,
    office_zone: ZoneInfo,
    note: str = "",
    filled: Mapping[str, Any] | None = None,
) -> type[RunInput]:
    """The form of one case, with what was filled in before and what came of it."""
    actions = {choice.action for choice in case.choices}
    labels = tuple(choice.label.text(locale) for choice in case.choices)
    known = {key: value for key, value in (filled or {}).items() if key != "decision" or value in labels}
    fields: dict[str, Any] = {"decision": _choice_of(labels, locale, known)}
    if "extend" in actions:
        fields["until"] = _text("until", UNTIL_WHEN, locale, known, HOW_END, "")
    if "set dates" in actions:
        fields["opens"] = _text("opens", OPENS, locale, known, HOW_START, "")
        fields["closes"] = _text("closes", CLOSES, locale, known, HOW_CLOSES, "")
    fields["reason"] = _text("reason", REASON, locale, known)
    fields["name"] = _text("name", NAME, locale, known)
    text = "\n".join(_told(case, locale, case.zone or office_zone, note))
    # What was filled in before is a default, and a default would make a field optional.
    needed = {"required": [key for key in fields if key in {"decision", "reason", "name"}]}
    made = create_model("Decision", __base__=RunInput, __cls_kwargs__={"json_schema_extra": needed}, **fields)
    return made.with_initial_data(description=text)


def read_answer(case: Case, filled: Mapping[str, Any], locale: Locale, zone: ZoneInfo) -> Answered:
    """What was answered. Raises Refused with the first thing that will not do."""
    said = {key: str(value or "").strip() for key, value in filled.items()}
    choice = next((one for one in case.choices if said.get("decision") in _labels(one)), None)
    if choice is None:
        raise refuse(NOT_A_CHOICE())
    for field, title in (("reason", REASON), ("name", NAME)):
        if not said.get(field):
            raise refuse(NEEDED(field=title()))
    for field, title, action in (
        ("until", UNTIL_WHEN, "extend"),
        ("opens", OPENS, "set dates"),
        ("closes", CLOSES, "set dates"),
    ):
        if said.get(field) and choice.action != action:
            raise refuse(NOT_USED(field=title(), action=LABELS[action](), chosen=choice.label))
    times = {
        "to": _instant(said, "until", UNTIL_WHEN, zone, locale, choice.action == "extend"),
        "opens": _instant(said, "opens", OPENS, zone, locale, choice.action == "set dates"),
        "closes": _instant(said, "closes", CLOSES, zone, locale, needed=False),
    }
    answer = Answer(choice.action, phase=choice.phase, **times)
    return Answered(answer, choice.label, said["reason"], said["name"])


def _labels(choice: Choice) -> set[str]:
    """In each language: it may have been chosen just before the office took to the other."""
    return {choice.label.text(locale) for locale in get_args(Locale)}


def _instant(
    said: Mapping[str, str], field: str, title: Wording, zone: ZoneInfo, locale: Locale, needed: bool
) -> datetime | None:
    if said.get(field):
        read = starting if field == "opens" else ending
        return read(said[field], zone, title().text(locale))
    if needed:
        raise refuse(NEEDED(field=title()))
    return None


def _choice_of(labels: Sequence[str], locale: Locale, known: Mapping[str, Any]) -> Any:
    """One of these; the only one is chosen already. A Literal of one would be a form's constant, left blank."""
    only = labels[0] if len(labels) == 1 else ...
    title = f"{DECISION().text(locale)}{HOW_DECISION().text(locale)}"
    offered = {"enum": [*labels]}
    return str, Field(known.get("decision", only), title=title, json_schema_extra=cast("Any", offered))


def _text(
    key: str,
    title: Wording,
    locale: Locale,
    known: Mapping[str, Any],
    how: Wording | None = None,
    default: Any = ...,
) -> Any:
    """How it is written stands in the title: a line of its own would take the room of what is told above."""
    told = f"{title().text(locale)}{how().text(locale) if how else ''}"
    return str, Field(known.get(key, default), title=told)


def _told(case: Case, locale: Locale, zone: ZoneInfo, note: str) -> Iterator[str]:
    hold = case.hold

    def say(words: Wording | Message) -> str:
        return plain((words() if isinstance(words, Wording) else words).text(locale))

    if note:
        yield from (f"> **{plain(note)}**", "")
    yield f"### {say(TITLE(cohort=hold.cohort, why=hold.label))}"
    yield ""
    yield from (f"- **{say(label)}** {text}" for label, text in _facts(case, locale, zone))
    yield from ("", f"#### {say(CHOICES)}", "")
    for choice in case.choices:
        line = CONSEQUENCE(label=say(choice.label), consequence=say(choice.consequence)).text(locale)
        later = choice.action == "extend" and isinstance(case.extends, datetime)
        yield line + (say(LATER_THAN(at=shown_end(cast("datetime", case.extends), zone))) if later else "")
    if case.touched is not None:
        yield from ("", f"#### {say(SO_FAR)}", "")
        yield from (f"- **{say(label)}** {text}" for label, text in _done_so_far(case.touched, locale, zone))
    yield ""
    yield link(PAGE().text(locale), page_path(cohort_key(hold.cohort_id)))


def _facts(case: Case, locale: Locale, zone: ZoneInfo) -> Iterator[tuple[Wording, str]]:
    hold, told = case.hold, case.touched

    def say(words: Message | str) -> str:
        return plain(words if isinstance(words, str) else words.text(locale))

    yield WHERE, " · ".join((say(case.county), say(hold.programme_name), say(hold.phase_name)))
    yield WHY, say(SINCE(why=hold.explanation, at=shown(hold.since, zone)))
    units = say(_units(hold.organisations, locale))
    yield WAITS_ON, " · ".join(filter(None, (say(hold.waits_on_name), units)))
    if told is not None:
        people = PEOPLE(people=told.people, members=told.members, worth=in_words(told.worth))
        yield TOUCHES, " · ".join(filter(None, (say(people), say(joined(told.tasks, locale)))))
    yield BY_ITSELF, say(hold.clears)


def _done_so_far(told: Touched, locale: Locale, zone: ZoneInfo) -> Iterator[tuple[Wording, str]]:
    yield TRIED, plain((NIGHTS(nights=told.nights) if told.nights else NOT_YET()).text(locale))
    reminded = (
        REMINDERS(count=told.reminders, at=shown(told.reminded_at, zone))
        if told.reminders
        else NO_REMINDERS()
    )
    yield REMINDED, plain(reminded.text(locale))
    for earlier in told.decided:
        said = _earlier(earlier.action, earlier.dates, earlier.effective_at, zone)
        yield DECIDED, plain(said.text(locale))


def _units(names: tuple[str, ...], locale: Locale) -> Message | str:
    if len(names) > MOST_NAMES:
        return NAMED(named=names[:MOST_NAMES], count=len(names))
    return joined(names, locale)


def _earlier(action: str, dates: Mapping[str, datetime], at: datetime, zone: ZoneInfo) -> Message:
    said = EARLIER(action=LABELS[action](), at=shown(at, zone))
    return UNTIL(said=said, until=shown_end(max(dates.values()), zone)) if dates else said
