"""Filings: a chain that leads from whoever applies up to whoever accepts, in time, with fields that can be filled in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from calendars.checks_names import expect, expect_each
from calendars.draft import Draft, Path
from calendars.filing_times import Period, periods
from calendars.filings import WEEK, Filing, Link
from calendars.instants import Named, OfPhase, WhenDone, innermost, read_expression
from calendars.messages import Wording
from calendars.source import shortened
from calendars.values import UPWARD

TOO_SHORT = Wording(
    zh="至少要有两个环节：有人申请（apply），有人接收（accept）",
    en="a chain has two links at least: one that applies and one that accepts",
)
APPLIES_FIRST = Wording(
    zh="第一个环节是 apply，也只有第一个环节是 apply",
    en="the first link applies (`does: apply`), and no other does",
)
ACCEPTS_LAST = Wording(
    zh="最后一个环节是 accept，也只有最后一个环节是 accept",
    en="the last link accepts (`does: accept`), and no other does",
)
A_PERSON_APPLIES = Wording(
    zh="about: {about} 由本人申请，第一个环节不写 tier",
    en="with `about: {about}` the person applies: the first link has no tier",
)
NO_TIER = Wording(
    zh="请写 tier：只有 about: person 和 about: cohort 的第一个环节不写",
    en="say the tier: only the first link of one about a person or a cohort has none",
)
NOT_UPWARD = Wording(
    zh="环节应由下到上，每个层级一次：school、county、city、province",
    en="links go up, each tier once: school, county, city, province",
)
EARLIER_THAN_BEFORE = Wording(
    zh="这个环节的截止（{by}）早于前一环节的截止（{before}）",
    en="this link is over ({by}) before the link ahead of it is ({before})",
)
NEVER_HERE = Wording(
    zh="这里不能写 when … is done：它因班级而异，而上报的截止是整个项目的",
    en="`when … is done` differs by cohort, and a filing's deadlines are the whole programme's",
)
WITHDRAWS_NOBODY = Wording(
    zh="只有 about: person 的上报能使人退出", en="only a filing about a person can withdraw somebody"
)
ROLE_OF_NOBODY = Wording(
    zh="只有 about: person 和 about: cohort 的上报写 role",
    en="only a filing about a person or a cohort has a role",
)
PEOPLE_OWE_NONE = Wording(
    zh="个人的上报没有应报的单位；要求每个人做的事，请写成任务",
    en="organisations owe filings; what each person owes is a task",
)
OWED_BY_WHEN = Wording(
    zh="写了 owed，第一个环节就要写截止 by", en="with `owed`, the first link needs a deadline `by`"
)
WEEKS_OF_WHAT = Wording(
    zh="every: week 和 during: 阶段 要写就都写", en="`every: week` and `during: PHASE` are said together"
)
TWO_WEEKS = Wording(
    zh="有阶段叫“week”，而按周上报要用 start of week、end of week",
    en="a phase is called 'week', and a weekly filing speaks of `start of week` and `end of week`",
)
NO_CHOICES = Wording(zh="type: choice 要写 choices", en="`type: choice` needs `choices`")
NO_COLUMNS = Wording(zh="type: table 要写 columns", en="`type: table` needs `columns`")
NOT_CHOSEN = Wording(zh="只有 type: {type} 写 {key}", en="only `type: {type}` has {key!r}")
SAME_FIELD = Wording(
    zh="另有一项也叫“{name}”，表格里会分不清",
    en="another field is called {name!r} too; a sheet could not tell them",
)
NO_SHARE = Wording(
    zh="申请的环节没有名额；比例应大于0%、不超过100%",
    en="the link that applies has no quota; a share is above 0% and at most 100%",
)
WHICH_FILING = Wording(
    zh="require: filing accepted 要写 filing: 哪一项上报",
    en="`require: filing accepted` needs `filing:`, which one",
)
NOT_ASKED = Wording(
    zh="只有 require: filing accepted 写 filing", en="only `require: filing accepted` has `filing`"
)
NOT_FOR_A_COHORT = Wording(
    zh="“{filing}”不是一个单位报一次，班级不能等它",
    en="a cohort cannot wait for {filing!r}: it is not filed once by an organisation",
)
ONE_BEFORE = Wording(
    zh="“{before}”之前已经等着另一项上报；一处只能等一项",
    en="another filing is waited for before {before!r} already",
)


def names_in_filings(draft: Draft) -> None:
    for path, filing in _filings(draft):
        expect_each(draft, (*path, "role"), filing.role, "roles")
        for at, link in _links(path, filing):
            if link.tier is not None:
                expect(draft, (*at, "tier"), link.tier, "tiers")
        if filing.during is not None:
            expect(draft, (*path, "during"), filing.during, "phases")
    for number, gate in enumerate(draft.calendar.gates):
        if gate.filing is not None:
            expect(draft, ("gates", number, "filing"), gate.filing, "filings")


def chains_lead_from_below_to_the_top(draft: Draft) -> None:
    for path, filing in _whole(draft):
        if len(filing.chain) < 2:
            draft.report((*path, "chain"), TOO_SHORT())
            continue
        last = len(filing.chain) - 1
        for index, link in enumerate(filing.chain):
            at = (*path, "chain", index)
            if (link.does == "apply") != (index == 0):
                draft.report((*at, "does"), APPLIES_FIRST())
            elif (link.does == "accept") != (index == last):
                draft.report((*at, "does"), ACCEPTS_LAST())
            _check_tier(draft, at, link, who=filing.about if filing.by_a_person and index == 0 else "")
        _check_upward(draft, path, filing)


def filings_say_what_belongs_together(draft: Draft) -> None:
    for path, filing in _whole(draft):
        person, by_a_person = filing.about == "person", filing.by_a_person
        for key, wrong, message in (
            ("on acceptance", filing.on_acceptance and not person, WITHDRAWS_NOBODY()),
            ("role", filing.role and not by_a_person, ROLE_OF_NOBODY()),
            ("owed", filing.owed and by_a_person, PEOPLE_OWE_NONE()),
            ("owed", filing.owed and not by_a_person and filing.chain[0].by is None, OWED_BY_WHEN()),
            ("every", filing.every and not filing.during, WEEKS_OF_WHAT()),
            ("during", filing.during and not filing.every, WEEKS_OF_WHAT()),
            ("every", filing.every and WEEK in draft.names("phases"), TWO_WEEKS()),
        ):
            if wrong:
                draft.report((*path, key), message, at_key=True)
        for at, link in _links(path, filing):
            if link.most is not None and not (0 < link.most <= 100_00 and link.does != "apply"):
                draft.report((*at, "most"), NO_SHARE())


def fields_can_be_filled_in(draft: Draft) -> None:
    for path, filing in _whole(draft):
        seen: set[str] = set()
        for key, field in filing.fields.items():
            at = (*path, "fields", key)
            for kind, word, values, lacking in (
                ("choice", "choices", field.choices, NO_CHOICES),
                ("table", "columns", field.columns, NO_COLUMNS),
            ):
                if field.type == kind and not values:
                    draft.report(at, lacking(), at_key=True)
                elif values and field.type != kind:
                    draft.report((*at, word), NOT_CHOSEN(type=kind, key=word), at_key=True)
            if field.at_least is not None and field.type != "number":
                draft.report((*at, "at least"), NOT_CHOSEN(type="number", key="at least"), at_key=True)
            if field.name in seen:
                draft.report((*at, "name"), SAME_FIELD(name=shortened(field.name)))
            seen.add(field.name)


def deadlines_of_links_go_on(draft: Draft) -> None:
    """Each by the same week, where there are weeks: the first that there is tells for all."""
    for path, filing in _whole(draft):
        first = _first_period(draft, filing)
        if first is None:
            continue
        dated = []
        for at, link in _links(path, filing):
            if link.by is None or not _can_be_worked_out(draft, (*at, "by"), link.by, first, filing):
                continue
            moment = draft.moment(link.by, first.dates)
            if isinstance(moment, datetime):
                dated.append((at, moment))
        for (_, before), (at, by) in pairwise(dated):
            if by < before:
                told = EARLIER_THAN_BEFORE(by=draft.shown(by, "end"), before=draft.shown(before, "end"))
                draft.report((*at, "by"), told)


def gates_ask_for_a_filing(draft: Draft) -> None:
    known = {filing.id: filing for _, filing in _whole(draft)}
    asked: set[str] = set()
    for number, gate in enumerate(draft.calendar.gates):
        if not draft.is_whole("gates", number):
            continue
        path: Path = ("gates", number)
        if gate.require != "filing accepted":
            if gate.filing is not None:
                draft.report((*path, "filing"), NOT_ASKED(), at_key=True)
        elif gate.filing is None:
            draft.report((*path, "require"), WHICH_FILING())
        elif (filing := known.get(gate.filing)) and (filing.about != "organisation" or filing.every):
            draft.report((*path, "filing"), NOT_FOR_A_COHORT(filing=gate.filing))
        elif gate.before in asked:
            draft.report((*path, "before"), ONE_BEFORE(before=gate.before))
        asked |= {gate.before} if gate.require == "filing accepted" else set()


CHECKS = (
    names_in_filings,
    chains_lead_from_below_to_the_top,
    filings_say_what_belongs_together,
    fields_can_be_filled_in,
    deadlines_of_links_go_on,
    gates_ask_for_a_filing,
)


def _filings(draft: Draft) -> Iterator[tuple[Path, Filing]]:
    for number, filing in enumerate(draft.calendar.filings):
        yield ("filings", number), filing


def _whole(draft: Draft) -> Iterator[tuple[Path, Filing]]:
    """Those that can be judged: nothing in them was malformed, and there is a chain."""
    return ((path, filing) for path, filing in _filings(draft) if draft.is_whole(*path) and filing.chain)


def _links(path: Path, filing: Filing) -> Iterator[tuple[Path, Link]]:
    for index, link in enumerate(filing.chain):
        yield (*path, "chain", index), link


def _check_tier(draft: Draft, at: Path, link: Link, *, who: str) -> None:
    """`who` applies without a tier: a person or a cohort, or nobody."""
    if who and link.tier is not None:
        draft.report((*at, "tier"), A_PERSON_APPLIES(about=who))
    elif not who and link.tier is None:
        draft.report(at, NO_TIER())


def _check_upward(draft: Draft, path: Path, filing: Filing) -> None:
    tiers = [(index, UPWARD.index(link.tier)) for index, link in enumerate(filing.chain) if link.tier]
    for (_, below), (index, above) in pairwise(tiers):
        if above <= below:
            draft.report((*path, "chain", index, "tier"), NOT_UPWARD())


def _first_period(draft: Draft, filing: Filing) -> Period | None:
    if filing.every is None:
        return Period()
    opens, closes = (draft.instant(f"{edge} of {filing.during}") for edge in ("start", "end"))
    if opens is None or closes is None or closes <= opens:
        return None
    return next(iter(periods(draft.calendar, filing)), None)


def _can_be_worked_out(draft: Draft, path: Path, text: str, period: Period, filing: Filing) -> bool:
    """Says what is wrong with a deadline that no other check looks at: that of a week, and one of each cohort."""
    inner = innermost(read_expression(text))
    if isinstance(inner, WhenDone):
        draft.report(path, NEVER_HERE())
        return False
    if filing.every is None:
        return True
    if isinstance(inner, OfPhase) and inner.phase not in {WEEK, *draft.names("phases")}:
        expect(draft, path, inner.phase, "phases")
        return False
    if isinstance(inner, Named) and inner.name not in draft.names("cutoffs"):
        expect(draft, path, inner.name, "cutoffs")
        return False
    if (why := draft.why_not(text, period.dates)) is not None:
        draft.report(path, why)
        return False
    return True
