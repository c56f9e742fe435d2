"""What is done with a case: filed, passed on, returned, refused, taken back, and a deadline extended.

Every act names the link that acts. A case moves by one link at a time, and only by the link on which it waits,
before that link is over; so no step can be skipped, and nothing is taken after its day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from calendars.filing_pages import WHO, link_name
from calendars.filing_times import link_deadline
from calendars.filings import PERSON, Link
from calendars.filings import Filing as Defined
from calendars.messages import Message, Wording, refuse
from calendars.spoken_times import shown_end
from calendars.term import TermCalendar
from models.filings import Filing, FilingAttachment, FilingExtension, FilingLink, FilingStep
from workflows.extension_bounds import bound_of_link
from workflows.filing_calls import lapse_due
from workflows.filing_cases import Attached, Subject
from workflows.filing_notices import notice_of_more_time
from workflows.filing_quotas import quota_of
from workflows.filing_withdrawals import withdraw
from workflows.filings import links_of, open_until, own_deadlines, period_of
from workflows.machines import FILING, allows, move
from workflows.organisations import Tree
from workflows.resolving import Decision
from workflows.scopes import require_organisation

NO_NAME = Wording(zh="请写明姓名", en="a name is needed")
NO_REASON = Wording(zh="请写明理由", en="a reason is needed")
NO_PERIOD = Wording(
    zh="“{filing}”没有从 {period} 开始的一周", en="{filing} has no week that begins on {period}"
)
NO_TIER = Wording(
    zh="“{organisation}”之上没有“{tier}”这一级，而“{link}”不能略过",
    en="there is no {tier} above {organisation}, and the link {link} cannot be left out",
)
ELSEWHERE = Wording(
    zh="现在在“{link}”（{organisation}），{tier}不能办理：环节不能跳过",
    en="it waits on {link} ({organisation}) and not on {tier}: no link can be skipped",
)
NOT_NOW = Wording(zh="现在是“{state}”，不能{act}", en="it is {state} now, and cannot be {act}")
OVER = Wording(
    zh="“{link}”已于 {until} 截止，不再受理",
    en="the link {link} was over at {until}; nothing is taken any more",
)
BACKWARDS = Wording(
    zh="{at} 早于上一步的时间 {last}", en="{at} is before the step that was taken last, at {last}"
)
NO_ROOM = Wording(
    zh="{organisation}最多上报{most}件（本级{of}件的{share}，舍去小数），已上报{passed}件，还可上报{left}件",
    en="{organisation} may pass on {most} (of its {of}, {share} rounded down) and has passed on {passed}; {left} left",
)
NO_LINK = Wording(zh="“{filing}”没有“{tier}”这一环节", en="{filing} has no link at {tier!r}")
NOT_LATER = Wording(zh="延长后的时间 {until} 应晚于原来的 {now}", en="{until} is not later than {now}")
NO_DEADLINE = Wording(zh="“{link}”没有截止时间", en="the link {link} has no deadline")
ACTS = {
    "apply": Wording(zh="报出", en="filed"),
    "pass": Wording(zh="通过", en="passed on"),
    "return": Wording(zh="退回", en="returned"),
    "refuse": Wording(zh="不予接收", en="refused"),
    "take_back": Wording(zh="撤回", en="taken back"),
}
STATES = {state.name: state.label for state in FILING.states}


@dataclass
class Desk:
    """One programme's filings, by its newest calendar, in the caller's transaction."""

    session: Session
    programme_id: int
    calendar: TermCalendar
    tree: Tree

    def find(self, filing: Defined, subject: Subject) -> Filing | None:
        wanted = select(Filing).where(
            col(Filing.programme_id) == self.programme_id,
            col(Filing.kind) == filing.id,
            col(Filing.period) == subject.period,
            col(Filing.subject) == subject.key,
        )
        if subject.enrolment_id is None:
            wanted = wanted.where(col(Filing.organisation_id) == subject.organisation_id)
        found: Filing | None = self.session.execute(wanted).scalars().first()
        return found

    # ------------------------------------------------------------------ acts

    def file(
        self,
        filing: Defined,
        subject: Subject,
        fields: Mapping[str, Any],
        by: Decision,
        attached: Sequence[Attached] = (),
    ) -> Filing:
        """File a case, or file it anew after it was returned or taken back. Raises Refused where it cannot be."""
        if period_of(self.calendar, filing, subject.period) is None:
            raise refuse(NO_PERIOD(filing=filing.name, period=subject.period))
        self._let_lapse(by)
        case = self.find(filing, subject) or self._still_owed(filing, subject)
        made = case is None
        if case is None:
            case = Filing(
                programme_id=self.programme_id, kind=filing.id, period=subject.period,
                organisation_id=subject.organisation_id, subject=subject.key, enrolment_id=subject.enrolment_id,
                stands_at=filing.tier,
            )  # fmt: skip
        chain = self._chain(filing, case.organisation_id)
        if made:
            self.session.add(case)
            self.session.flush()
        self._may(case, "apply", filing.tier, by)
        case.enrolment_id = subject.enrolment_id  # of a cohort's case another leader may file it anew
        links = links_of(self.session, case) or self._make_links(case, chain)
        self._start_anew(links)
        links[0].came_at = links[0].passed_at = links[1].came_at = by.effective_at
        kept = json.dumps(dict(fields), ensure_ascii=False)
        self._step(case, "apply", filing.tier, links[1].tier, by, kept, attached)
        return case

    def pass_on(self, case: Filing, tier: str, by: Decision, attached: Sequence[Attached] = ()) -> None:
        """The link on which a case waits lets it through: to the next, or the last one accepts it."""
        filing = self.calendar.filing(case.kind)
        self._let_lapse(by)
        self._may(case, "pass", tier, by)
        links = links_of(self.session, case)
        here = next(index for index, link in enumerate(links) if link.tier == tier)
        self._has_room(filing, case, links[here])
        links[here].passed_at = by.effective_at
        if here + 1 < len(links):
            links[here + 1].came_at = by.effective_at
            self._step(case, "pass", tier, links[here + 1].tier, by, attached=attached)
            return
        self._step(case, "accept", tier, tier, by, attached=attached)
        if filing.on_acceptance == "withdraw" and case.enrolment_id is not None:
            withdraw(self.session, filing, case, by)

    def give_back(self, case: Filing, tier: str, by: Decision) -> None:
        """Return a case to whoever filed it, with a reason; it may be filed anew while this link is open."""
        self._end_round(case, "return", tier, by)

    def refuse(self, case: Filing, tier: str, by: Decision) -> None:
        """Refuse a case for good, with a reason."""
        _needs_a_reason(by)
        self._let_lapse(by)
        self._may(case, "refuse", tier, by)
        self._step(case, "refuse", tier, tier, by)

    def take_back(self, case: Filing, tier: str, by: Decision) -> None:
        """Whoever filed a case takes it back; it may be filed anew in time."""
        self._end_round(case, "take_back", tier, by)

    def extend(
        self,
        filing: Defined,
        organisation_id: int,
        tier: str,
        until: datetime,
        by: Decision,
        period: str = "",
    ) -> int:
        """Give one organisation a later deadline for its link. What has lapsed there waits again. Returns for how many
        cases."""
        _needs_a_reason(by)
        _needs_a_name(by)
        require_organisation(self.session, organisation_id)
        link, found = filing.link(tier), period_of(self.calendar, filing, period)
        if link is None:
            raise refuse(NO_LINK(filing=filing.name, tier=tier))
        if found is None:
            raise refuse(NO_PERIOD(filing=filing.name, period=period))
        self._let_lapse(by)
        standing = link_deadline(self.calendar, link, found)
        if standing is None:
            raise refuse(NO_DEADLINE(link=link_name(link)))
        own = own_deadlines(self.session, self.programme_id, filing.id, period, tier)
        standing = max(standing, own.get(organisation_id, standing))
        if until <= max(standing, by.effective_at):
            raise refuse(NOT_LATER(until=self._told(until), now=self._told(max(standing, by.effective_at))))
        bound = bound_of_link(self.calendar, filing, link, found)
        beyond = bound.refuses(filing.name, until, self.calendar.zoneinfo) if bound else None
        if beyond is not None:
            raise refuse(beyond)
        self.session.add(
            FilingExtension(
                programme_id=self.programme_id, kind=filing.id, period=period, tier=tier,
                organisation_id=organisation_id, until=until, reason=by.reason.strip(), name=by.name.strip(),
                document=by.document, run_id=by.run_id, effective_at=by.effective_at, recorded_at=by.recorded_at,
            )
        )  # fmt: skip
        self.session.flush()
        asked = (filing.id, tier, period)
        notice_of_more_time(self.session, self.programme_id, self.calendar, *asked, until, by.effective_at)
        return self._go_on(filing, organisation_id, tier, period, by)

    def _still_owed(self, filing: Defined, subject: Subject) -> Filing | None:
        """What an organisation was given more time for, with nothing filed so far: its first entry takes that place."""
        owed = self.find(filing, Subject(subject.organisation_id, period=subject.period))
        if filing.about != "entry" or owed is None or owed.state != "due":
            return None
        owed.subject = subject.key
        return owed

    # ------------------------------------------------------------------ what must hold

    def _let_lapse(self, by: Decision) -> None:
        """Whatever was over before this act has lapsed, whichever nights have run."""
        lapse_due(self.session, by.effective_at, by.recorded_at, self.programme_id)

    def _may(self, case: Filing, act: str, tier: str, by: Decision) -> None:
        """Raises Refused unless the case is in a state for this act, waits on this link, and in time, and whoever acts may
        do so for this link."""
        _needs_a_name(by)
        require_organisation(self.session, case.organisation_id, tier)
        filing = self.calendar.filing(case.kind)
        if not allows(FILING, case.state, act):
            raise refuse(NOT_NOW(state=STATES[case.state](), act=ACTS[act]()))
        due = filing.tier if act in {"apply", "take_back"} else case.stands_at
        if tier != due:
            raise refuse(self._elsewhere(filing, case, due, tier))
        last = self.session.execute(
            select(col(FilingStep.effective_at)).where(col(FilingStep.filing_id) == case.id)
            .order_by(col(FilingStep.number).desc()).limit(1)
        ).scalar_one_or_none()  # fmt: skip
        if last is not None and by.effective_at < last:
            raise refuse(BACKWARDS(at=self._told(by.effective_at), last=self._told(last)))
        until = open_until(self.session, self.calendar, case)
        link = filing.link(case.stands_at)
        if until is not None and by.effective_at >= until and link is not None:
            raise refuse(OVER(link=link_name(link), until=self._told(until)))

    def _elsewhere(self, filing: Defined, case: Filing, due: str, tier: str) -> Message:
        link = filing.link(due)
        who = WHO[tier]() if tier in WHO else tier
        return ELSEWHERE(
            link=link_name(link) if link else due, organisation=self._called(case, due), tier=who
        )

    def _called(self, case: Filing, tier: str) -> Message | str:
        """The organisation of a link of a case."""
        found = next((link for link in links_of(self.session, case) if link.tier == tier), None)
        place = found.organisation_id if found else case.organisation_id
        return self.tree.nodes[place].name if place is not None else WHO[PERSON]()

    def _has_room(self, filing: Defined, case: Filing, here: FilingLink) -> None:
        link = filing.link(here.tier)
        if link is None or link.most is None or here.organisation_id is None:
            return
        quota = quota_of(self.session, filing, link, case, here.organisation_id)
        if quota.left <= 0:
            name = self.tree.nodes[here.organisation_id].name
            facts = {"most": quota.most, "of": quota.of, "passed": quota.passed, "left": max(0, quota.left)}
            raise refuse(NO_ROOM(organisation=name, share=quota.share, **facts))

    # ------------------------------------------------------------------ what is written

    def _chain(self, filing: Defined, organisation_id: int) -> list[tuple[Link, int | None]]:
        """The links of a case that begins at an organisation, each with its own. An absent tier is left out where the
        calendar says so."""
        chain: list[tuple[Link, int | None]] = []
        for link in filing.chain:
            place = self.tree.at_tier(organisation_id, link.at)
            if place is None and link.tier is not None:
                if link.absent == "skip":
                    continue
                name = self.tree.nodes[organisation_id].name
                raise refuse(NO_TIER(organisation=name, tier=WHO[link.at](), link=link_name(link)))
            chain.append((link, place))
        return chain

    def _make_links(self, case: Filing, chain: Sequence[tuple[Link, int | None]]) -> list[FilingLink]:
        links = [
            FilingLink(filing_id=case.id or 0, tier=link.at, position=position, organisation_id=place)
            for position, (link, place) in enumerate(chain)
        ]
        self.session.add_all(links)
        return links

    @staticmethod
    def _start_anew(links: Sequence[FilingLink]) -> None:
        for link in links:
            link.came_at = link.passed_at = None

    def _end_round(self, case: Filing, act: str, tier: str, by: Decision) -> None:
        if act == "return":
            _needs_a_reason(by)
        self._let_lapse(by)
        self._may(case, act, tier, by)
        self._start_anew(links_of(self.session, case))
        self._step(case, act, tier, self.calendar.filing(case.kind).tier, by)

    def _step(
        self, case: Filing, act: str, tier: str, stands_at: str, by: Decision, fields: str = "{}",
        attached: Sequence[Attached] = (),
    ) -> None:  # fmt: skip
        """Move the case by its machine and write the step that says so."""
        move(FILING, case, act)
        case.held_from, case.stands_at = None, stands_at
        count = select(func.count()).where(col(FilingStep.filing_id) == case.id)
        number = self.session.execute(count).scalar_one() + 1
        self.session.add(
            FilingStep(
                filing_id=case.id or 0, number=number, act=act, tier=tier, state=case.state, stands_at=stands_at,
                fields=fields, reason=by.reason.strip(), name=by.name.strip(), document=by.document, run_id=by.run_id,
                effective_at=by.effective_at, recorded_at=by.recorded_at,
            )
        )  # fmt: skip
        for one in attached:
            self.session.add(
                FilingAttachment(
                    filing_id=case.id or 0, step=number, name=one.name, size=one.size, sha256=one.sha256
                )
            )
        self.session.flush()
        self._wait(case)

    def _wait(self, case: Filing) -> None:
        """Until when the case waits: the night lets it lapse then. What was taken back lapses only if it is owed."""
        owed = self.calendar.filing(case.kind).owed
        waits = {"passing", "returned", *({"due", "taken_back"} if owed else ())}
        case.next_due_at = open_until(self.session, self.calendar, case) if case.state in waits else None
        self.session.flush()

    def _go_on(self, filing: Defined, organisation_id: int, tier: str, period: str, by: Decision) -> int:
        """Cases of this organisation that wait on the link, or have lapsed there, go by its new deadline."""
        linked = select(col(FilingLink.filing_id)).where(
            col(FilingLink.organisation_id) == organisation_id, col(FilingLink.tier) == tier
        )
        concerned = select(Filing).where(
            col(Filing.programme_id) == self.programme_id, col(Filing.kind) == filing.id,
            col(Filing.period) == period, col(Filing.stands_at) == tier,
            col(Filing.id).in_(linked) | (col(Filing.organisation_id) == organisation_id),
        )  # fmt: skip
        count = 0
        for case in self.session.execute(concerned.order_by(col(Filing.id))).scalars().all():
            if case.state == "lapsed":
                self._step(case, "extend", tier, tier, by)
            elif case.next_due_at is None:
                continue
            self._wait(case)
            count += 1
        return count

    def _told(self, at: datetime) -> str:
        return shown_end(at, self.calendar.zoneinfo)


def _needs_a_name(by: Decision) -> None:
    if not by.name.strip():
        raise refuse(NO_NAME())


def _needs_a_reason(by: Decision) -> None:
    if not by.reason.strip():
        raise refuse(NO_REASON())
