"""Whose contact a row is: an organisation by its name, the chat group of a cohort by its programme and name."""

from __future__ import annotations

from functools import cached_property

from sqlmodel import Session

from calendars.messages import Message, Wording
from exchange.cells import Reader
from exchange.columns import Row, plain
from exchange.organisation_names import OrganisationNames
from exchange.participants import nearest
from workflows.contacts import Group, Whose, groups
from workflows.organisations import SEVERAL_ORGANISATIONS, load_tree
from workflows.publishing import all_calendars

WHOSE = Wording(zh="请写单位，或班级（班级的群）", en="say the organisation, or the cohort whose group it is")
EITHER = Wording(
    zh="单位和班级只填一个：班级的群不填单位", en="say either an organisation or a cohort, not both"
)
WHICH_COHORT = Wording(zh="请写班级", en="say which cohort")
UNKNOWN = Wording(zh="没有单位“{found}”。{hint}", en="there is no organisation {found!r}. {hint}")
FROM_ROSTERS = Wording(zh="单位由名册建立", en="Organisations come with rosters")
UNKNOWN_PROGRAMME = Wording(zh="没有项目“{found}”。{hint}", en="there is no programme {found!r}. {hint}")
ALL_PROGRAMMES = Wording(zh="项目有：{names}", en="The programmes are: {names}")
UNKNOWN_COHORT = Wording(zh="没有班级“{found}”。{hint}", en="there is no cohort {found!r}. {hint}")
ALL_COHORTS = Wording(zh="班级有：{names}", en="The cohorts are: {names}")
SEVERAL_COHORTS = Wording(
    zh="几个项目都有班级“{found}”，请写项目：{programmes}",
    en="several programmes have a cohort {found!r}; say which: {programmes}",
)
GROUP = Wording(zh="{cohort}（{programme}）的群", en="the group of {cohort} ({programme})")


class Places:
    """Every organisation and every cohort, as rows name them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.names = OrganisationNames(load_tree(session))
        self.groups = groups(session)

    def whose(self, reader: Reader, row: Row) -> Whose | None:
        """Whose contact a row is; None where it was refused."""
        cells = {key: reader.text(row, key) for key in ("organisation", "programme", "cohort")}
        if None in cells.values():
            return None
        organisation, programme, cohort = (cells[key] or "" for key in cells)
        found: Whose | tuple[str, Message]
        if organisation:
            found = ("cohort", EITHER()) if cohort or programme else self._organisation(organisation)
        elif cohort:
            found = self._group(programme, cohort)
        else:
            found = ("cohort", WHICH_COHORT()) if programme else ("organisation", WHOSE())
        if isinstance(found, Whose):
            return found
        reader.refuse(row, *found)
        return None

    def called(self, whose: Whose) -> str | Message:
        """For a preview."""
        if whose.kind == "o":
            return self.names.called(whose.number)
        group = self.group(whose)
        return GROUP(cohort=group.name, programme=group.programme)

    def group(self, whose: Whose) -> Group:
        return self._by_number[whose.number]

    @cached_property
    def _by_number(self) -> dict[int, Group]:
        return {group.id: group for group in self.groups}

    def _organisation(self, said: str) -> Whose | tuple[str, Message]:
        found = self.names.meant(said)
        if not found:
            hint = nearest(said.rpartition("/")[2].strip(), self.names.known(), FROM_ROSTERS)
            return "organisation", UNKNOWN(found=said, hint=hint)
        if len(found) > 1:
            paths = sorted("/".join(self.names.tree.names(one)) for one in found)
            return "organisation", SEVERAL_ORGANISATIONS(name=said, paths=paths)
        return Whose("o", found[0])

    def _group(self, programme: str, cohort: str) -> Whose | tuple[str, Message]:
        slug = self._programmes.get(plain(programme)) if programme else None
        if programme and slug is None:
            hint = nearest(programme, self._programmes, ALL_PROGRAMMES)
            return "programme", UNKNOWN_PROGRAMME(found=programme, hint=hint)
        here = [group for group in self.groups if slug in (None, group.programme)]
        found = [group for group in here if plain(group.name) == plain(cohort)]
        if not found:
            hint = nearest(cohort, [group.name for group in here], ALL_COHORTS)
            return "cohort", UNKNOWN_COHORT(found=cohort, hint=hint)
        if len(found) > 1:
            programmes = [group.programme for group in found]
            return "programme", SEVERAL_COHORTS(found=cohort, programmes=programmes)
        return Whose("c", found[0].id)

    @cached_property
    def _programmes(self) -> dict[str, str]:
        """Slugs by slug and by name."""
        slugs = {plain(group.programme): group.programme for group in self.groups}
        return slugs | {plain(calendar.name): slug for slug, calendar in all_calendars(self._session).items()}
