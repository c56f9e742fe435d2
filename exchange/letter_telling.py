"""From the facts of a letter to what a template sees of it: sorted by programme and deadline, counted, put into words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote

from calendars.messages import Locale, Message, Wording, joined
from calendars.pages import UNITS
from calendars.quantities import shown
from exchange.letter_days import told_day, told_deadline, told_minute
from exchange.letter_views import (
    ChanceView,
    DeadlineView,
    DueView,
    LetterView,
    PersonView,
    PlaceView,
    ProgrammeView,
    UnreachedView,
    WaitingView,
    WatchView,
)
from exchange.masks import masked
from workflows.letters import Chance, Due, Lagging, Letter, Occasion, Unreached, Waiting, Watch

LISTED = 20  # in a message, of any list
NAMED_COHORTS = 3  # more are counted

STANDING = Wording(zh="现有{total}，合格{mark}", en="{total} so far, {mark} to pass")
GAIN = Wording(zh="{name} {amount}", en="{name} {amount}")
GAINS = Wording(zh="还可得：{gains}，最高可达{most}", en="still to gain: {gains}, {most} at most")
REACHED = Wording(zh="已经够合格", en="enough for a pass already")
POSSIBLE = Wording(zh="仍可合格", en="a pass is still possible")
LOST = Wording(zh="已无法达到合格分数", en="a pass can no longer be reached")
LOST_NEEDS = Wording(zh="已无法满足合格条件", en="what a pass asks can no longer be met")
MORE = Wording(zh="… 另有{count}人", en="… and {count} more")
MORE_SUBJECTS = Wording(zh="… 另有{count}项", en="… and {count} more")
MORE_PLACES = Wording(zh="… 另有{count}处", en="… and {count:more place|more places}")
ALL_NAMES = Wording(zh="名单见附件", en="the names are in the attached workbook")
COHORTS = Wording(zh="{count}个班", en="{count:cohort|cohorts}")
UNREACHED_DUE = Wording(zh="{name}：{deadline}", en="{name}: {deadline}")
UNREACHED_SHORT = Wording(zh="{name}，{short}：{deadline}", en="{name}, {short}: {deadline}")

HEAD_DUE = Wording(zh="{name}：{deadline}", en="{name}: {deadline}")
HEAD_WATCH = Wording(zh="{count}人未完成{name}：{deadline}", en="{count} behind with {name}: {deadline}")
HEAD_UNMARKED = Wording(zh="{count}份{name}待批阅：{deadline}", en="{count} of {name} to mark: {deadline}")
HEAD_WAITING = Wording(zh="{name}待{link}：{deadline}", en="{name} waits for {link}: {deadline}")
HEAD_UNREACHED = Wording(zh="{count}人联系不上", en="{count:person|people} cannot be reached")
HEAD_MORE = Wording(zh="{head}；另有{count}项", en="{head}; and {count} more")


@lru_cache(maxsize=8192)
def _text(message: Message, locale: Locale) -> str:
    """Letters say the same few sentences many times."""
    return message.text(locale)


@lru_cache(maxsize=8192)
def _amount(unit: str, hundredths: int, locale: Locale) -> str:
    return UNITS[unit](amount=shown(hundredths)).text(locale)


@dataclass(frozen=True)
class _Teller:
    """One letter being told, in a language, with so many of each list."""

    letter: Letter
    locale: Locale
    listed: int

    def say(self, message: Message) -> str:
        try:
            return _text(message, self.locale)
        except TypeError:  # a fact in it that cannot be looked up
            return message.text(self.locale)

    def joined(self, messages: Iterable[Message]) -> str:
        return joined(map(self.say, messages), self.locale)

    def amount(self, unit: str, hundredths: int) -> str:
        return _amount(unit, hundredths, self.locale)

    def deadline(self, of: Occasion) -> DeadlineView:
        return told_deadline(of.deadline, of.zone, self.letter.at, self.letter.zone, self.locale)

    def due(self, due: Due) -> DueView:
        return DueView(
            name=due.of.name,
            cohort=due.of.cohort,
            role=due.role,
            deadline=self.deadline(due.of),
            moment=due.of.moment,
            short=self.joined(due.short),
            worth=self.say(due.worth) if due.worth else "",
            optional=not due.obligatory,
        )

    def chance(self, chance: Chance) -> ChanceView:
        gains = [
            self.say(GAIN(name=name, amount=self.amount(chance.unit, gain)))
            for name, gain in chance.gains
            if gain
        ]
        verdict = LOST if chance.reachable < chance.pass_mark else LOST_NEEDS
        return ChanceView(
            assessment=chance.assessment,
            state="reached" if chance.is_reached else "possible" if chance.is_possible else "lost",
            standing=self.say(
                STANDING(
                    total=self.amount(chance.unit, chance.total),
                    mark=self.amount(chance.unit, chance.pass_mark),
                )
            ),
            gains=self.say(GAINS(gains=gains, most=self.amount(chance.unit, chance.reachable)))
            if gains
            else "",
            verdict=self.say(
                (REACHED if chance.is_reached else POSSIBLE if chance.is_possible else verdict)()
            ),
            needs=tuple(map(self.say, chance.needs)),
            lost=tuple(map(self.say, chance.lost)),
        )

    def watch(self, watches: Sequence[Watch]) -> WatchView:
        """The lists of one thing in several cohorts, told as one."""
        of, people = watches[0].of, [person for watch in watches for person in watch.people]
        others = sum(watch.others for watch in watches)
        long = len(people) > LISTED and self.letter.reader == "organisation"
        places = self.places(people) if long else ()
        by_place = len(places) > 1
        here = () if by_place else people[: self.listed]
        return WatchView(
            name=of.name,
            cohort=self.cohorts(watch.of for watch in watches),
            deadline=self.deadline(of),
            moment=of.moment,
            unmarked=watches[0].unmarked,
            count=len(people) + others,
            people=tuple(map(self.person, here)),
            places=places[: self.listed] if by_place else (),
            more=self.more_places(len(places))
            if by_place
            else self.more(MORE, len(people) + (others if people else 0)),
        )

    def places(self, people: Sequence[Lagging]) -> tuple[PlaceView, ...]:
        """How many of each unit, or where all are of one, of each cohort: the most first."""
        units = Counter(person.organisation for person in people)
        found = units if len(units) > 1 else Counter(person.cohort for person in people)
        return tuple(PlaceView(name, count) for name, count in found.most_common())

    def person(self, person: Lagging) -> PersonView:
        return PersonView(
            masked(person.number), person.name, person.organisation, person.cohort, self.joined(person.short)
        )

    def waiting(self, waiting: Waiting) -> WaitingView:
        return WaitingView(
            name=waiting.of.name,
            cohort=waiting.of.cohort,
            deadline=self.deadline(waiting.of),
            moment=waiting.of.moment,
            link=self.say(waiting.link),
            count=len(waiting.subjects),
            subjects=waiting.subjects[: self.listed],
            more=self.more(MORE_SUBJECTS, len(waiting.subjects)),
        )

    def unreached(self, one: Unreached) -> UnreachedView:
        return UnreachedView(
            masked(one.number), one.name, self.say(one.why), tuple(map(self.unreached_due, one.dues))
        )

    def unreached_due(self, due: Due) -> str:
        deadline, short = self.deadline(due.of).told, self.joined(due.short)
        told = UNREACHED_SHORT if short else UNREACHED_DUE
        return told(name=due.of.name, short=short, deadline=deadline).text(self.locale)

    def more(self, wording: Wording, count: int) -> str:
        return self.say(wording(count=count - self.listed)) if count > self.listed else ""

    def more_places(self, count: int) -> str:
        """A mail has the names in its workbook."""
        names = self.say(ALL_NAMES()) if self.letter.way == "mail" else ""
        return "  ".join(filter(None, [self.more(MORE_PLACES, count), names]))

    def cohorts(self, occasions: Iterable[Occasion]) -> str:
        names = list(dict.fromkeys(of.cohort for of in occasions))
        return (
            joined(names, self.locale) if len(names) <= NAMED_COHORTS else self.say(COHORTS(count=len(names)))
        )

    def programme(self, name: str, watches: Sequence[Sequence[Watch]]) -> ProgrammeView:
        letter = self.letter
        return ProgrammeView(
            name=name,
            dues=tuple(self.due(one) for one in sorted(letter.dues, key=_when) if one.of.programme == name),
            chances=tuple(self.chance(one) for one in letter.chances if one.programme == name),
            watches=tuple(self.watch(alike) for alike in watches if alike[0].of.programme == name),
            waiting=tuple(
                self.waiting(one) for one in sorted(letter.waiting, key=_when) if one.of.programme == name
            ),
        )

    def headline(self, watches: Sequence[Sequence[Watch]]) -> str:
        """What is due first, and how much more there is."""
        found = [(one.of.deadline, self.head_due(one)) for one in self.letter.dues]
        found += [(alike[0].of.deadline, self.head_watch(alike)) for alike in watches]
        found += [(one.of.deadline, self.head_waiting(one)) for one in self.letter.waiting]
        if not found:
            return HEAD_UNREACHED(count=len(self.letter.unreached)).text(self.locale)
        head = min(found, key=lambda one: one[0])[1]
        more = len(found) - 1
        return self.say(HEAD_MORE(head=head, count=more) if more else head)

    def head_due(self, due: Due) -> Message:
        return HEAD_DUE(name=due.of.name, deadline=self.deadline(due.of).told)

    def head_watch(self, alike: Sequence[Watch]) -> Message:
        of, count = alike[0].of, sum(len(watch.people) + watch.others for watch in alike)
        told = HEAD_UNMARKED if alike[0].unmarked else HEAD_WATCH
        return told(name=of.name, count=count, deadline=self.deadline(of).told)

    def head_waiting(self, waiting: Waiting) -> Message:
        return HEAD_WAITING(name=waiting.of.name, link=waiting.link, deadline=self.deadline(waiting.of).told)


def _when(one: Due | Waiting | Watch) -> tuple[datetime, str]:
    return one.of.deadline, one.of.name


def told_letter(
    letter: Letter, locale: Locale, *, listed: int = LISTED, attached: str = "", answers_to: str = ""
) -> LetterView:
    """A letter as its templates see it: `listed` of each list, with the name of the workbook that is attached and the
    address to which one writes to refuse what is not obligatory."""
    teller = _Teller(letter, locale, listed)
    watches = alike_watches(letter.watches)
    subject = f"unsubscribe {letter.unsubscribe}" if letter.unsubscribe is not None else ""
    return LetterView(
        reader=letter.reader,
        name=letter.name,
        day=told_day(letter.day, letter.day, locale),
        at=told_minute(letter.at, letter.zone, locale),
        headline=teller.headline(watches),
        programmes=tuple(teller.programme(name, watches) for name in _programmes(letter)),
        unreached=tuple(map(teller.unreached, letter.unreached[:listed])),
        unreached_more=teller.more(MORE, len(letter.unreached)),
        attached=attached,
        unsubscribe_subject=subject,
        unsubscribe_link=f"mailto:{answers_to}?subject={quote(subject)}" if subject and answers_to else "",
    )


def _programmes(letter: Letter) -> list[str]:
    """Of everything in the letter: first the programme in which something is due first."""
    dated: list[Due | Waiting | Watch] = [*letter.dues, *letter.watches, *letter.waiting]
    names = [one.of.programme for one in sorted(dated, key=_when)]
    return list(dict.fromkeys([*names, *(chance.programme for chance in letter.chances)]))


def alike_watches(watches: Sequence[Watch]) -> list[list[Watch]]:
    """The lists of one thing with one deadline, whatever the cohort: a county has many schools."""
    found: dict[object, list[Watch]] = {}
    for watch in sorted(watches, key=_when):
        of = watch.of
        found.setdefault((of.programme, of.name, of.deadline, of.zone.key, watch.unmarked), []).append(watch)
    return list(found.values())
