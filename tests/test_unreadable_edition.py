"""An edition that this version of the program refuses: its cohorts are held and shown, and the others go on."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session

from calendars.messages import Refused
from calendars.term import TermCalendar
from flows.changes_told import changes_lines
from flows.morning import morning_page
from flows.settings import OfficeSettings
from flows.windows import Windows
from models.database import transaction
from models.terms import Cohort, Edition
from office.changed import changed_rows
from tests.support.story import Story
from workflows import publishing
from workflows.cases import cases
from workflows.histories import cohort_history
from workflows.publishing import all_calendars
from workflows.status import status

MARK = "# 第二版\n"
SCHOOL = ("龙城区", "第一小学")


@pytest.fixture
def story(engine: Engine) -> Story:
    """Three classes that hand in nothing; the second goes by an edition of its own."""
    story = Story(engine, "longcheng-2024")
    for cohort in ("一班", "二班", "三班"):
        story.cohort(cohort, *SCHOOL)
        story.enrol(f"{cohort}学员", "learner", cohort, *SCHOOL)
    edition = second_edition(story)
    with transaction(engine) as session:
        session.execute(update(Cohort).where(Cohort.name == "二班").values(edition_id=edition))
    return story


def second_edition(story: Story) -> int:
    with transaction(story.engine) as session:
        edition = Edition(
            programme_id=story.programme_id, number=2, text=story.text + MARK, sha256="2",
            published_at=story.at("2015-01-01"), published_by="项目办",
        )  # fmt: skip
        session.add(edition)
        session.flush()
        return edition.id or 0


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """This version of the program refuses the second edition, until the patch is undone."""
    real = publishing.read_calendar

    def read(text: str, name: str, *, published: bool) -> TermCalendar:
        if MARK in text:
            raise Refused([])
        return real(text, name, published=published)

    monkeypatch.setattr(publishing, "read_calendar", read)
    publishing._read.cache_clear()
    return monkeypatch


@pytest.mark.usefixtures("refused")
def test_its_cohort_is_held_and_the_others_go_on(story: Story) -> None:
    changes = story.night("2024-12-16")
    assert changes.failed == {"longcheng-2024|二班": 1}
    assert (story.states("一班")["courses"], story.states("三班")["courses"]) == ("done", "done")
    assert story.states("二班")["courses"] == "planned"
    (hold,) = story.holds("二班")
    assert (hold.kind, hold.phase, hold.waits_on) == ("error", "preparation", "county")
    assert hold.explanation.text("en") == (
        "the night failed here: this version of the program cannot read its term calendar"
    )
    assert story.night("2024-12-17").failed == {"longcheng-2024|二班": 1}
    assert len(story.holds("二班")) == 1


def test_it_is_made_good_by_the_night_that_can_read_it_again(
    story: Story, refused: pytest.MonkeyPatch
) -> None:
    story.night("2024-12-16")
    refused.undo()
    changes = story.night("2024-12-17")
    assert changes.holds_cleared == {"longcheng-2024|error": 1}
    assert story.holds("二班") == []
    assert story.states("二班") == story.states("一班")
    locked = {row[3] for row in story.seals() if row[0] in story.cohorts.values() and len(row) == 6}
    assert locked == {story.at("2024-12-16 00:00")}


@pytest.mark.usefixtures("refused")
def test_all_that_an_office_looks_at_still_answers(story: Story, engine: Engine) -> None:
    changes = story.night("2024-12-16")
    with Session(engine) as session:
        assert {phase.programme for phase in status(session).phases} == {"longcheng-2024"}
        assert "二班" in str([*changed_rows(changes, all_calendars(session))])
        windows = Windows(cases(session, story.at("2024-12-16")))
        page = morning_page(session, OfficeSettings(locale="zh"), story.at("2024-12-16"), changes, windows)
        assert "| 出错 | [二班](/artifacts/key/cohort-2) | preparation | 2024-12-16 |" in page
        assert "二班" in "".join(changes_lines(session, changes, "zh"))
        history = cohort_history(session, story.cohorts["二班"], story.at("2024-12-16"))
        assert [hold.label.text("en") for hold in history.holds] == ["error"]


def test_what_a_programme_is_told_waits_until_its_newest_edition_can_be_read(
    engine: Engine, refused: pytest.MonkeyPatch
) -> None:
    """The hosts that a county owes by the 11th: three days before, nobody can read by which words; and no night fails."""
    story = Story(engine, "jinan-2020")
    school = ("山东省", "济南市", "历下区", "第一中学")
    story.cohort("语文坊", *school)
    story.enrol("王老师", "member", "语文坊", *school)
    second_edition(story)
    assert story.night("2020-12-08 00:30").failed.total() == 0
    assert [row for row in story.reminders("历下区") if "hosts" in row[1]] == []
    refused.undo()
    story.night("2020-12-09 00:30")
    assert ("2020-12-08 00:00:00", "filing hosts ", "3 days before", 1) in story.reminders("历下区")
