"""How lists are told: the name and meaning of each figure of the statistics, and the rows of a term's page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calendars.filing_pages import CALLED, TIERS
from calendars.lists import Effective, Honour, Resource, Statistics
from calendars.messages import Locale, Message, Wording
from calendars.quantities import shown
from calendars.term import Assessment, TermCalendar

REPORTED = Wording(zh="上报人数", en="reported")
LOGGED_IN, ATTENDANCE = Wording(zh="登录人数", en="logged in"), Wording(zh="参训率", en="attendance")
EFFECTIVE = Wording(zh="有效学习人数", en="effective learners")
LEARNING = Wording(zh="学习率", en="learning rate")
PASSED, PASS_RATE = Wording(zh="合格人数", en="passed"), Wording(zh="合格率", en="pass rate")
EXCELLENCE, AVERAGE = Wording(zh="优秀率", en="excellence"), Wording(zh="平均分", en="average")
ASSIGNMENTS, ACTIVITIES = Wording(zh="作业数", en="assignments"), Wording(zh="活动数", en="activities")
BRIEFS = Wording(zh="简报数", en="briefs")

ON_THE_ROSTER = Wording(
    zh="名单上的{roles}，免修、退出、转出的不计；一人参加两次的计两次",
    en="on the roster as {roles}, without whoever is exempt, withdrawn or transferred; who takes part twice counts twice",
)
ANY_RECORD = Wording(zh="有“{kinds}”记录的人数", en="who has any record of: {kinds}")
OF_REPORTED = Wording(zh="{part} ÷ 上报人数", en="{part} of those reported")
SO_MUCH = Wording(
    zh="“{task}”到截止为止不少于{least}的人数", en="who has shown at least {least} of {task!r} in time"
)
ANYTHING = Wording(zh="“{task}”到截止为止有记录的人数", en="who has shown anything of {task!r} in time")
SHARE_OF = Wording(zh="{amount}（{need}的{share}%）", en="{amount} ({share}% of {need})")
HAS_PASSED = Wording(
    zh="“{names}”合格的人数；未锁定的暂计", en="who has passed {names}; provisional before the lock"
)
TOP_TOTAL = Wording(
    zh="合格且总分不低于{total}的人数 ÷ 上报人数", en="passes of at least {total}, of those reported"
)
TOP_RESULT = Wording(zh="结果为“{result}”的人数 ÷ 上报人数", en="results of {result}, of those reported")
MEAN = Wording(
    zh="有成绩单的人的总分平均；未锁定的暂计",
    en="of the totals of those with a score sheet; provisional before the lock",
)
AMOUNTS = Wording(
    zh="到截止为止：{tasks}，各条记录的数量相加，各角色都计",
    en="in time: {tasks}, the amounts of all records added, of every role",
)

STATISTICS, CHOOSING = Wording(zh="统计", en="statistics"), Wording(zh="选课情况", en="choosing of courses")
HONOUR, RESOURCE = Wording(zh="评优", en="honour"), Wording(zh="生成性资源", en="resource")
FROM_TASKS = Wording(zh="任务所交：{names}", en="what was shown of: {names}")
FROM_FILING = Wording(zh="上报并获接收：{name}", en="accepted cases of: {name}")
NOT_SHOWN = Wording(zh="未完成“{names}”的人，按单位", en="who has not shown {names}, by unit")
OF_RESULT = Wording(zh="“{assessment}”合格", en="has passed {assessment}")
ROLES = Wording(zh="角色：{roles}", en="role: {roles}")
AT_LEAST = Wording(zh="总分不低于{total}", en="a total of at least {total}")
AT_MOST = {
    "cohort": Wording(
        zh="每班不超过合格人数的{share}%", en="at most {share}% of those who passed in each cohort"
    ),
    "all": Wording(zh="不超过合格人数的{share}%", en="at most {share}% of those who passed"),
}
AT_MOST_OF = Wording(
    zh="每{tier}不超过合格人数的{share}%", en="at most {share}% of those who passed in each {tier}"
)
ORDERED_BY = Wording(zh="依次按{names}", en="by {names}")
THE_TOTAL = Wording(zh="总分", en="total")


def figures(calendar: TermCalendar) -> dict[str, tuple[Wording, Message]]:
    """The figures that a calendar asks for, in the order of their columns: what each is called, and what it means."""
    statistics = calendar.statistics
    return {} if statistics is None else dict(_figures(calendar, statistics))


def _figures(calendar: TermCalendar, statistics: Statistics) -> Iterator[tuple[str, tuple[Wording, Message]]]:
    assessments = [calendar.assessment(name) for name in statistics.of]
    roles = _each_once(calendar.roles[role] for found in assessments for role in found.of)
    names = _each_once(assessment_name(calendar, found) for found in assessments)
    yield "reported", (REPORTED, ON_THE_ROSTER(roles=roles))
    if statistics.logged_in:
        kinds = _each_once(calendar.evidence[kind].name for kind in statistics.logged_in)
        yield "logged_in", (LOGGED_IN, ANY_RECORD(kinds=kinds))
        yield "attendance", (ATTENDANCE, OF_REPORTED(part=LOGGED_IN()))
    if statistics.effective is not None:
        yield "effective", (EFFECTIVE, _effective(calendar, statistics.effective))
        yield "learning", (LEARNING, OF_REPORTED(part=EFFECTIVE()))
    yield "passed", (PASSED, HAS_PASSED(names=names))
    yield "pass_rate", (PASS_RATE, OF_REPORTED(part=PASSED()))
    if (excellent := statistics.excellent) is not None:
        is_total = excellent.total is not None
        facts = {"total": shown(excellent.total), "result": excellent.result}
        yield "excellence", (EXCELLENCE, (TOP_TOTAL if is_total else TOP_RESULT)(**facts))
    yield "average", (AVERAGE, MEAN())
    for key, name in (("assignments", ASSIGNMENTS), ("activities", ACTIVITIES), ("briefs", BRIEFS)):
        if tasks := getattr(statistics, key):
            yield key, (name, AMOUNTS(tasks=_each_once(calendar.task(task).name for task in tasks)))


def least_of(calendar: TermCalendar, effective: Effective) -> int:
    """From which amount of the task on learning is effective, in hundredths: a share of what it needs is rounded up."""
    least = effective.at_least
    if least is None:
        return 0
    needs = calendar.task(effective.task).needs
    if least.share is None or needs is None:
        return least.amount
    return -(-needs.at_least * least.share // 10000)


def _effective(calendar: TermCalendar, effective: Effective) -> Message:
    task, least = calendar.task(effective.task), effective.at_least
    if least is None:
        return ANYTHING(task=task.name)
    amount: Message | str = shown(least_of(calendar, effective))
    if least.share is not None and task.needs is not None:
        amount = SHARE_OF(amount=amount, need=shown(task.needs.at_least), share=shown(least.share))
    return SO_MUCH(task=task.name, least=amount)


def honour_words(calendar: TermCalendar, honour: Honour, locale: Locale) -> str:
    """What an honour asks, and by what its candidates are put in order."""
    assessment = calendar.assessment(honour.of)
    told = [OF_RESULT(assessment=assessment_name(calendar, assessment))]
    if honour.role:
        told.append(ROLES(roles=_each_once(calendar.roles[role] for role in honour.role)))
    if honour.at_least is not None:
        told.append(AT_LEAST(total=shown(honour.at_least)))
    if honour.most is not None:
        tier = TIERS[honour.within]() if honour.within in TIERS else ""
        told.append(AT_MOST.get(honour.within, AT_MOST_OF)(share=shown(honour.most), tier=tier))
    names = (ordered_by(calendar, honour, key).text(locale) for key in honour.order_by)
    told.append(ORDERED_BY(names=_each_once(names)))
    return ("；" if locale == "zh" else "; ").join(one.text(locale) for one in told)


def resource_words(calendar: TermCalendar, resource: Resource) -> Message:
    if resource.filing is not None:
        return FROM_FILING(name=calendar.filing(resource.filing).name)
    return FROM_TASKS(names=_each_once(calendar.task(task).name for task in resource.tasks))


def list_rows(calendar: TermCalendar, locale: Locale) -> Iterator[list[str]]:
    """A row for each figure, honour and kind of resource: what it is, its name, how it comes about, the source."""
    if (choosing := calendar.choosing) is not None:
        told = NOT_SHOWN(names=_each_once(calendar.task(task).name for task in choosing.tasks))
        yield [CHOOSING().text(locale), "", told.text(locale), " ".join(choosing.requirement_ids)]
    if (statistics := calendar.statistics) is not None:
        for name, meaning in figures(calendar).values():
            words = [STATISTICS().text(locale), name().text(locale), meaning.text(locale)]
            yield [*words, " ".join(statistics.requirement_ids)]
    for honour in calendar.honours:
        words = [HONOUR().text(locale), honour.name, honour_words(calendar, honour, locale)]
        yield [*words, " ".join(honour.requirement_ids)]
    for resource in calendar.resources:
        words = [RESOURCE().text(locale), resource.name, resource_words(calendar, resource).text(locale)]
        yield [*words, " ".join(resource.requirement_ids)]


def assessment_name(calendar: TermCalendar, assessment: Assessment) -> str:
    return assessment.name or _as_a_name(calendar.roles[role] for role in assessment.of)


def ordered_by(calendar: TermCalendar, honour: Honour, key: str) -> Message:
    """What a word of `order by` is called: a component, or else the total."""
    components = calendar.assessment(honour.of).components
    component = next((one for one in components if one.key == key), None)
    if component is None:
        return THE_TOTAL()
    return CALLED(
        name=component.name or _as_a_name(calendar.task(task).name for task in component.task_ids) or key
    )


def _each_once(names: Iterable[str]) -> list[str]:
    return [*dict.fromkeys(names)]


def _as_a_name(names: Iterable[str]) -> str:
    """What is called after several others: a name, and the same in either language."""
    return "、".join(dict.fromkeys(names))
