"""A programme told as a story: who enrols, who does what and when, which nights run, what is sealed.

Instants are written as the documents write them, in the calendar's own zone. Facts go straight into the tables
(the imports have tests of their own); nights are the real ones.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, insert, select
from sqlmodel import Session

from calendars.characters import characters_in
from calendars.instants import Day, Minute, Month, instant_of, read_expression
from calendars.quantities import shown
from calendars.reader import read_calendar
from calendars.schedule import deadline
from models.database import transaction
from models.filings import Filing, FilingStep
from models.groups import GroupStep
from models.nights import Hold, Outbox, TransitionLog
from models.peers import PeerAssignment
from models.people import Organisation, Person
from models.terms import Cohort, CohortPhase
from models.texts import HandedFile, TextBody
from models.types import seconds
from models.verdicts import ScoreSheet, Seal
from models.work import Activity, Enrolment, Evidence, ImportBatch, Mark, Rubric, Source
from workflows.changes import Changes
from workflows.cohorts import create_cohort, load_terms
from workflows.digests import evidence_digest, mark_digest
from workflows.filing_acts import Desk
from workflows.filing_cases import Subject
from workflows.filing_fields import read_fields
from workflows.filings import lapsed
from workflows.holds import OpenHold, open_holds
from workflows.lesson_acts import StudyDesk
from workflows.lesson_studies import StudyNow, study_now
from workflows.night import night
from workflows.organisations import load_tree
from workflows.peer_giving import Opinion, Pair, give
from workflows.peer_lists import Seen, reviews_seen
from workflows.publishing import publish
from workflows.resolving import Decision
from workflows.taking_on import groups_taken_on

_read = cache(read_calendar)  # a calendar never changes
PROGRAMMES = Path(__file__).parents[2] / "calendars" / "programmes"
SOURCE = "平台"


class Story:
    """One programme on one database."""

    def __init__(self, engine: Engine, slug: str | None = None, text: str | None = None) -> None:
        self.engine = engine
        self.text = text or self.text_of(str(slug))
        self.calendar = _read(self.text, f"{slug}.yaml")
        self.people: dict[str, int] = {}
        self.cohorts: dict[str, int] = {}
        self.references = 0
        with transaction(engine) as session:
            edition = publish(session, self.text, self.calendar, "项目办", self.at("2010-01-01 00:00"))
            self.programme_id, self.edition_id = edition.programme_id, edition.id
            self.source_id = self._add(session, Source(programme_id=edition.programme_id, name=SOURCE))
            self.others = session.execute(select(func.count()).select_from(Person)).scalar_one()

    @staticmethod
    def text_of(slug: str) -> str:
        """A programme's calendar as it is written."""
        return (PROGRAMMES / f"{slug}.yaml").read_text(encoding="utf-8")

    def at(self, text: str, edge: str = "start") -> datetime:
        """`2024-12-08 24:00:00` or `2024-12-08 23:59:59` or a day, in the calendar's zone."""
        day, _, clock = text.partition(" ")
        hours = clock.split(":")
        expression = read_expression(f"{day} {':'.join(hours[:2])}" if clock else day)
        assert isinstance(expression, Day | Minute | Month)
        found = instant_of(expression, "end" if edge == "end" else "start", self.calendar.zoneinfo)
        return (
            found
            if len(hours) < 3
            else datetime.fromtimestamp(found.timestamp() + int(hours[2]), found.tzinfo)
        )

    def organisation(self, *names: str) -> int:
        """The organisation at the end of a path of names, by the calendar's tiers from the bottom; "" for one that is
        absent."""
        tiers = self.calendar.tiers[-len(names) :]
        parent: int | None = None
        with transaction(self.engine) as session:
            for tier, name in zip(tiers, names, strict=True):
                if not name:
                    continue
                found = session.execute(
                    select(Organisation.id).where(
                        Organisation.name == name, Organisation.tier == tier, Organisation.parent_id == parent
                    )
                ).scalar()
                parent = found or self._add(session, Organisation(parent_id=parent, tier=tier, name=name))
        assert parent is not None
        return parent

    def cohort(self, name: str, *organisation: str) -> None:
        place = self.organisation(*organisation)
        with transaction(self.engine) as session:
            from models.terms import Edition

            edition = session.get(Edition, self.edition_id)
            assert edition is not None
            self.cohorts[name] = (
                create_cohort(session, self.calendar, edition, name, place, self.at("2015-01-01 00:00")).id
                or 0
            )

    def enrol(
        self,
        name: str,
        role: str,
        cohort: str,
        *school: str,
        joined: str = "2015-01-01 00:00",
        status: str = "enrolled",
        same_as: str | None = None,
    ) -> None:
        """One person in one role. `same_as` names another enrolment of the same person: a second role."""
        place = self.organisation(*school)
        with transaction(self.engine) as session:
            number = f"N{self.others + len(self.people):05d}"
            if same_as:
                person = self._person_of(session, same_as)
            else:
                person = self._add(session, Person(number=number, name=name))
            self.people[name] = self._add(
                session,
                Enrolment(
                    cohort_id=self.cohorts[cohort], person_id=person, organisation_id=place, role=role, status=status,
                    status_reason="文件所列" if status == "exempt" else None, joined_at=self.at(joined), received_at=self.at(joined),
                    left_at=self.at(joined) if status in ("exempt", "withdrawn") else None,
                ),
            )  # fmt: skip

    def adopt(self) -> None:
        """Get to know the people and cohorts that a file has brought in, by their names."""
        with transaction(self.engine) as session:
            people = select(Person.name, Enrolment.id).join(Enrolment, Enrolment.person_id == Person.id)
            self.people |= {row[0]: row[1] for row in session.execute(people)}
            self.cohorts |= {row[0]: row[1] for row in session.execute(select(Cohort.name, Cohort.id))}

    def shows(
        self,
        name: str,
        task: str,
        amount: float = 1,
        *,
        at: str,
        kind: str | None = None,
        item: str = "",
        received: str | None = None,
        characters: int | None = None,
    ) -> None:
        """One learning record. It is received when it happens unless said otherwise."""
        happened, got = self.at(at), self.at(received or at)
        kind = kind or self.calendar.task(task).shows[0]
        self.references += 1
        reference, hundredths = f"R{self.references}", round(amount * 100)
        with transaction(self.engine) as session:
            digest = evidence_digest(
                SOURCE,
                reference,
                f"{task}:{kind}",
                item,
                hundredths,
                characters,
                seconds(happened),
                seconds(got),
            )
            session.execute(
                insert(Evidence),
                {
                    "enrolment_id": self.people[name], "source_id": self.source_id, "reference": reference,
                    "revision": 0, "activity_id": self._activity(session, task, kind), "item": item,
                    "amount": hundredths, "characters": characters, "happened_at": happened, "received_at": got,
                    "digest": digest,
                },
            )  # fmt: skip
            self._batch(session, "evidence", got)

    def hands_in(
        self, name: str, task: str, body: str, *, at: str, received: str | None = None, file: str = "文字.txt"
    ) -> None:
        """A text, as one learning record that comes with it."""
        self.shows(name, task, at=at, received=received, characters=characters_in(body))
        sha256 = hashlib.sha256(body.encode()).hexdigest()
        with transaction(self.engine) as session:
            if session.get(TextBody, sha256) is None:
                self._put(session, TextBody(sha256=sha256, body=body, characters=characters_in(body)))
            self._put(
                session,
                HandedFile(
                    enrolment_id=self.people[name], source_id=self.source_id, reference=f"R{self.references}", revision=0,
                    name=file, size=len(body.encode()), sha256=sha256, text=sha256,
                ),
            )  # fmt: skip

    def marks(
        self, name: str, task: str, value: str | float, *, received: str, item: str = "", giver: str = ""
    ) -> None:
        """A grade or a score for a task."""
        got = self.at(received)
        grade = value if isinstance(value, str) else None
        score = None if isinstance(value, str) else round(value * 100)
        with transaction(self.engine) as session:
            session.execute(
                insert(Mark),
                {
                    "enrolment_id": self.people[name], "activity_id": self._activity(session, task, "mark"),
                    "item": item, "giver": giver, "revision": 0, "score": score, "grade": grade, "received_at": got,
                    "digest": mark_digest(f"{task}:mark", item, giver, score, grade, seconds(got)),
                },
            )  # fmt: skip
            self._batch(session, "marks", got)

    def rubric(self, task: str, items: dict[str, float], *school: str, received: str) -> None:
        place = self.organisation(*school)
        with transaction(self.engine) as session:
            for item, points in items.items():
                row = Rubric(
                    programme_id=self.programme_id, organisation_id=place, task=task, item=item,
                    points=round(points * 100), received_at=self.at(received),
                )  # fmt: skip
                session.add(row)

    def night(self, as_of: str) -> Changes:
        """One night up to an instant, recorded just then."""
        return night(self.engine, self.at(as_of), self.at(as_of))

    def states(self, cohort: str) -> dict[str, str]:
        with transaction(self.engine) as session:
            rows = session.execute(
                select(CohortPhase.phase, CohortPhase.state).where(
                    CohortPhase.cohort_id == self.cohorts[cohort]
                )
            )
            return {row[0]: row[1] for row in rows}

    def open_holds(self) -> list[tuple[str, str, str]]:
        with transaction(self.engine) as session:
            rows = session.execute(
                select(Cohort.name, Hold.phase, Hold.kind)
                .join(Cohort)
                .where(Hold.cleared_at.is_(None))
                .order_by(Hold.id)
            )
            return [(row[0], row[1], row[2]) for row in rows]

    def holds(self, cohort: str) -> list[OpenHold]:
        """What an office sees of a cohort that is stuck."""
        with transaction(self.engine) as session:
            return open_holds(session, cohort=cohort)

    def resolved(self, cohort: str) -> list[tuple[str, str, str | None]]:
        """The holds of a cohort that are over: phase, until when, and what cleared them."""
        with transaction(self.engine) as session:
            rows = session.execute(
                select(Hold.phase, Hold.cleared_at, Hold.cleared_by)
                .where(Hold.cohort_id == self.cohorts[cohort], Hold.cleared_at.is_not(None))
                .order_by(Hold.id)
            )
            return [(row[0], self.local(row[1]), row[2]) for row in rows]

    def hold_id(self, cohort: str) -> int:
        with transaction(self.engine) as session:
            return session.execute(
                select(Hold.id).where(Hold.cohort_id == self.cohorts[cohort], Hold.cleared_at.is_(None))
            ).scalar_one()

    def decide(self, action: Any, cohort: str, *arguments: Any, effective: str) -> None:
        """An office's decision, with reason and name, taking effect at an instant."""
        by = Decision("按文件办理", "王主任", self.at(effective), self.at(effective))
        with transaction(self.engine) as session:
            found = session.get(Cohort, self.cohorts[cohort])
            action(session, found, *arguments, by)

    def extend_for(
        self, name: str, task: str, until: str, *, effective: str, reason: str = "住院", by: str = "王主任"
    ) -> None:
        """A later deadline of one task for one person."""
        from workflows.extending import extend_for_person

        decision = Decision(reason, by, self.at(effective), self.at(effective))
        with transaction(self.engine) as session:
            extend_for_person(session, self.people[name], task, self.at(until), decision)

    def files(
        self,
        filing: str,
        *whose: str,
        at: str,
        title: str = "",
        period: str = "",
        by: str = "张校长",
        **fields: str,
    ) -> int:
        """A case, by its person or by its organisation's path; what is required and not said is made up."""
        found = self.calendar.filing(filing)
        made_up = {
            key: {
                "number": shown(field.at_least or 300),
                "date": "2020-12-01",
                "choice": next(iter(field.choices), ""),
            }.get(field.type, ("、".join(field.columns) and " | ".join(field.columns)) or "见附件")
            for key, field in found.fields.items()
            if field.required
        }
        with transaction(self.engine) as session:
            if found.by_a_person:
                enrolment = session.get_one(Enrolment, self.people[whose[0]])
                cohort = enrolment.cohort_id if found.about == "cohort" else None
                subject = Subject(enrolment.organisation_id, enrolment.id, period=period, cohort_id=cohort)
            else:
                subject = Subject(self._place(session, *whose), title=title, period=period)
            kept = read_fields(found, {**made_up, **fields})
            return self._desk(session).file(found, subject, kept, self._by(at, by)).id or 0

    def acts(self, act: str, case: int, tier: str, *, at: str, reason: str = "", by: str = "李科长") -> None:
        """A link's act with a case: pass_on, give_back, refuse, take_back."""
        with transaction(self.engine) as session:
            getattr(self._desk(session), act)(session.get_one(Filing, case), tier, self._by(at, by, reason))

    def extends_filing(
        self, filing: str, *place: str, tier: str, until: str, at: str, period: str = ""
    ) -> int:
        with transaction(self.engine) as session:
            by = self._by(at, "王主任", "雪灾停课")
            found = self.calendar.filing(filing)
            return self._desk(session).extend(
                found, self._place(session, *place), tier, self.at(until), by, period
            )

    def case(self, number: int) -> tuple[str, str]:
        """Where a case stands: its state, and the link on which it waits or at which it ended."""
        with transaction(self.engine) as session:
            found = session.get_one(Filing, number)
            return found.state, found.stands_at

    def case_of(self, filing: str, *place: str, period: str = "") -> int | None:
        """The number of an organisation's case, if there is one."""
        with transaction(self.engine) as session:
            subject = Subject(self._place(session, *place), period=period)
            found = self._desk(session).find(self.calendar.filing(filing), subject)
            return found.id if found else None

    def steps(self, number: int) -> list[tuple[str, str, str, str]]:
        """Everything that was done with a case: act, link, state, and when."""
        with transaction(self.engine) as session:
            rows = session.execute(
                select(FilingStep.act, FilingStep.tier, FilingStep.state, FilingStep.effective_at)
                .where(FilingStep.filing_id == number).order_by(FilingStep.number)
            )  # fmt: skip
            return [(act, tier, state, self.local(at)) for act, tier, state, at in rows]

    # ------------------------------------------------------------------ lesson studies

    def polishes(self, cohort: str, upto: int | None = None) -> None:
        """The group does the steps of its lesson study, or the first so many, each in the last second of its time."""
        with transaction(self.engine) as session:
            for study in self.calendar.lesson_studies:
                for number, step in enumerate(study.steps[:upto], 1):
                    due = deadline(self.calendar, {}, {}, step.by)
                    assert isinstance(due, datetime)
                    at = due - timedelta(seconds=1)
                    session.add(
                        GroupStep(
                            cohort_id=self.cohorts[cohort], study=study.id, number=number, act="do", step=step.id,
                            done_at=at, name="陈组长", effective_at=at, recorded_at=at,
                        )
                    )  # fmt: skip

    def does_step(
        self, cohort: str, step: str, *, at: str, said: str | None = None, by: str = "陈组长", note: str = ""
    ) -> None:
        """A step is done, and said to be done at once or at `said`."""
        decision = self._by(said or at, by)
        with transaction(self.engine) as session:
            self._study(session, cohort, decision).do(step, self.at(at), decision, note)

    def returns_step(
        self, cohort: str, *, at: str, reason: str = "没有研讨记录", by: str = "张教研员"
    ) -> None:
        decision = self._by(at, by, reason)
        with transaction(self.engine) as session:
            self._study(session, cohort, decision).give_back(decision)

    def extends_step(self, cohort: str, step: str, *, until: str, at: str, reason: str = "停电") -> None:
        decision = self._by(at, "王主任", reason)
        with transaction(self.engine) as session:
            self._study(session, cohort, decision).extend([step], self.at(until), decision)

    def waives_step(self, cohort: str, step: str, *, at: str, reason: str = "任课教师外出") -> None:
        decision = self._by(at, "王主任", reason)
        with transaction(self.engine) as session:
            self._study(session, cohort, decision).waive([step], decision)

    def study(self, cohort: str, at: str) -> StudyNow:
        """Where the group stands in its lesson study, as known at an instant."""
        with transaction(self.engine) as session:
            (term,) = load_terms(session, [self.cohorts[cohort]])
            term.go_by(self.at(at))
            return study_now(term, self.calendar.lesson_studies[0], self.at(at))

    def _study(self, session: Session, cohort: str, by: Decision) -> StudyDesk:
        number = self.cohorts[cohort]
        return StudyDesk(
            session, groups_taken_on(session, [number], by)[number], self.calendar.lesson_studies[0]
        )

    def lapsed(self, filing: str, at: str) -> set[str]:
        """The names of the organisations that have missed a filing, as known at an instant."""
        with transaction(self.engine) as session:
            found = lapsed(session, self.programme_id, self.calendar, filing, self.at(at))
            return {session.get_one(Organisation, place).name for place in found}

    def gives(
        self,
        reviewer: str,
        reviewed: str,
        score: float | str,
        *,
        at: str,
        by: str = "组长",
        comment: str = "有层次",
    ) -> None:
        """One group's review of another, as its leader gives it: a score or a grade."""
        opinion = (
            Opinion(None, score, comment)
            if isinstance(score, str)
            else Opinion(round(score * 100), None, comment)
        )
        (review,) = self.calendar.peer_reviews
        pair = Pair(self.programme_id, review, self.cohorts[reviewer], self.cohorts[reviewed])
        with transaction(self.engine) as session:
            give(session, self.calendar, pair, opinion, self._by(at, by))

    def peers(self, at: str) -> Seen:
        """Where the peer review stands at an instant."""
        (review,) = self.calendar.peer_reviews
        with transaction(self.engine) as session:
            tree = load_tree(session)
            return reviews_seen(session, self.programme_id, self.calendar, tree, review, self.at(at))

    def pairs(self) -> list[tuple[str, str, str]]:
        """Who was given whom to review, and when, in the order in which it was dealt."""
        names = {number: name for name, number in self.cohorts.items()}
        with transaction(self.engine) as session:
            rows = session.execute(
                select(PeerAssignment.reviewer_id, PeerAssignment.reviewed_id, PeerAssignment.effective_at)
                .order_by(PeerAssignment.effective_at, PeerAssignment.id)
            )  # fmt: skip
            return [(names[one], names[other], self.local(at)) for one, other, at in rows]

    def _desk(self, session: Session) -> Desk:
        return Desk(session, self.programme_id, self.calendar, load_tree(session))

    def _by(self, at: str, name: str, reason: str = "") -> Decision:
        return Decision(reason, name, self.at(at), self.at(at))

    def _place(self, session: Session, *names: str) -> int:
        tree, path = load_tree(session), [name for name in names if name]
        return next(node for node in tree.nodes if tree.names(node)[-len(path) :] == path)

    def sheet(self, name: str, assessment: str | None = None) -> ScoreSheet | None:
        wanted = select(ScoreSheet).where(ScoreSheet.enrolment_id == self.people[name])
        if assessment:
            wanted = wanted.where(ScoreSheet.assessment == assessment)
        with Session(self.engine, expire_on_commit=False) as session:
            return session.execute(wanted.order_by(ScoreSheet.assessment)).scalars().first()

    def points(self, name: str, assessment: str | None = None) -> dict[str, Any]:
        """The points by component, in whole points, beside `total` and `result`."""
        sheet = self.sheet(name, assessment)
        assert sheet is not None, f"{name} has no score sheet"
        lines = json.loads(sheet.breakdown)
        lines.pop("needs", None)
        return {key: points / 100 for key, (_, points) in lines.items()} | {
            "total": sheet.total / 100,
            "result": sheet.result,
        }

    def needs(self, name: str, assessment: str | None = None) -> dict[str, float]:
        """What a pass asks beyond the total: the points reached by component."""
        sheet = self.sheet(name, assessment)
        assert sheet is not None, f"{name} has no score sheet"
        return {key: points / 100 for key, (_, points) in json.loads(sheet.breakdown)["needs"].items()}

    def earned(self, name: str, assessment: str | None = None) -> dict[str, float]:
        """Hours, credits and points earned."""
        sheet = self.sheet(name, assessment)
        assert sheet is not None, f"{name} has no score sheet"
        return {unit: amount / 100 for unit, amount in json.loads(sheet.earned).items()}

    def reminders(self, name: str) -> list[tuple[str, str, str, int]]:
        """What a person or a unit is reminded of, in order: when, of what, at which step, and how many are behind
        where a list is sent."""
        address = f"e{self.people[name]}" if name in self.people else f"o{self._unit(name)}"
        with transaction(self.engine) as session:
            rows = session.execute(
                select(Outbox.effective_at, Outbox.obligation, Outbox.step, Outbox.behind).where(
                    Outbox.recipient == address
                )
            )
            return sorted(
                (self.local(at), obligation.split("@")[0], step, behind or 0)
                for at, obligation, step, behind in rows
            )

    def local(self, at: datetime) -> str:
        """An instant as a clock in the office shows it."""
        return f"{at.astimezone(self.calendar.zoneinfo):%Y-%m-%d %H:%M:%S}"

    def seals(self) -> list[tuple[Any, ...]]:
        """Everything about the seals and sheets but when they were recorded."""
        with transaction(self.engine) as session:
            heads = session.execute(
                select(
                    Seal.cohort_id, Seal.number, Seal.assessment, Seal.locked_at, Seal.basis, Seal.head
                ).order_by(Seal.cohort_id, Seal.number)
            ).all()
            sheets = session.execute(
                select(
                    ScoreSheet.enrolment_id, ScoreSheet.assessment, ScoreSheet.result, ScoreSheet.breakdown
                ).order_by(ScoreSheet.enrolment_id, ScoreSheet.assessment)
            ).all()
            return [tuple(row) for row in (*heads, *sheets)]

    def log(self) -> list[tuple[Any, ...]]:
        """Every transition by its instant, without when it was recorded or in which night."""
        with transaction(self.engine) as session:
            rows = session.execute(
                select(
                    TransitionLog.cohort_id, TransitionLog.phase, TransitionLog.enrolment_id, TransitionLog.trigger,
                    TransitionLog.source, TransitionLog.target, TransitionLog.effective_at,
                )
            )  # fmt: skip
            return sorted((tuple(row) for row in rows), key=repr)

    def outbox(self) -> list[tuple[Any, ...]]:
        with transaction(self.engine) as session:
            rows = session.execute(
                select(
                    Outbox.recipient, Outbox.obligation, Outbox.step, Outbox.deadline_at, Outbox.effective_at
                )
            )
            return sorted((tuple(row) for row in rows), key=repr)

    def _activity(self, session: Session, task: str, kind: str) -> int:
        found = session.execute(
            select(Activity.id).where(
                Activity.programme_id == self.programme_id, Activity.task == task, Activity.kind == kind
            )
        ).scalar()
        return found or self._add(session, Activity(programme_id=self.programme_id, task=task, kind=kind))

    def _batch(self, session: Session, kind: str, received: datetime) -> None:
        session.add(
            ImportBatch(
                programme_id=self.programme_id, kind=kind, file="story", sha256="", received_at=received,
                recorded_at=received, added=1, changed=0,
            )
        )  # fmt: skip

    def _unit(self, name: str) -> int:
        with transaction(self.engine) as session:
            return session.execute(select(Organisation.id).where(Organisation.name == name)).scalar_one()

    def _person_of(self, session: Session, name: str) -> int:
        return session.execute(
            select(Enrolment.person_id).where(Enrolment.id == self.people[name])
        ).scalar_one()

    @staticmethod
    def _put(session: Session, row: Any) -> None:
        session.add(row)
        session.flush()

    @staticmethod
    def _add(session: Session, row: Any) -> int:
        session.add(row)
        session.flush()
        return int(row.id)
