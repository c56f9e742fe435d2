"""The operators of an office: who is added with which scope, who retires, and who sits at which account of a machine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlmodel import Session, col

from calendars.messages import Message, Problem, Refused, Wording, refuse
from calendars.nearest import nearest
from models.operators import Operator, OperatorScope
from workflows.organisations import Tree, load_tree
from workflows.parties import TIER_NAMES
from workflows.scopes import Scope, scope_of

NO_NAME = Wording(zh="请写操作员的姓名", en="say the operator's name")
STANDS = Wording(
    zh="操作员“{name}”已经登记，范围是{scope}。要改范围，先 yanxiu operator retire，再重新登记",
    en="operator {name!r} stands already, with the scope {scope}. To change it, retire and add again",
)
ACCOUNT_TAKEN = Wording(
    zh="帐户“{account}”已由操作员“{name}”使用", en="the account {account!r} is used by operator {name!r}"
)
NO_OPERATOR = Wording(zh="没有在用的操作员“{name}”{hint}", en="no operator {name!r} stands{hint}")
LAST = Wording(
    zh="“{name}”是最后一个范围是全部单位的操作员。请先另外登记一个",
    en="{name!r} is the last operator of everything; add another one first",
)
NO_TIER = Wording(zh="没有层级“{found}”。有：{known}", en="there is no tier {found!r}; there are {known}")
NO_ORGANISATION = Wording(zh="没有单位“{found}”{hint}", en="there is no organisation {found!r}{hint}")
SEVERAL = Wording(
    zh="有几个单位叫“{found}”，请连同上级写明：{paths}",
    en="several organisations are called {found!r}; write which, with those above it: {paths}",
)


@dataclass(frozen=True)
class Seen:
    """One operator as a list tells of them."""

    name: str
    account: str | None
    scope: Message
    organisations: tuple[str, ...]  # none: everything
    tiers: tuple[str, ...]  # none: every tier
    added_at: datetime
    added_by: str
    retired_at: datetime | None


@dataclass(frozen=True)
class New:
    """Who is added, with which scope: nothing named is everything."""

    name: str
    organisations: Sequence[str] = ()
    tiers: Sequence[str] = ()
    account: str | None = None


def add(session: Session, new: New, by: str, at: datetime) -> Seen:
    """Add an operator, or let one who has retired stand again with another scope. Raises Refused with all that is wrong."""
    name, account = new.name.strip(), (new.account or "").strip() or None
    tree = load_tree(session)
    places = _checked(session, tree, name, account, new)
    row = session.execute(select(Operator).where(col(Operator.name) == name)).scalar_one_or_none()
    row = row or Operator(name=name, added_at=at, added_by=by)
    row.account, row.added_at, row.added_by, row.retired_at, row.retired_by = account, at, by, None, None
    session.add(row)
    session.flush()
    assert row.id is not None
    session.execute(delete(OperatorScope).where(col(OperatorScope.operator_id) == row.id))
    session.add_all(
        OperatorScope(operator_id=row.id, organisation_id=place, tier=tier)
        for place in (places or (None,))
        for tier in (new.tiers or (None,))
    )
    session.flush()
    return _seen(session, tree, row)


def make_the_first(session: Session, account: str, at: datetime) -> str | None:
    """Where no operator stands, one of everything, called as the machine's account; its name if it was made."""
    if session.execute(select(exists().where(col(Operator.retired_at).is_(None)))).scalar():
        return None
    return add(session, New(account, account=account), account, at).name


def retire(session: Session, name: str, by: str, at: datetime) -> None:
    """From now on nothing is decided in this name. Raises Refused for the last one of everything."""
    standing = session.execute(
        select(Operator).where(col(Operator.retired_at).is_(None)).order_by(col(Operator.name))
    ).scalars().all()  # fmt: skip
    row = next((one for one in standing if one.name == name.strip()), None)
    if row is None:
        hint = nearest(name, [one.name for one in standing])
        raise refuse(NO_OPERATOR(name=name, hint=hint))
    others = [scope_of(session, one) for one in standing if one is not row]
    if not any(_is_of_everything(scope) for scope in others):
        raise refuse(LAST(name=row.name))
    row.retired_at, row.retired_by = at, by
    session.add(row)
    session.flush()


def operator_at(session: Session, account: str) -> str | None:
    """The name of the operator who uses an account of the machine."""
    wanted = select(col(Operator.name)).where(col(Operator.account) == account)
    found: str | None = session.execute(wanted.where(col(Operator.retired_at).is_(None))).scalar_one_or_none()
    return found


def operators(session: Session, *, also_retired: bool = False) -> list[Seen]:
    """All that stand, by name."""
    wanted = select(Operator).order_by(col(Operator.name))
    if not also_retired:
        wanted = wanted.where(col(Operator.retired_at).is_(None))
    tree = load_tree(session)
    return [_seen(session, tree, row) for row in session.execute(wanted).scalars().all()]


def _is_of_everything(scope: Scope) -> bool:
    return scope.places is None and not scope.tiers


def _seen(session: Session, tree: Tree, row: Operator) -> Seen:
    scope = scope_of(session, row)
    paths = tuple("/".join(tree.names(place)) for place in sorted(scope.places or ()))
    tiers = tuple(tier for tier in TIER_NAMES if tier in scope.tiers)
    return Seen(
        row.name, row.account, scope.told(tree), paths, tiers, row.added_at, row.added_by, row.retired_at
    )


def _checked(session: Session, tree: Tree, name: str, account: str | None, new: New) -> list[int]:
    """The organisations that are meant. Raises Refused with everything that speaks against this operator."""
    problems: list[Problem] = []
    if not name:
        problems.append(Problem("", NO_NAME()))
    for row in session.execute(select(Operator).where(col(Operator.retired_at).is_(None))).scalars().all():
        if row.name == name:
            problems.append(Problem("", STANDS(name=name, scope=scope_of(session, row).told(tree))))
        elif account is not None and row.account == account:
            problems.append(Problem("--account", ACCOUNT_TAKEN(account=account, name=row.name)))
    problems += [
        Problem("--tier", NO_TIER(found=tier, known=[*TIER_NAMES]))
        for tier in new.tiers
        if tier not in TIER_NAMES
    ]
    places: list[int] = []
    for said in new.organisations:
        found = _called(tree, said)
        places += found if len(found) == 1 else []
        if len(found) != 1:
            problems.append(Problem("--organisation", _not_one(tree, said, found)))
    if problems:
        raise Refused(problems)
    return places


def _called(tree: Tree, said: str) -> list[int]:
    """Whom a name, or a path that ends so, means: the one whose whole path it is, or all whose path ends with it."""
    wanted = [name.strip() for name in said.split("/")]
    found = [place for place in tree.nodes if tree.names(place)[-len(wanted) :] == wanted]
    return [place for place in found if tree.names(place) == wanted] or found


def _not_one(tree: Tree, said: str, found: Collection[int]) -> Message:
    if found:
        return SEVERAL(found=said, paths=sorted("/".join(tree.names(place)) for place in found))
    known = dict.fromkeys(node.name for node in tree.nodes.values())
    return NO_ORGANISATION(found=said, hint=nearest(said.rpartition("/")[2].strip(), [*known]))
