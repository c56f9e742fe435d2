"""Every demand of the five documents is shown by a story, and the pages that say by which are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.demands import PAGE, READMES, ROOT, page, required, rows, shown

DEMANDS = [demand for demands in required().values() for demand in demands]


@pytest.mark.parametrize("demand", DEMANDS)
def test_each_demand_is_shown_by_a_story(demand: str) -> None:
    assert shown().get(demand)


def test_no_story_shows_a_demand_that_there_is_not() -> None:
    assert shown().keys() <= set(DEMANDS)


def test_the_page_of_demands_is_the_one_that_the_tests_write() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("readme", READMES, ids=lambda file: file.name)
def test_the_readmes_link_each_programme_with_its_calendars_and_its_stories(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    assert "\n".join(rows()) in text
    assert all((ROOT / target).exists() for target in re.findall(r"\]\(([^)#:]+)", text))
