"""Peer reviews: opened and over inside their phase, among groups that can be found, with a scale and a task that fit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from calendars.checks_names import expect, expect_each
from calendars.draft import Draft, Path
from calendars.messages import Wording
from calendars.peers import PeerReview
from calendars.schedule import Unset
from calendars.values import UPWARD

NOT_DATED = Wording(
    zh="互评在整个项目同时开始和结束，这里要有日历给定的日期",
    en="a peer review begins and ends for the whole programme at once: a date that the calendar gives is needed here",
)
ENDS_TOO_EARLY = Wording(
    zh="截止（{ends}）不在开始（{opens}）之后", en="it is over ({ends}) before it has opened ({opens})"
)
OPENS_OUTSIDE = Wording(
    zh="开始（{opens}）早于阶段“{phase}”的开始（{start}）",
    en="it opens ({opens}) before phase {phase!r} does ({start})",
)
ENDS_OUTSIDE = Wording(
    zh="截止（{ends}）晚于阶段“{phase}”的结束（{end}）",
    en="it is over ({ends}) after phase {phase!r} has ended ({end})",
)
NOT_WIDER = Wording(
    zh="within 应由小到大，每个层级一次：school、county、city、province",
    en="`within` goes from narrow to wide, each tier once: school, county, city, province",
)
NO_RANGE = Wording(
    zh="分数范围应由低到高，至少两个分数", en="scores go from low to high, and there are two at least"
)
SAME_GRADE = Wording(zh="等级“{grade}”写了两次", en="the grade {grade!r} is written twice")
OTHER_ROLE = Wording(
    zh="任务“{task}”不是“{role}”的任务", en="the task {task!r} is not owed by a {role!r}, who reviews"
)
WHICH_KIND = Wording(
    zh="任务“{task}”以 {kinds} 为准，请用 shows 写明是其中哪一种",
    en="the task {task!r} shows {kinds}: say with `shows` which of these",
)
SHOWS_NOTHING = Wording(
    zh="任务“{task}”没有写 shows，不能以互评为准", en="task {task!r} has no `shows`: no review could show it"
)
SHOWS_WITHOUT_TASK = Wording(zh="写了 shows，就要写 task", en="`shows` needs `task`")
WHICH_REVIEW = Wording(
    zh="require: peer reviews given 要写 peers: 哪一项互评",
    en="`require: peer reviews given` needs `peers:`, which one",
)
NOT_ASKED = Wording(
    zh="只有 require: peer reviews given 写 peers", en="only `require: peer reviews given` has `peers`"
)
TOO_EARLY = Wording(
    zh="这个关口在互评截止（{ends}）之前，没有评完还不算迟",
    en="this gate stands before the peer review is over ({ends}): nothing is late there yet",
)
ONE_BEFORE = Wording(
    zh="“{before}”之前已经等着另一项互评；一处只能等一项",
    en="another peer review is waited for before {before!r} already",
)
SHOWN_TO_NOBODY = Wording(
    zh="只有 about: cohort 的上报可以并列互评的均分（peers）",
    en="only a filing about a cohort can show what its peers gave (`peers`)",
)


def names_in_peer_reviews(draft: Draft) -> None:
    for path, review in _reviews(draft):
        expect(draft, (*path, "role"), review.role, "roles")
        expect(draft, (*path, "phase"), review.phase, "phases")
        expect_each(draft, (*path, "within"), review.within, "tiers")
        if review.task is not None:
            expect(draft, (*path, "task"), review.task, "tasks")
        if review.shows is not None:
            expect(draft, (*path, "shows"), review.shows, "evidence")
    pointing = {
        "gates": [gate.peers for gate in draft.calendar.gates],
        "filings": [filing.peers for filing in draft.calendar.filings],
    }
    for section, reviews in pointing.items():
        for number, name in enumerate(reviews):
            if name is not None:
                expect(draft, (section, number, "peers"), name, "peer reviews")


def they_open_and_end_inside_their_phase(draft: Draft) -> None:
    for path, review in _whole(draft):
        opens, ends = draft.opening(review.opens), draft.moment(review.ends)
        for key, moment in (("opens", opens), ("by" if review.by else "phase", ends)):
            if isinstance(moment, Unset):
                draft.report((*path, key), NOT_DATED())
        if not isinstance(opens, datetime) or not isinstance(ends, datetime):
            continue
        shown = {"opens": draft.shown(opens, "start"), "ends": draft.shown(ends, "end")}
        at = (*path, "by") if review.by else (*path, "opens")
        start, end = (draft.instant(f"{edge} of {review.phase}") for edge in ("start", "end"))
        if ends <= opens:
            draft.report(at, ENDS_TOO_EARLY(**shown))
        elif start is not None and opens < start:
            facts = {"phase": review.phase, "start": draft.shown(start, "start")}
            draft.report((*path, "opens"), OPENS_OUTSIDE(opens=shown["opens"], **facts))
        elif end is not None and ends > end:
            facts = {"phase": review.phase, "end": draft.shown(end, "end")}
            draft.report((*path, "by"), ENDS_OUTSIDE(ends=shown["ends"], **facts))


def they_reach_from_narrow_to_wide(draft: Draft) -> None:
    for path, review in _whole(draft):
        tiers = [tier for tier in review.within if tier in UPWARD]
        positions = [UPWARD.index(tier) for tier in tiers]
        if any(after <= before for before, after in pairwise(positions)):
            draft.report((*path, "within"), NOT_WIDER())


def their_scale_can_be_given(draft: Draft) -> None:
    for path, review in _whole(draft):
        grades = review.scale.grades
        twice = next((grade for at, grade in enumerate(grades) if grade in grades[:at]), None)
        if twice is not None:
            draft.report((*path, "scale"), SAME_GRADE(grade=twice))
        elif not grades and review.scale.low >= review.scale.high:
            draft.report((*path, "scale"), NO_RANGE())


def their_task_is_shown_by_reviewing(draft: Draft) -> None:
    for path, review in _whole(draft):
        task = draft.task(review.task) if review.task else None
        if review.task is None and review.shows is not None:
            draft.report((*path, "shows"), SHOWS_WITHOUT_TASK(), at_key=True)
        if task is None or review.role not in draft.names("roles"):
            continue
        if review.role not in task.role:
            draft.report((*path, "task"), OTHER_ROLE(task=task.id, role=review.role))
        elif not task.shows:
            draft.report((*path, "task"), SHOWS_NOTHING(task=task.id))
        elif (len(task.shows) > 1 or review.shows) and review.shows not in task.shows:
            key = "shows" if review.shows else "task"
            draft.report((*path, key), WHICH_KIND(task=task.id, kinds=", ".join(task.shows)))


def gates_ask_for_peer_reviews(draft: Draft) -> None:
    known = {review.id: review for _, review in _whole(draft)}
    asked: set[str] = set()
    for number, gate in enumerate(draft.calendar.gates):
        if not draft.is_whole("gates", number):
            continue
        path: Path = ("gates", number)
        if gate.require != "peer reviews given":
            if gate.peers is not None:
                draft.report((*path, "peers"), NOT_ASKED(), at_key=True)
            continue
        if gate.peers is None:
            draft.report((*path, "require"), WHICH_REVIEW())
        elif gate.before in asked:
            draft.report((*path, "before"), ONE_BEFORE(before=gate.before))
        elif review := known.get(gate.peers):
            ends, acts = draft.instant(review.ends), draft.instant_of_gate(gate.before)
            if ends is not None and acts is not None and acts < ends:
                draft.report((*path, "before"), TOO_EARLY(ends=draft.shown(ends, "end")))
        asked.add(gate.before)


def only_a_cohorts_case_shows_what_its_peers_gave(draft: Draft) -> None:
    for number, filing in enumerate(draft.calendar.filings):
        whole = draft.is_whole("filings", number)
        if whole and filing.peers is not None and filing.about != "cohort":
            draft.report(("filings", number, "peers"), SHOWN_TO_NOBODY(), at_key=True)


CHECKS = (
    names_in_peer_reviews,
    they_open_and_end_inside_their_phase,
    they_reach_from_narrow_to_wide,
    their_scale_can_be_given,
    their_task_is_shown_by_reviewing,
    gates_ask_for_peer_reviews,
    only_a_cohorts_case_shows_what_its_peers_gave,
)


def _reviews(draft: Draft) -> Iterator[tuple[Path, PeerReview]]:
    for number, review in enumerate(draft.calendar.peer_reviews):
        yield ("peer reviews", number), review


def _whole(draft: Draft) -> Iterator[tuple[Path, PeerReview]]:
    return ((path, review) for path, review in _reviews(draft) if draft.is_whole(*path))
