"""The operators of a demonstration: its office of everything, a second who signs with it, and one in the county of each
programme's second cohort, where most is decided."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from calendars.clock import now
from flows.accounts import account
from models.database import transaction
from models.operators import Operator
from models.terms import Cohort
from workflows.operators import New, add, make_the_first
from workflows.organisations import Tree, load_tree
from workflows.publishing import newest_edition

NAME, SECOND = "演示办公室", "演示办公室审核人"  # not by the language of the screen: some stand in seals
OF_A_COUNTY = "{county}研修办"
COUNTY = "county"


def appoint_office(engine: Engine, *called: str) -> None:
    """The account that runs the demonstration, its office, by this name too, and who signs with it."""
    with transaction(engine) as session:
        make_the_first(session, account(), now())
        for name in dict.fromkeys((NAME, SECOND, *called)):
            add(session, New(name), account(), now())


def appoint_counties(engine: Engine, slugs: Iterable[str]) -> None:
    """Once rosters have brought in the organisations: of the county of each programme's second cohort, for its own filings."""
    with transaction(engine) as session:
        tree = load_tree(session)
        counties = {_county(tree, cohort) for slug in slugs for cohort in cohorts_of(session, slug)[1:2]}
        by_name: dict[str, list[str]] = {}  # programmes may have a county of one name under others
        for county in sorted(county for county in counties if county is not None):
            by_name.setdefault(_called(tree, county), []).append("/".join(tree.names(county)))
        for name, paths in by_name.items():
            add(session, New(name, paths, [COUNTY]), NAME, now())


def decider(session: Session, cohort: Cohort) -> str:
    """The operator of a cohort's county, where there is one, or else the office."""
    tree = load_tree(session)
    county = _county(tree, cohort)
    if county is None:
        return NAME
    name = _called(tree, county)
    found = session.execute(select(col(Operator.id)).where(col(Operator.name) == name)).scalar()
    return NAME if found is None else name


def cohorts_of(session: Session, slug: str) -> list[Cohort]:
    programme = newest_edition(session, slug).programme_id
    rows = select(Cohort).where(col(Cohort.programme_id) == programme).order_by(col(Cohort.id))
    return list(session.execute(rows).scalars())


def _county(tree: Tree, cohort: Cohort) -> int | None:
    return tree.at_tier(cohort.organisation_id, COUNTY)


def _called(tree: Tree, county: int) -> str:
    return OF_A_COUNTY.format(county=tree.nodes[county].name)
