"""How lesson studies and the forming of groups are told: the rows of a term's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from calendars.filing_pages import TIERS
from calendars.instants import Edge
from calendars.lesson_studies import LessonStep
from calendars.messages import Locale, Message, Wording, joined
from calendars.schedule import Moment, deadline
from calendars.term import TermCalendar

NUMBERED = Wording(zh="{number}. {name}", en="{number}. {name}")
SHOWING = Wording(
    zh="{number}. {name}（完成即记入任务“{task}”）", en="{number}. {name} (done, it is a record of {task})"
)
BY = {"school": Wording(zh="学校", en="school"), "subject": Wording(zh="学科", en="subject")}
WITHIN = Wording(zh="{tier}内就近合组", en="with others of the same {tier}")
AT_LEAST = Wording(zh="不足{count}人的", en="fewer than {count}")


def lesson_study_rows(
    calendar: TermCalendar, when: Callable[[Moment, Edge], str], called: Callable[[str], str], locale: Locale
) -> Iterator[list[str]]:
    """A row for each step: the lesson study, the step by its number, until when, whose, on whom it waits, the source."""
    for study in calendar.lesson_studies:
        for number, step in enumerate(study.steps, 1):
            yield [
                study.name,
                _step(calendar, number, step).text(locale),
                when(deadline(calendar, {}, {}, step.by), "end"),
                called(study.role),
                called(study.waits_on),
                " ".join(study.requirement_ids),
            ]


def _step(calendar: TermCalendar, number: int, step: LessonStep) -> Message:
    if step.task is None:
        return NUMBERED(number=number, name=step.name)
    return SHOWING(number=number, name=step.name, task=calendar.task(step.task).name)


def group_rows(calendar: TermCalendar, called: Callable[[str], str], locale: Locale) -> Iterator[list[str]]:
    """One row: of whom, by what, how few are too few and where they join, who leads and guides, the source."""
    groups = calendar.groups
    if groups is None:
        return
    subjects = f" ({joined(groups.subjects, locale)})" if "subject" in groups.by else ""
    yield [
        called(groups.of),
        joined((BY[one]() for one in groups.by), locale) + subjects,
        AT_LEAST(count=groups.at_least).text(locale),
        WITHIN(tier=TIERS[groups.tier]()).text(locale),
        joined((called(role) for role in (groups.leader, groups.tutor) if role), locale),
        " ".join(groups.requirement_ids),
    ]
