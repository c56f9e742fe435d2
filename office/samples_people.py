"""Made-up people: schools, cohorts, and teachers with names and numbers, from a calendar alone.

Everything is drawn from one seeded generator, so the same calendar always gets the same people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from zlib import crc32

from stdnum.iso7064 import mod_11_2

from calendars.term import TermCalendar

COUNTIES = ("东湖县", "青河县", "云岭区")
TOWNS = ("城关", "河口", "新桥", "柳林")
KINDS = ("中心小学", "初级中学", "实验小学", "第二中学")
ABOVE = {"province": "江源省", "city": "临江市"}
SUBJECTS = ("语文", "数学", "英语")
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文慧婷宇浩欣怡佳嘉俊雪梅琳晓东志鹏海燕云飞"
ONE_WITHOUT_EMAIL_IN = 15
NO_REGION = "99"  # no real ID number begins so


@dataclass(frozen=True)
class Manner:
    """How many made-up people there are, and how they go about their term."""

    counties: int = len(COUNTIES)
    towns: int = len(TOWNS)  # in each county, with a school each
    learners: int = 16  # of each school
    others: int = 2  # people of every further assessed or honoured role, in each cohort
    in_time: bool = False  # everybody does everything, in time and well; by default some do less, or nothing


AS_PEOPLE_ARE = Manner()


@dataclass(frozen=True)
class School:
    """A school with everything above it, by tier."""

    name: str
    path: dict[str, str] = field(compare=False)


@dataclass(frozen=True)
class Teacher:
    name: str
    number: str
    school: School
    cohort: str
    role: str
    diligence: float  # 0 does nothing, 1 everything
    email: str = ""  # some have given none


@dataclass(frozen=True)
class People:
    schools: list[School]
    cohorts: list[str]
    teachers: list[Teacher]
    manner: Manner = AS_PEOPLE_ARE


def people_of(calendar: TermCalendar, random: Random, manner: Manner = AS_PEOPLE_ARE) -> People:
    """Some people: cohorts of a county and subject, or of each school where schools give the scores. Of a role from which
    somebody is to be honoured there are several in each cohort."""
    schools = schools_of(calendar, manner)
    by_school = "county" not in calendar.tiers or any(
        task.marked_by == calendar.tiers[-1] for task in calendar.tasks
    )
    most, others, single = _roles(calendar)
    honoured = {role for one in calendar.honours for role in calendar.assessment(one.of).of}
    numbers = _numbers(calendar.programme, random)
    teachers: list[Teacher] = []

    def join(school: School, cohort: str, role: str) -> None:
        diligence = 1.0 if not teachers or cohort == teachers[0].cohort else random.choice(_DILIGENCE)
        alone = role in single and all((one.cohort, one.role) != (cohort, role) for one in teachers)
        if alone or manner.in_time:
            diligence = 1.0
        email = _email(calendar.programme, len(teachers) + 1)
        teachers.append(Teacher(_name(random), next(numbers), school, cohort, role, diligence, email))

    for at, school in enumerate(schools):
        for turn in range(manner.learners):
            join(school, _cohort(school, at // manner.towns, turn, by_school), most)
    for cohort in dict.fromkeys(teacher.cohort for teacher in teachers):
        homes = [*dict.fromkeys(teacher.school.name for teacher in teachers if teacher.cohort == cohort)]
        home = next(school for school in schools if school.name == homes[0])
        for role in others:
            for _ in range(manner.others):
                join(home, cohort, role)
        for role in single:
            for _ in range(manner.others if role in honoured else 1):
                join(home, cohort, role)
    return People(schools, [*dict.fromkeys(teacher.cohort for teacher in teachers)], teachers, manner)


_DILIGENCE = (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.97, 0.95, 0.9, 0.7, 0.5, 0.0)


def _roles(calendar: TermCalendar) -> tuple[str, list[str], list[str]]:
    """The role that most people have, other roles with several people, and those of one person a cohort.

    Most people are those of whom the calendar's statistics are made; without any, they are assessed on several things, mark
    nobody, and have the fewest duties that are theirs alone.
    """
    size = dict.fromkeys(calendar.roles, 0)
    for assessment in calendar.assessments:
        for role in assessment.of:
            size[role] = max(size[role], len(assessment.components) + len(assessment.needs))
    assessed = [role for role in calendar.roles if size[role] > 1]
    markers = {task.marked_by for task in calendar.tasks}
    several = [role for role in assessed if role not in markers] or [*calendar.roles]
    own = {role: sum(task.role == (role,) for task in calendar.tasks) for role in several}
    statistics = calendar.statistics.of if calendar.statistics else ()
    counted = {role for one in statistics for role in calendar.assessment(one).of}
    most = min([role for role in several if role in counted] or reversed(several), key=lambda role: own[role])
    return (
        most,
        [role for role in several if role != most],
        [role for role in calendar.roles if role not in several],
    )


def schools_of(calendar: TermCalendar, manner: Manner = AS_PEOPLE_ARE) -> list[School]:
    return [*_schools(calendar, manner)]


def _schools(calendar: TermCalendar, manner: Manner) -> Iterator[School]:
    """Some counties of some schools each; where a programme has no counties, as many schools."""
    for county in COUNTIES[: manner.counties]:
        for town, kind in [*zip(TOWNS, KINDS, strict=True)][: manner.towns]:
            name = f"{county[:2]}{town}{kind}"
            names = {**ABOVE, "county": county, "school": name}
            yield School(name, {tier: names[tier] for tier in calendar.tiers})


def _cohort(school: School, county: int, turn: int, by_school: bool) -> str:
    if by_school:
        return f"{school.name}研修组"
    return f"{COUNTIES[county][:2]}{SUBJECTS[turn % len(SUBJECTS)]}班"


def _name(random: Random) -> str:
    return random.choice(SURNAMES) + "".join(random.sample(GIVEN, random.choice((1, 2, 2))))


def _email(programme: str, turn: int) -> str:
    """In a domain that is nobody's (RFC 2606)."""
    return f"{programme}-{turn:04d}@example.org" if turn % ONE_WITHOUT_EMAIL_IN else ""


def _numbers(programme: str, random: Random) -> Iterator[str]:
    """ID numbers with a right check digit for some, the office's own teacher numbers for the others; nobody takes
    part in two programmes."""
    series = f"{crc32(programme.encode()) % 10_000:04d}"
    first = date(1965, 1, 1)
    turn = 0
    while True:
        turn += 1
        if random.random() < 0.6:
            born = first + timedelta(days=random.randrange(365 * 33))
            digits = f"{NO_REGION}{series}{born:%Y%m%d}{turn % 1000:03d}"
            yield digits + mod_11_2.calc_check_digit(digits)
        else:
            yield f"T{series}{turn:04d}"
