"""Within which scope somebody acts: which cohorts, people and organisations the operators of a session may look at and
decide about.

A session knows its operators by the database with which it was opened (`acting_as`). One that was opened by the program
itself, as the night's are, has none and is asked nothing. Whatever is looked up by name is asked here, so that neither a
command nor a form can forget it; operators and the tree are read once in a session, however many cohorts are asked about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlmodel import Session, col

from calendars.messages import Message, Problem, Refused, Wording, refuse
from models.operators import Operator, OperatorScope
from models.terms import Cohort
from models.work import Enrolment
from workflows.organisations import Tree, load_tree
from workflows.parties import TIER_NAMES

OUTSIDE = Wording(
    zh="操作员“{name}”的范围是{scope}，不含{concerned}。请由范围包含它的操作员办理，见 yanxiu operator list",
    en="the scope of operator {name!r} is {scope}, which does not cover {concerned}. Let an operator do it whose scope does: "
    "see yanxiu operator list",
)
NOT_ALL = Wording(
    zh="操作员“{name}”的范围是{scope}，而这里涉及全部单位。有 --cohort 或 --organisation 的，请写明其中的；否则请由范围是全部单位的操作员办理，见 "
    "yanxiu operator list",
    en="the scope of operator {name!r} is {scope}, and this is about everybody. Where there is --cohort or --organisation, "
    "name what is within it; else let an operator of everything do it: see yanxiu operator list",
)
NOT_THE_TIER = Wording(
    zh="操作员“{name}”的范围是{scope}，不能以{tier}的名义办理{concerned}。见 yanxiu operator list",
    en="the scope of operator {name!r} is {scope}: not to act for the {tier} link, about {concerned}. See yanxiu operator list",
)
UNKNOWN = Wording(
    zh="没有叫“{name}”的操作员。现有：{known}。用 yanxiu operator add 登记",
    en="no operator is called {name!r}; there is {known}. One is added by yanxiu operator add",
)
REFUSALS = (OUTSIDE, NOT_ALL, NOT_THE_TIER, UNKNOWN)  # what the access log keeps

EVERYTHING = Wording(zh="全部单位", en="everything")
UNDER = Wording(zh="{places}及其下属", en="{places} and below")
FOR = Wording(zh="{scope}（{tiers}）", en="{scope} ({tiers})")
AND_OTHERS = Wording(zh="{named}等{count}个", en="{named} and others, {count} in all")
MOST_NAMED = 6

_OPERATORS, _SCOPES, _TREE = "yanxiu_operators", "yanxiu_scopes", "yanxiu_tree"


@dataclass(frozen=True)
class Scope:
    """Where one operator may act: everywhere, or at some organisations with all below them; and for which tiers."""

    name: str
    places: frozenset[int] | None  # None: the whole tree
    tiers: frozenset[str]  # none named: every tier

    def covers(self, tree: Tree, organisation_id: int) -> bool:
        return self.places is None or any(node.id in self.places for node in tree.path(organisation_id))

    def acts_for(self, tier: str) -> bool:
        """Whether for the link of a tier. A link of the person's own is of no tier."""
        return not self.tiers or tier in self.tiers or tier not in TIER_NAMES

    def told(self, tree: Tree) -> Message:
        """The scope in words."""
        paths = ["/".join(tree.names(place)) for place in sorted(self.places or ())]
        where = EVERYTHING() if self.places is None else UNDER(places=paths)
        if not self.tiers:
            return where
        return FOR(scope=where, tiers=tiers_told(self.tiers))


def tiers_told(tiers: Collection[str]) -> list[Message]:
    """Tiers in words, the topmost first."""
    return [name() for tier, name in TIER_NAMES.items() if tier in tiers]


def acting_as(engine: Engine, *names: str) -> Engine:
    """The database for sessions in which these operators act; what one of them may not touch is refused."""
    return engine.execution_options(**{_OPERATORS: names})


def operators_of(session: Session) -> tuple[str, ...]:
    """The operators who act in a session, by name; nobody in one of the program itself."""
    found: tuple[str, ...] = session.get_bind().get_execution_options().get(_OPERATORS, ())
    return found


def scopes_of(session: Session) -> tuple[Scope, ...]:
    """The scopes of the operators who act in a session. Raises Refused where one of them does not stand."""
    return _called(session, operators_of(session))


def require_everything(session: Session) -> None:
    """Raises Refused where somebody acts whose scope is not the whole tree."""
    problems = [
        Problem("", NOT_ALL(name=scope.name, scope=scope.told(_tree(session))))
        for scope in scopes_of(session)
        if scope.places is not None
    ]
    if problems:
        raise Refused(problems)


def require_cohorts(session: Session, cohorts: Iterable[Cohort], *, all_of_them: bool = False) -> None:
    """Raises Refused where somebody acts whose scope does not cover each of these cohorts, by the organisation that answers
    for it; all of a programme, where no one was named."""
    require_each(
        session, {cohort.name: (cohort.organisation_id,) for cohort in cohorts}, all_of_them=all_of_them
    )


def require_cohort(session: Session, cohort_id: int) -> None:
    """The same for one cohort by its number."""
    if operators_of(session):
        require_cohorts(session, [session.get_one(Cohort, cohort_id)])


def require_enrolment(session: Session, enrolment_id: int, *names: str) -> None:
    """Raises Refused where somebody acts whose scope covers neither a person's organisation nor the cohort: whoever acts in the
    session, or these who are said to have decided."""
    if operators_of(session):
        scopes = _called(session, names) if names else scopes_of(session)
        cohort, places = _places_of(session, [enrolment_id])[enrolment_id]
        _require(session, scopes, {cohort: places})


def require_person(session: Session, person_id: int) -> None:
    """Raises Refused where somebody acts whose scope does not cover a person in everything that they take part in."""
    if not operators_of(session):
        return
    mine = (
        session.execute(select(col(Enrolment.id)).where(col(Enrolment.person_id) == person_id))
        .scalars()
        .all()
    )
    for enrolment in mine:
        require_enrolment(session, enrolment)
    if not mine:
        require_everything(session)


def require_organisation(session: Session, organisation_id: int, tier: str | None = None) -> None:
    """Raises Refused where somebody acts whose scope does not cover an organisation, or not for this tier."""
    if not operators_of(session):
        return
    tree = _tree(session)
    called = "/".join(tree.names(organisation_id))
    require_each(session, {called: (organisation_id,)})
    for scope in scopes_of(session):
        if tier is not None and not scope.acts_for(tier):
            told = {"name": scope.name, "scope": scope.told(tree), "concerned": called}
            raise refuse(NOT_THE_TIER(**told, tier=TIER_NAMES[tier]()))


def require_place(session: Session, organisation_id: int | None) -> None:
    """Raises Refused where somebody acts whose scope does not cover an organisation; or everything, where it is None."""
    if organisation_id is None:
        require_everything(session)
    else:
        require_organisation(session, organisation_id)


def within(session: Session, enrolments: Collection[int]) -> set[int]:
    """Those of these enrolments that everybody who acts may touch. Raises Refused where that is none of them."""
    if not enrolments or not operators_of(session):
        return set(enrolments)
    of = _places_of(session, enrolments)
    found = {one for one, (_, places) in of.items() if may_touch(session, places)}
    if not found:
        require_each(session, dict(of.values()))
    return found


def is_limited(session: Session) -> bool:
    """Whether somebody acts whose scope is not the whole tree."""
    return any(scope.places is not None for scope in scopes_of(session))


def may_touch(session: Session, places: Collection[int]) -> bool:
    """Whether everybody who acts covers one of these organisations of a person or a cohort."""
    scopes = [scope for scope in scopes_of(session) if scope.places is not None]
    tree = _tree(session) if scopes else None
    return tree is None or all(any(scope.covers(tree, place) for place in places) for scope in scopes)


def _places_of(session: Session, enrolments: Collection[int]) -> dict[int, tuple[str, tuple[int, int]]]:
    """By enrolment: the cohort's name, and the organisations of cohort and person."""
    rows = session.execute(
        select(
            col(Enrolment.id), col(Cohort.name), col(Cohort.organisation_id), col(Enrolment.organisation_id)
        )
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(col(Enrolment.id).in_(sorted(enrolments)))
    )
    return {enrolment: (cohort, (of_cohort, own)) for enrolment, cohort, of_cohort, own in rows}


def require_each(
    session: Session, asked: Mapping[str, Collection[int]], *, all_of_them: bool = False
) -> None:
    """Raises Refused where somebody acts whose scope does not cover each of these, told by names, at one of its organisations
    at least."""
    _require(session, scopes_of(session), asked, all_of_them=all_of_them)


def _require(
    session: Session,
    scopes: Iterable[Scope],
    asked: Mapping[str, Collection[int]],
    *,
    all_of_them: bool = False,
) -> None:
    problems = []
    for scope in scopes:
        if scope.places is None:
            continue
        tree = _tree(session)
        beyond = [
            name for name, places in asked.items() if not any(scope.covers(tree, one) for one in places)
        ]
        if beyond:
            facts = {"name": scope.name, "scope": scope.told(tree)}
            problems.append(
                Problem("", NOT_ALL(**facts) if all_of_them else OUTSIDE(**facts, concerned=listed(beyond)))
            )
    if problems:
        raise Refused(problems)


def listed(names: Collection[str]) -> Message | list[str]:
    """The first of these names, and how many there are."""
    named = [*names][:MOST_NAMED]
    return named if len(names) <= MOST_NAMED else AND_OTHERS(named=named, count=len(names))


def _tree(session: Session) -> Tree:
    if _TREE not in session.info:
        session.info[_TREE] = load_tree(session)
    found: Tree = session.info[_TREE]
    return found


def scope_of(session: Session, operator: Operator) -> Scope:
    """The scope of one operator, standing or retired."""
    rows = session.execute(
        select(col(OperatorScope.organisation_id), col(OperatorScope.tier)).where(
            col(OperatorScope.operator_id) == operator.id
        )
    )
    return _scope(operator.name, [(place, tier) for place, tier in rows])


def _called(session: Session, names: Collection[str]) -> tuple[Scope, ...]:
    """The scopes of these operators. Raises Refused where one does not stand."""
    if names and _SCOPES not in session.info:
        session.info[_SCOPES] = _standing(session)
    known: dict[str, Scope] = session.info.get(_SCOPES, {})
    missing = [name for name in names if name not in known]
    if missing:
        raise Refused([Problem("", UNKNOWN(name=name, known=listed(known))) for name in missing])
    return tuple(known[name] for name in names)


def _standing(session: Session) -> dict[str, Scope]:
    """Every operator who stands, by name: some dozens."""
    rows = session.execute(
        select(col(Operator.name), col(OperatorScope.organisation_id), col(OperatorScope.tier))
        .join(OperatorScope, col(OperatorScope.operator_id) == col(Operator.id))
        .where(col(Operator.retired_at).is_(None))
        .order_by(col(Operator.name))
    )
    parts: dict[str, list[tuple[int | None, str | None]]] = {}
    for name, place, tier in rows:
        parts.setdefault(name, []).append((place, tier))
    return {name: _scope(name, those) for name, those in parts.items()}


def _scope(name: str, parts: Collection[tuple[int | None, str | None]]) -> Scope:
    """Everything where an organisation, or a tier, is left open in any part."""
    places, tiers = {place for place, _ in parts}, {tier for _, tier in parts}
    return Scope(
        name,
        None if None in places else frozenset(place for place in places if place is not None),
        frozenset() if None in tiers else frozenset(tier for tier in tiers if tier is not None),
    )
