"""组互评和自荐，区县级优秀课例评选，推荐省级参选 (G16-07): groups review one another, put their own lessons forward, the county
selects with what the peers gave and at most 5% of its own, the province decides."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from calendars.messages import Refused
from calendars.reader import read_calendar
from models.database import transaction
from models.work import Activity, Evidence, Source
from tests.support.story import Story
from workflows.filing_lists import CaseSeen, QuotaSeen, quotas_seen, seen
from workflows.publishing import publish
from workflows.resolving import accept, extend

LICHENG, LIXIA = ("山东省", "历城区"), ("山东省", "历下区")
OPENS = "2016-12-01 00:00:00"
GROUPS = [f"第{number}组" for number in range(1, 6)]


def group(story: Story, name: str, *county: str, joined: str = "2016-09-05 09:00") -> None:
    """A research group of a county with its leader and a learner."""
    story.cohort(name, *county, "")
    for role, who in (("leader", "组长"), ("learner", "学员")):
        story.enrol(f"{name}{who}", role, name, *county, f"{name}学校", joined=joined)
    story.polishes(name)


@pytest.fixture
def story(engine: Engine) -> Story:
    """Five groups of one county."""
    story = Story(engine, "guopei-2016")
    for name in GROUPS:
        group(story, name, *LICHENG)
    return story


def reviewed_by(story: Story, name: str) -> list[str]:
    return [other for one, other, _ in story.pairs() if one == name]


def gives_all(story: Story, name: str, score: float = 90, *, at: str) -> None:
    for other in reviewed_by(story, name):
        story.gives(name, other, score, at=at, by=f"{name}组长")


# ---------------------------------------------------------------- 分配: 不评自己, 各组同样多


@pytest.mark.demand("G16-07")
def test_on_the_day_each_group_is_given_two_others_and_is_given_to_two(story: Story) -> None:
    assert story.night("2016-11-30 23:59:59").paired == {}
    assert story.pairs() == []
    assert story.night(OPENS).paired == {"guopei-2016|group_review": 10}
    pairs = story.pairs()
    assert {at for *_, at in pairs} == {OPENS}
    assert all(one != other for one, other, _ in pairs)
    assert len({(one, other) for one, other, _ in pairs}) == 10
    assert (
        Counter(one for one, *_ in pairs)
        == Counter(other for _, other, _ in pairs)
        == dict.fromkeys(GROUPS, 2)
    )


def test_a_late_night_and_a_doubled_one_assign_the_same_at_the_same_instant(
    engine: Engine, story: Story
) -> None:
    story.night("2016-12-09 00:30")
    pairs = story.pairs()
    assert story.night("2016-12-09 00:30").paired == {}
    assert story.night("2016-12-31 00:30").paired == {}
    assert story.pairs() == pairs
    assert {at for *_, at in pairs} == {OPENS}


def test_what_was_assigned_is_never_changed_and_no_group_can_be_given_itself(story: Story) -> None:
    story.night(OPENS)
    for statement in ("UPDATE peer_assignment SET reviewed_id = 99", "DELETE FROM peer_assignment"):
        with pytest.raises(IntegrityError, match="append-only"), story.engine.begin() as connection:
            connection.execute(text(statement))
    itself = (
        "INSERT INTO peer_assignment (programme_id, review, reviewer_id, reviewed_id, effective_at, recorded_at) "
        "SELECT programme_id, review, reviewer_id, reviewer_id, 0, 0 FROM peer_assignment"
    )
    with pytest.raises(IntegrityError, match="itself"), story.engine.begin() as connection:
        connection.execute(text(itself))


def test_a_group_that_comes_later_is_taken_in_and_nothing_assigned_is_changed(story: Story) -> None:
    story.night(OPENS)
    before = story.pairs()
    group(story, "后来的组", *LICHENG, joined="2016-12-05 09:00")
    assert story.night("2016-12-08 00:30").paired == {"guopei-2016|group_review": 4}
    assert story.pairs()[:10] == before
    more = story.pairs()[10:]
    assert {at for *_, at in more} == {"2016-12-05 09:00:01"}
    assert len(reviewed_by(story, "后来的组")) == 2
    assert [other for one, other, _ in more if one != "后来的组"] == ["后来的组"] * 2
    group(story, "太迟的组", *LICHENG, joined="2016-12-30 23:59:59")
    assert story.night("2017-01-02 00:30").paired == {}


def test_the_groups_of_a_county_stay_among_themselves_and_one_alone_joins_those_of_the_province(
    story: Story,
) -> None:
    """每县之内互评，一个县只有一组的在本省之内."""
    for name in ("甲组", "乙组", "丙组"):
        group(story, name, *LIXIA)
    group(story, "独一组", "山东省", "长清区")
    story.night(OPENS)
    assert len(story.pairs()) == 18
    for one, other, _ in story.pairs():
        if one in GROUPS:
            assert other in GROUPS
        else:
            assert other in {"甲组", "乙组", "丙组", "独一组"}  # the smallest of the province
    assert len(reviewed_by(story, "独一组")) == 2


def test_where_there_are_too_few_each_reviews_fewer_and_the_list_says_so(engine: Engine) -> None:
    story = Story(engine, "guopei-2016")
    for name in GROUPS[:2]:
        group(story, name, *LICHENG)
    story.night(OPENS)
    assert [(one, other) for one, other, _ in sorted(story.pairs())] == [
        ("第1组", "第2组"),
        ("第2组", "第1组"),
    ]
    assert [(one.owes, one.fewer) for one in story.peers("2016-12-02 00:00").groups] == [(1, True)] * 2


def test_a_group_that_is_alone_everywhere_waits_for_another(engine: Engine) -> None:
    story = Story(engine, "guopei-2016")
    group(story, "第1组", *LICHENG)
    assert story.night("2016-12-02 00:30").paired == {}
    (one,) = story.peers("2016-12-02 00:30").groups
    assert (one.name, one.owes, one.fewer) == ("第1组", 0, True)
    group(story, "第2组", *LICHENG, joined="2016-12-03 09:00")
    assert story.night("2016-12-04 00:30").paired == {"guopei-2016|group_review": 2}


def test_a_cohort_without_a_leader_is_no_group(story: Story) -> None:
    story.cohort("专家", "山东省", "", "")
    story.enrol("郑专家", "expert", "专家", "山东省", "", "")
    story.night(OPENS)
    assert "专家" not in {one for pair in story.pairs() for one in pair}
    assert "专家" not in {one.name for one in story.peers("2016-12-02 00:00").groups}


# ---------------------------------------------------------------- 评: 分数和评语, 截止以前


def test_a_group_gives_scores_and_the_mean_is_rounded_half_up_to_a_hundredth(story: Story) -> None:
    story.night(OPENS)
    (reviewers, other) = [one for one, two, _ in story.pairs() if two == "第1组"], "第1组"
    for reviewer, score in zip(reviewers, (91, 90), strict=True):
        story.gives(reviewer, other, score, at="2016-12-10 09:00")
    (found,) = [one for one in story.peers("2016-12-11 00:00").groups if one.name == other]
    assert (found.got.count, found.got.mean, str(found.got)) == (2, 90_50, "90.5")


def test_a_review_given_anew_counts_as_it_was_given_last(story: Story) -> None:
    story.night(OPENS)
    other = reviewed_by(story, "第1组")[0]
    story.gives("第1组", other, 60, at="2016-12-10 09:00")
    story.gives("第1组", other, 85, at="2016-12-11 09:00")
    (pair,) = [one for one in story.peers("2016-12-12 00:00").pairs if one.opinion]
    assert (pair.reviewed, pair.opinion and pair.opinion.score, pair.name) == (other, 85_00, "组长")


def test_nobody_reviews_itself_nor_a_group_that_it_was_not_given_nor_off_the_scale(story: Story) -> None:
    story.night(OPENS)
    mine = reviewed_by(story, "第1组")
    strange = next(name for name in GROUPS if name not in {"第1组", *mine})
    for other, score, comment, why in (
        ("第1组", 90, "好", "does not review itself"),
        (strange, 90, "好", f"'{strange}' was not assigned to '第1组', which reviews: "),
        (mine[0], 101, "好", r"'101' is not on the scale 0\.\.100"),
        (mine[0], 90.5, "好", r"'90\.5' is not on the scale"),
        (mine[0], "优秀", "好", "a score is needed"),
        (mine[0], 90, " ", "a comment is needed"),
    ):
        with pytest.raises(Refused, match=why):
            story.gives("第1组", other, score, at="2016-12-10 09:00", comment=comment)
    with pytest.raises(Refused, match="say who gives it"):
        story.gives("第1组", mine[0], 90, at="2016-12-10 09:00", by="")
    assert not any(one.opinion for one in story.peers("2016-12-12 00:00").pairs)


@pytest.mark.parametrize(("clock", "taken"), [("23:59:59", True), ("24:00:00", False), ("24:00:01", False)])
def test_reviews_are_taken_up_to_the_stroke_of_the_end(story: Story, clock: str, taken: bool) -> None:
    story.night(OPENS)
    other = reviewed_by(story, "第1组")[0]
    if taken:
        story.gives("第1组", other, 90, at=f"2016-12-30 {clock}")
    else:
        with pytest.raises(Refused, match="组互评 was over at 2016-12-30 24:00"):
            story.gives("第1组", other, 90, at=f"2016-12-30 {clock}")
    missed = [
        pair for pair in story.peers("2016-12-30 24:00").pairs if pair.is_missed(story.at("2016-12-30 24:00"))
    ]
    assert len(missed) == (9 if taken else 10)
    assert {pair.who for pair in missed} == {(f"{name}组长",) for name in GROUPS}


@pytest.mark.parametrize(("clock", "taken"), [("23:59:59", False), ("24:00:00", True), ("24:00:01", True)])
def test_a_review_can_be_given_from_the_stroke_of_the_opening_though_no_night_has_run(
    story: Story, clock: str, taken: bool
) -> None:
    """What a person does takes the group on first: the assignment is made then, as of its own instant."""
    at = f"2016-11-30 {clock}"
    if not taken:
        with pytest.raises(Refused, match="was not assigned"):
            story.gives("第1组", "第2组", 90, at=at)
        assert story.pairs() == []
        return
    with pytest.raises(Refused, match="does not review itself"):
        story.gives("第1组", "第1组", 90, at=at)
    for other in GROUPS[1:]:
        try:
            story.gives("第1组", other, 90, at=at)
        except Refused:
            continue
    assert {when for *_, when in story.pairs()} == {OPENS}
    assert len([one for one in story.peers("2016-12-02 00:00").pairs if one.opinion]) == 2


def test_where_grades_are_given_a_group_sees_how_many_of_each_it_got(engine: Engine) -> None:
    text = Story.text_of("guopei-2016").replace("scale: 0..100", "scale: [优秀, 良好, 合格]")
    story = Story(engine, text=text)
    for name in GROUPS:
        group(story, name, *LICHENG)
    story.night(OPENS)
    reviewers = [one for one, other, _ in story.pairs() if other == "第1组"]
    for reviewer, grade in zip(reviewers, ("良好", "优秀"), strict=True):
        story.gives(reviewer, "第1组", grade, at="2016-12-10 09:00")
    with pytest.raises(Refused, match="'差' is not on the scale 优秀 良好 合格"):
        story.gives(reviewers[0], "第1组", "差", at="2016-12-10 10:00")
    with pytest.raises(Refused, match="a grade is needed"):
        story.gives(reviewers[0], "第1组", 90, at="2016-12-10 10:00")
    (found,) = [one for one in story.peers("2016-12-11 00:00").groups if one.name == "第1组"]
    assert (found.got.mean, str(found.got)) == (None, "优秀1 良好1")


# ---------------------------------------------------------------- 新的一版


def newer(story: Story, before: str, after: str, *, at: str) -> None:
    text = story.text.replace(before, after)
    assert text != story.text
    story.text, story.calendar = text, read_calendar(text, "newer")
    with transaction(story.engine) as session:
        publish(session, text, story.calendar, "项目办", story.at(at))


def test_a_newer_edition_moves_an_opening_that_has_not_come_and_changes_how_many(story: Story) -> None:
    newer(story, "opens: 2016-12-01", "opens: 2016-12-05", at="2016-11-20 09:00")
    newer(story, "each reviews: 2", "each reviews: 3", at="2016-11-21 09:00")
    assert story.night("2016-12-04 23:59:59").paired == {}
    assert story.night("2016-12-05 00:00").paired == {"guopei-2016|group_review": 15}


def test_a_newer_edition_changes_nothing_that_is_assigned_and_may_move_the_end(story: Story) -> None:
    """What was due by the edition before is assigned by it, though no night has run."""
    newer(story, "each reviews: 2", "each reviews: 3", at="2016-12-03 09:00")
    assert len(story.pairs()) == 10
    newer(story, "by: end of research\n    each", "by: 2016-12-20\n    each", at="2016-12-04 09:00")
    other = reviewed_by(story, "第1组")[0]
    with pytest.raises(Refused, match="组互评 was over at 2016-12-20 24:00"):
        story.gives("第1组", other, 90, at="2016-12-20 24:00:00")
    group(story, "后来的组", *LICHENG, joined="2016-12-21 09:00")
    assert story.night("2016-12-22 00:30").paired == {}


def test_a_newer_edition_without_the_review_assigns_nobody(story: Story) -> None:
    at = story.text.index("peer reviews:")
    section = story.text[at : story.text.index("gates:\n")]
    without = [("    peers: group_review\n", ""), (section, "")]
    text = story.text
    for before, after in without:
        text = text.replace(before, after)
    newer(story, story.text, text, at="2016-11-20 09:00")
    assert story.night("2016-12-02 00:30").paired == {}


# ---------------------------------------------------------------- 完成组互评: 组长的任务


def records(story: Story, who: str) -> list[tuple[str, str, str, str]]:
    """Task, kind, source and instant of the learning records of a person."""
    with Session(story.engine) as session:
        rows = session.execute(
            select(Activity.task, Activity.kind, Source.name, Evidence.happened_at)
            .join(Activity, Activity.id == Evidence.activity_id)
            .join(Source, Source.id == Evidence.source_id)
            .where(Evidence.enrolment_id == story.people[who])
        )
        return [(task, kind, source, story.local(at)) for task, kind, source, at in rows]


def test_having_reviewed_all_its_groups_is_a_record_of_the_leaders_task(story: Story) -> None:
    story.night(OPENS)
    first, second = reviewed_by(story, "第1组")
    story.gives("第1组", first, 90, at="2016-12-10 09:00")
    assert records(story, "第1组组长") == []
    for at in ("2016-12-12 10:00", "2016-12-13 10:00"):  # given anew it is no second record
        story.gives("第1组", second, 90, at=at)
    assert records(story, "第1组组长") == [("group_review", "reviewed", "互评", "2016-12-12 10:00:00")]
    assert records(story, "第1组学员") == []


def test_the_leaders_task_is_complete_with_review_and_self_nomination(story: Story) -> None:
    """完成组互评和自荐: both count, and neither alone."""
    story.night(OPENS)
    gives_all(story, "第1组", at="2016-12-10 09:00")
    story.shows("第1组组长", "group_review", kind="recommended", at="2016-12-20 09:00")
    gives_all(story, "第2组", at="2016-12-10 09:00")
    story.shows("第3组组长", "group_review", kind="recommended", at="2016-12-20 09:00")
    story.night("2017-01-21 00:30")
    found = {name: story.points(f"{name}组长", "leading")["group_review"] for name in GROUPS[:4]}
    assert found == {"第1组": 1, "第2组": 0, "第3组": 0, "第4组": 0}


# ---------------------------------------------------------------- 没有评的: 日历写了关口的, 停在那里

GATE = "gates:\n  - {before: end of research, require: peer reviews given, peers: group_review, waits on: leader}\n"


def gated(engine: Engine, count: int = 5) -> Story:
    text = Story.text_of("guopei-2016").replace("gates:\n", GATE, 1)
    story = Story(engine, text=text)
    for name in GROUPS[:count]:
        group(story, name, *LICHENG)
    return story


def test_a_group_that_has_not_given_its_reviews_is_held_and_it_says_whom_it_owes(engine: Engine) -> None:
    story = gated(engine)
    story.night(OPENS)
    for name in GROUPS[1:]:
        gives_all(story, name, at="2016-12-10 09:00")
    story.night("2017-01-01 00:30")
    assert story.open_holds() == [("第1组", "research", "peer reviews missing")]
    (hold,) = story.holds("第1组")
    owed = sorted(reviewed_by(story, "第1组"))
    assert hold.explanation.text("zh") == f"“组互评”没有评：{'、'.join(owed)}"
    assert hold.explanation.text("en") == f"组互评: not reviewed: {', '.join(owed)}"
    assert (hold.waits_on, story.local(hold.since)) == ("leader", "2016-12-31 00:00:00")


def test_in_extended_time_the_reviews_can_still_be_given_and_the_cohort_goes_on(engine: Engine) -> None:
    story = gated(engine)
    story.night(OPENS)
    for name in GROUPS[1:]:
        gives_all(story, name, at="2016-12-10 09:00")
    story.night("2017-01-01 00:30")
    story.decide(extend, "第1组", "research.end", story.at("2017-01-05 00:00"), effective="2017-01-02 09:00")
    gives_all(story, "第1组", at="2017-01-04 09:00")
    story.night("2017-01-06 00:30")
    assert story.open_holds() == []
    assert story.states("第1组")["research"] == "done"
    assert story.resolved("第1组") == [("research", "2017-01-02 09:00:00", "extend")]
    with pytest.raises(Refused, match="was over at 2016-12-30 24:00"):
        gives_all(story, "第2组", at="2017-01-07 09:00")


def test_the_office_may_accept_that_reviews_are_missing(engine: Engine) -> None:
    story = gated(engine, 2)
    story.night("2017-01-01 00:30")
    for name in GROUPS[:2]:
        story.decide(accept, name, story.hold_id(name), effective="2017-01-02 09:00")
    story.night("2017-01-03 00:30")
    assert story.open_holds() == []


def test_a_group_that_had_nobody_to_review_is_told_as_held(engine: Engine) -> None:
    story = gated(engine, 1)
    story.night("2017-01-01 00:30")
    (hold,) = story.holds("第1组")
    assert hold.explanation.text("zh") == "“组互评”没有别的组可以互评"
    assert hold.explanation.text("en") == "组互评: there is no other group to review"


# ---------------------------------------------------------------- 自荐, 区县评选, 省级评选


def cases(story: Story) -> list[CaseSeen]:
    with Session(story.engine) as session:
        desk = story._desk(session)
        return seen(session, story.programme_id, story.calendar, desk.tree, ["lessons"])


def quotas(story: Story) -> list[QuotaSeen]:
    with Session(story.engine) as session:
        desk = story._desk(session)
        return [*quotas_seen(session, story.programme_id, story.calendar, desk.tree, ["lessons"])]


@pytest.mark.demand("G16-07")
def test_from_peer_review_through_self_nomination_and_county_selection_to_the_province(
    engine: Engine,
) -> None:
    """完成组互评和自荐；按照区县教育局安排进行区县级优秀课例评选，推荐省级优秀参选课例；参与省级优秀课例研究评选."""
    story = Story(engine, "guopei-2016")
    names = [f"第{number}组" for number in range(1, 22)]
    for name in names:
        group(story, name, *LICHENG)
    story.night(OPENS)
    for at, (reviewer, reviewed, _) in enumerate(story.pairs()):
        story.gives(reviewer, reviewed, 99 if reviewed == "第7组" else 60 + at % 30, at="2016-12-15 09:00")
    lessons = {
        name: story.files(
            "lessons", f"{name}组长", at="2016-12-28 09:00", by=f"{name}组长", lesson=f"{name}的课例"
        )
        for name in names[:20]
    }
    with pytest.raises(Refused, match="on its way now"):  # one for each group
        story.files("lessons", "第1组组长", at="2016-12-29 09:00")
    best = max(cases(story), key=lambda case: (case.got and case.got.mean) or 0)
    assert (best.whose, str(best.got), best.number) == ("第7组", "99", lessons["第7组"])
    with pytest.raises(Refused, match="no link can be skipped"):
        story.acts("pass_on", lessons["第7组"], "province", at="2017-01-05 09:00")
    (quota,) = quotas(story)
    assert (quota.organisation, quota.quota.of, quota.quota.most, quota.quota.left) == (
        "山东省/历城区",
        20,
        1,
        1,
    )
    story.acts("pass_on", lessons["第7组"], "county", at="2017-01-05 09:00")
    with pytest.raises(Refused, match="历城区 may pass on 1"):
        story.acts("pass_on", lessons["第1组"], "county", at="2017-01-05 09:00")
    assert [one.quota.left for one in quotas(story)] == [0]
    assert story.night("2017-01-14 00:30").lapsed["guopei-2016|lessons"] == 19
    story.acts("pass_on", lessons["第7组"], "province", at="2017-01-19 09:00", by="省专家组")
    assert story.case(lessons["第7组"]) == ("accepted", "province")
    assert [step[:2] for step in story.steps(lessons["第7组"])] == [
        ("apply", "person"), ("pass", "county"), ("accept", "province"),
    ]  # fmt: skip


@pytest.mark.parametrize(("clock", "taken"), [("23:59:59", True), ("24:00:00", False), ("24:00:01", False)])
def test_a_group_puts_its_lesson_forward_up_to_the_stroke_of_the_end(
    story: Story, clock: str, taken: bool
) -> None:
    if taken:
        assert story.files("lessons", "第1组组长", at=f"2016-12-30 {clock}")
    else:
        with pytest.raises(Refused, match="研修组自荐 was over at 2016-12-30 24:00"):
            story.files("lessons", "第1组组长", at=f"2016-12-30 {clock}")


def test_another_leader_of_the_group_files_its_case_anew_and_makes_no_second_one(story: Story) -> None:
    story.enrol("第1组副组长", "leader", "第1组", *LICHENG, "第1组学校")
    case = story.files("lessons", "第1组组长", at="2016-12-20 09:00")
    with pytest.raises(Refused, match="on its way now"):
        story.files("lessons", "第1组副组长", at="2016-12-21 09:00")
    story.acts("give_back", case, "county", at="2016-12-22 09:00", reason="缺课堂实录")
    assert story.files("lessons", "第1组副组长", at="2016-12-23 09:00") == case
    (found,) = cases(story)
    assert (found.whose, found.person and found.person[1]) == ("第1组", "第1组副组长")
