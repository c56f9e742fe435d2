"""Each scoring rule as one line that a person reads beside the points, in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from calendars.messages import Locale, Message, Wording
from calendars.quantities import shown
from calendars.term import (
    AllOrNothing,
    Bands,
    BestOf,
    Count,
    Flat,
    LeastOf,
    Marked,
    Multiple,
    OnTimePlusMark,
    Proportional,
    Rate,
    Rubric,
    RuleBase,
    Sides,
)
from calendars.values import Banded

PROPORTIONAL = Wording(
    zh="满 {full_at} 得 {most}，不足按比例", en="{most} from {full_at} upward, in proportion below"
)
COUNT = Wording(zh="每一得 {each}，最多 {most}", en="{each} for each, {most} at most")
FLAT = Wording(zh="满 {at_least} 得 {most}，否则 0", en="{most} from {at_least} upward, else 0")
ON_TIME_PLUS_MARK = Wording(
    zh="按时提交得 {on_time}，另加 {marks}；未按时 0；最多 {most}",
    en="{on_time} for handing in on time, and {marks}; 0 if late; {most} at most",
)
MARK = Wording(zh="评阅得分，最多 {most}", en="the marker's score, {most} at most")
MARK_BY_GRADE = Wording(zh="按等级：{marks}", en="by grade: {marks}")
MARK_IN_BANDS = Wording(zh="评阅得分，最多 {most}；{bands}", en="the marker's score, {most} at most; {bands}")
BANDS = Wording(zh="按分段：{bands}；其余 0", en="by band: {bands}; otherwise 0")
RUBRIC = Wording(zh="评分项合计：{items}", en="the sum of the items: {items}")
RUBRIC_BY_SCHOOL = Wording(zh="学校自定评分项，合计 {most}", en="items set by each school, {most} in all")
RATE = Wording(
    zh="已交作业的批阅率达到 {full_at}% 得 {most}，否则 0",
    en="{most} if {full_at}% of what was handed in is marked, else 0",
)
RATE_PROPORTIONAL = Wording(
    zh="已交作业的批阅率达到 {full_at}% 得 {most}，不足按比例",
    en="{most} if {full_at}% of what was handed in is marked, in proportion below",
)
ALL_OR_NOTHING = Wording(
    zh="每一项的环节全部完成才得分，缺一项环节为 0；共 {most}",
    en="an item counts only when each of its steps is done; {most} in all",
)
SIDES = Wording(zh="多方评价加权：{sides}；满分 {most}", en="weighted sides: {sides}; {most} at most")
BEST_OF = Wording(zh="取最好的 {take} 项：{parts}", en="the best {take} of: {parts}")
LEAST_OF = Wording(zh="取最低的一项：{parts}", en="the least of: {parts}")
MULTIPLE = Wording(
    zh="下列合计的 {times} 倍，最多 {most}：{parts}",
    en="{times} times the sum of these, {most} at most: {parts}",
)
PART = Wording(zh="{key}（{rule}）", en="{key} ({rule})")
JOINED = Wording(zh="{first}；{rest}", en="{first}; {rest}")


def rule_in_words(component: RuleBase, locale: Locale) -> str:
    """What the component's rule does, with its figures, in one line."""
    return rule_message(component).text(locale)


def rule_message(component: RuleBase) -> Message:
    return _TELLINGS[type(component)](component)


def _proportional(rule: Proportional) -> Message:
    return PROPORTIONAL(most=shown(rule.most), full_at=shown(rule.full_at))


def _count(rule: Count) -> Message:
    return COUNT(most=shown(rule.most), each=shown(rule.each))


def _flat(rule: Flat) -> Message:
    return FLAT(most=shown(rule.most), at_least=shown(rule.at_least))


def _on_time_plus_mark(rule: OnTimePlusMark) -> Message:
    return ON_TIME_PLUS_MARK(most=shown(rule.most), on_time=shown(rule.on_time), marks=_figures(rule.mark))


def _mark(rule: Marked) -> Message:
    if rule.worth:
        return MARK_BY_GRADE(marks=_figures(rule.worth))
    if rule.bands:
        return MARK_IN_BANDS(
            most=shown(rule.most), bands=_listed((name, _span(band)) for name, band in rule.bands.items())
        )
    return MARK(most=shown(rule.most))


def _bands(rule: Bands) -> Message:
    return BANDS(bands=_listed((_span(band), shown(points)) for band, points in rule.bands))


def _rubric(rule: Rubric) -> Message:
    return (
        RUBRIC_BY_SCHOOL(most=shown(rule.most))
        if rule.items == "by school"
        else RUBRIC(items=_figures(rule.items))
    )


def _rate(rule: Rate) -> Message:
    return (RATE_PROPORTIONAL if rule.below == "proportional" else RATE)(
        most=shown(rule.most), full_at=shown(rule.full_at)
    )


def _all_or_nothing(rule: AllOrNothing) -> Message:
    return ALL_OR_NOTHING(most=shown(rule.most))


def _sides(rule: Sides) -> Message:
    return SIDES(
        most=shown(rule.most),
        sides=_listed((side, f"{shown(weight)}%") for side, weight in rule.sides.items()),
    )


def _best_of(rule: BestOf) -> Message:
    return BEST_OF(take=rule.take, parts=_parts(rule.of))


def _least_of(rule: LeastOf) -> Message:
    return LEAST_OF(parts=_parts(rule.of))


def _multiple(rule: Multiple) -> Message:
    return MULTIPLE(most=shown(rule.most), times=shown(rule.times), parts=_parts(rule.of))


_TELLINGS: dict[type[RuleBase], Callable[[Any], Message]] = {
    Proportional: _proportional,
    Count: _count,
    Flat: _flat,
    OnTimePlusMark: _on_time_plus_mark,
    Marked: _mark,
    Bands: _bands,
    Rubric: _rubric,
    Rate: _rate,
    AllOrNothing: _all_or_nothing,
    Sides: _sides,
    BestOf: _best_of,
    LeastOf: _least_of,
    Multiple: _multiple,
}


def _parts(components: Iterable[RuleBase]) -> Message | str:
    told: Message | str = ""
    for component in reversed(list(components)):
        part = PART(key=component.key, rule=rule_message(component))
        told = JOINED(first=part, rest=told) if told else part
    return told


def _figures(amounts: Mapping[str, int]) -> str:
    return _listed((name, shown(amount)) for name, amount in amounts.items())


def _listed(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {figure}" for name, figure in pairs)


def _span(band: Banded) -> str:
    return shown(band.low) if band.high == band.low else f"{shown(band.low)}..{shown(band.high)}"
