"""What is answered in the form of a hold is in the name of an operator with the scope for it, or the form comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from calendars.clock import frozen
from flows.hold import _carry_out
from flows.settings import OfficeSettings
from flows.windows import Filled
from models.database import reading
from models.nights import Resolution
from tests.support.operators import appoint
from tests.support.story import Story
from workflows.access import accesses
from workflows.cases import case_of

RUN = "0f2c9a34-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("周主任", "没有接受：操作员“周主任”的范围是凤山区及其下属，不含一班。请由范围包含它的操作员办理，见 yanxiu operator list"),
        ("某人", "没有接受：没有叫“某人”的操作员。"),
    ],
)  # fmt: skip
def test_an_answer_beyond_the_scope_is_not_taken_and_stands_in_the_log(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    story = Story(engine, "longcheng-2024")
    story.cohort("一班", "龙城区", "第一小学")
    story.enrol("李老师", "learner", "一班", "龙城区", "第一小学")
    story.shows("李老师", "assignment", at="2024-11-20 21:15")
    story.night("2024-12-16 00:30")
    story.organisation("凤山区", "第二小学")
    appoint(engine, "周主任", organisations=["凤山区"])
    monkeypatch.setenv("PREFECT__RUNTIME__FLOW_RUN__ID", RUN)
    monkeypatch.setenv("PREFECT__RUNTIME__FLOW_RUN__FLOW_NAME", "hold")
    at = story.at("2024-12-16 09:00")
    with reading(engine) as session:
        case = case_of(session, story.hold_id("一班"), at)
    assert case is not None
    accept = next(choice for choice in case.choices if choice.action == "accept").label.text("zh")
    filled = Filled(1, {"decision": accept, "reason": "按文件办理", "name": name})
    settings = OfficeSettings(home=tmp_path, database_url=str(engine.url), locale="zh")
    with frozen(at):
        note = _carry_out(engine, settings, case, filled, at)
    assert note.startswith(said)
    with Session(engine) as session:
        assert session.execute(select(Resolution)).all() == []
        (line,) = accesses(session)
        assert (line.operator, line.act, line.refused, line.programme, line.run_id) == (
            name, "hold", True, "longcheng-2024", RUN,
        )  # fmt: skip
    assert story.hold_id("一班") == case.hold.id
