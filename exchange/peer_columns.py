"""The columns of the office's sheet of peer reviews: one row for each group that another was given to review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calendars.messages import Wording
from calendars.quantities import shown
from calendars.term import TermCalendar
from exchange.columns import DOCUMENT, STATE, Column

REVIEW = Column(
    "review",
    Wording(zh="互评", en="peer review"),
    Wording(
        zh="哪一项互评；项目只有一项时可不填", en="which one; optional where the programme has one alone"
    ),
    leads=True,
)
REVIEWER = Column(
    "reviewer",
    Wording(zh="评价组", en="reviewing group"),
    Wording(zh="必填：哪个班级或研修组评的", en="required: the cohort that reviews"),
    required=True,
    example=Wording(zh="一小语文组", en="Chinese group of School 1"),
)
REVIEWED = Column(
    "reviewed",
    Wording(zh="被评组", en="reviewed group"),
    Wording(
        zh="必填：评的是哪个班级或研修组，须是分到的", en="required: the cohort that it was given to review"
    ),
    required=True,
    example=Wording(zh="二小语文组", en="Chinese group of School 2"),
)
SCORE = Column(
    "score",
    Wording(zh="得分", en="score"),
    Wording(
        zh="按分数评的填写；得分、等第、评语都空着的行只是列在表里",
        en="where scores are given; a row without score, grade and comment is only listed",
    ),
    figures=True,
)
GRADE = Column(
    "grade", Wording(zh="等第", en="grade"), Wording(zh="按等第评的填写", en="where grades are given")
)
COMMENT = Column(
    "comment",
    Wording(zh="评语", en="comment"),
    Wording(zh="给分或等第的行必填", en="required with a score or a grade"),
    example=Wording(zh="目标明确，问题有层次", en="A clear aim, and questions that build on one another"),
)
BY = Column(
    "by",
    Wording(zh="评价人", en="given by"),
    Wording(zh="给分或等第的行必填：谁评的", en="required with a score or a grade: who gives it"),
    example=Wording(zh="李四", en="Li Si"),
)


def peer_columns(calendar: TermCalendar) -> Sequence[Column]:
    """The sheet's columns for the peer reviews of a calendar."""
    names = [review.name for review in calendar.peer_reviews]
    scales = [review.scale for review in calendar.peer_reviews]
    grades = [*dict.fromkeys(grade for scale in scales for grade in scale.grades)]
    highest = next((shown(scale.high) for scale in scales if not scale.grades), "")
    return (
        replace(REVIEW, choices=names, example=next(iter(names), "")),
        REVIEWER,
        REVIEWED,
        replace(SCORE, example=highest),
        replace(GRADE, choices=grades, example="" if highest else next(iter(grades), "")),
        COMMENT,
        BY,
        DOCUMENT,
        STATE,
    )
