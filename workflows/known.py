"""Finding what a person names: programmes by their slug, cohorts by their name."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence

from sqlmodel import Session, col, select

from calendars.filings import Filing
from calendars.lesson_studies import LessonStep, LessonStudy
from calendars.messages import Message, Problem, Refused, Wording, refuse
from calendars.nearest import nearest
from calendars.peers import PeerReview
from calendars.term import Assessment, Phase, Task, TermCalendar
from models.people import Person, numbered
from models.terms import Cohort
from models.work import Enrolment
from workflows.explaining import IN_PROGRAMME, UNKNOWN_PERSON
from workflows.organisations import SEVERAL_ORGANISATIONS, load_tree
from workflows.publishing import calendar_of, editions_of, newest_edition
from workflows.scopes import require_cohorts, within

NO_COHORT = Wording(zh="没有班级“{name}”。{hint}", en="there is no cohort {name!r}. {hint}")
NO_ORGANISATION = Wording(
    zh="项目 {programme} 的班级里，没有一个属于单位“{name}”{hint}",
    en="no cohort of {programme} is under an organisation {name!r}{hint}",
)
NO_PHASE = Wording(zh="没有阶段“{name}”。{hint}", en="there is no phase {name!r}. {hint}")
SEVERAL_PHASES = Wording(
    zh="几个阶段都叫“{name}”，请写代号：{ids}", en="several phases are called {name!r}; write the id: {ids}"
)
PHASES = Wording(zh="阶段有：{names}", en="The phases are: {names}")
NO_TASK = Wording(zh="没有任务“{name}”。{hint}", en="there is no task {name!r}. {hint}")
NO_ASSESSMENT = Wording(zh="没有考核“{name}”。{hint}", en="there is no assessment {name!r}. {hint}")
ASSESSMENTS = Wording(zh="考核有：{names}", en="The assessments are: {names}")
SEVERAL_TASKS = Wording(
    zh="几个任务都叫“{name}”，请写代号：{ids}", en="several tasks are called {name!r}; write the id: {ids}"
)
TASKS = Wording(zh="任务有：{names}", en="The tasks are: {names}")
NO_FILING = Wording(zh="没有上报“{name}”。{hint}", en="there is no filing {name!r}. {hint}")
FILINGS = Wording(zh="上报有：{names}", en="The filings are: {names}")
NO_REVIEW = Wording(zh="没有互评“{name}”。{hint}", en="there is no peer review {name!r}. {hint}")
REVIEWS = Wording(zh="互评有：{names}", en="The peer reviews are: {names}")
NO_STUDIES = Wording(
    zh="这个组的日历没有磨课", en="there are no lesson studies in the calendar of this group"
)
WHICH_STUDY = Wording(
    zh="有几项磨课，请写明：{names}", en="there are several lesson studies; say which: {names}"
)
NO_STUDY = Wording(zh="没有磨课“{name}”。{hint}", en="there is no lesson study {name!r}. {hint}")
STUDIES = Wording(zh="磨课有：{names}", en="The lesson studies are: {names}")
NO_STEP = Wording(zh="没有步骤“{name}”。{hint}", en="there is no step {name!r}. {hint}")
STEPS = Wording(zh="步骤有：{names}", en="The steps are: {names}")
NEAREST = Wording(zh="是不是“{near}”？", en="Did you mean {near!r}?")
ALL = Wording(zh="班级有：{names}", en="The cohorts are: {names}")


def calendar_named(session: Session, slug: str) -> TermCalendar:
    """The newest calendar of a programme. Raises Refused with the programmes that there are."""
    edition = newest_edition(session, slug)
    assert edition.id is not None
    return calendar_of(session, edition.id)


def refuse_unknown(session: Session, slug: str | None) -> None:
    """Raises Refused, with the programmes that there are, for one that there is not: nothing stuck and nothing
    changed is no answer about a programme that was misspelt."""
    if slug is not None:
        newest_edition(session, slug)


def cohorts_named(session: Session, slug: str, names: list[str], *, whosever: bool = False) -> list[Cohort]:
    """The cohorts of a programme with these names, all of them if none is named. Raises Refused for each
    name that does not exist, and where they are not within the scope of whoever acts: not where they are to be found
    whosever they are, and what is done there is asked otherwise."""
    programme = newest_edition(session, slug).programme_id
    cohorts = session.exec(
        select(Cohort).where(Cohort.programme_id == programme).order_by(col(Cohort.name))
    ).all()
    by_name = {cohort.name: cohort for cohort in cohorts}
    missing = [name for name in names if name not in by_name]
    if missing:
        raise Refused(
            [
                Problem(
                    "--cohort",
                    NO_COHORT(name=name, hint=_hint(name, by_name, ALL(names=[*by_name]))),
                )
                for name in missing
            ]
        )
    found = [by_name[name] for name in names] if names else list(cohorts)
    if not whosever:
        require_cohorts(session, found, all_of_them=not names)
    return found


def cohorts_under(session: Session, programme_slug: str, organisation_name: str) -> list[Cohort]:
    """The cohorts of a programme under one organisation of the tree, at any depth, by name.

    The organisation is told by its name, or with names above it, as `COUNTY/SCHOOL`. Raises Refused where no cohort is
    under such an organisation, and, with the candidates, where several are called so.
    """
    programme = newest_edition(session, programme_slug).programme_id
    cohorts = session.exec(
        select(Cohort).where(Cohort.programme_id == programme).order_by(col(Cohort.name))
    ).all()
    tree, wanted = load_tree(session), [name.strip() for name in organisation_name.split("/")]
    under: dict[int, list[Cohort]] = {}
    for cohort in cohorts:
        for node in tree.path(cohort.organisation_id):
            under.setdefault(node.id, []).append(cohort)
    called = [node for node in under if tree.names(node)[-len(wanted) :] == wanted]
    meant = [node for node in called if tree.names(node) == wanted] or called
    if not meant:
        hint = nearest(wanted[-1], dict.fromkeys(tree.nodes[node].name for node in under))
        raise refuse(NO_ORGANISATION(programme=programme_slug, name=organisation_name, hint=hint))
    if len(meant) > 1:
        paths = sorted("/".join(tree.names(node)) for node in meant)
        raise refuse(SEVERAL_ORGANISATIONS(name=organisation_name, paths=paths))
    require_cohorts(session, under[meant[0]])
    return under[meant[0]]


def phase_named(session: Session, slug: str, said: str) -> str:
    """The id of the phase that a person means, by its id or its name as `yanxiu status` shows them, in any edition
    of the programme. Raises Refused with the nearest one."""
    return _named(
        session, slug, said, "--phase", lambda calendar: calendar.phases, (NO_PHASE, SEVERAL_PHASES, PHASES)
    )


def task_named(session: Session, slug: str, said: str) -> str:
    """The id of the task that a person means, as for a phase."""
    return _named(
        session, slug, said, "--task", lambda calendar: calendar.tasks, (NO_TASK, SEVERAL_TASKS, TASKS)
    )


def filing_named(calendar: TermCalendar, said: str) -> Filing:
    """The filing that a person means, by its id, its name or its sheet's. Raises Refused with the nearest one."""
    for filing in calendar.filings:
        if said in (filing.id, filing.name, filing.sheet):
            return filing
    raise refuse(NO_FILING(name=said, hint=_hint_of(said, calendar.filings, FILINGS)), "--filing")


def reviews_named(calendar: TermCalendar, said: str | None) -> list[PeerReview]:
    """The peer review that a person means, by its id or its name, or all of them. Raises Refused with the nearest one."""
    if said is None:
        return [*calendar.peer_reviews]
    found = [review for review in calendar.peer_reviews if said in (review.id, review.name)]
    if not found:
        raise refuse(NO_REVIEW(name=said, hint=_hint_of(said, calendar.peer_reviews, REVIEWS)), "--review")
    return found


def study_named(calendar: TermCalendar, said: str | None) -> LessonStudy:
    """The lesson study that a person means, by its id or its name; it may be left out where there is one alone."""
    studies = calendar.lesson_studies
    names = _listed(studies)
    if not studies:
        raise refuse(NO_STUDIES())
    if said is None:
        if len(studies) > 1:
            raise refuse(WHICH_STUDY(names=names), "--study")
        return studies[0]
    for study in studies:
        if _joined(said) in (study.id, _joined(study.name)):
            return study
    raise refuse(NO_STUDY(name=said, hint=STUDIES(names=names)), "--study")


def step_named(study: LessonStudy, said: str) -> LessonStep:
    """The step that a person means, by its id or its name. Raises Refused with the nearest one."""
    for step in study.steps:
        if _joined(said) in (step.id, _joined(step.name)):
            return step
    raise refuse(NO_STEP(name=said, hint=_hint_of(said, study.steps, STEPS)), "--step")


def _named(
    session: Session,
    slug: str,
    said: str,
    option: str,
    of: Callable[[TermCalendar], Sequence[Phase | Task]],
    wordings: tuple[Wording, Wording, Wording],
) -> str:
    none, several, all_of_them = wordings
    found: dict[str, set[str]] = {}
    for calendar in editions_of(session, slug):
        for one in of(calendar):
            found.setdefault(one.id, set()).add(one.id)
            found.setdefault(_joined(one.name), set()).add(one.id)
    meant = found.get(_joined(said), set())
    if len(meant) > 1:
        raise refuse(several(name=said, ids=sorted(meant)), option)
    if not meant:
        names = _listed(of(calendar_named(session, slug)))
        raise refuse(none(name=said, hint=_hint(_joined(said), found, all_of_them(names=names))), option)
    return said if said in meant else next(iter(meant))


def assessment_named(session: Session, slug: str, said: str) -> str:
    """The id of the assessment that a person means, by its id or its name, in any edition of the programme."""
    calendars = [calendar_named(session, slug), *editions_of(session, slug)]
    names = {
        name: one.id
        for calendar in calendars
        for one in calendar.assessments
        for name in (one.id, _joined(one.name or one.id))
    }
    if _joined(said) not in names:
        hint = _hint(_joined(said), names, ASSESSMENTS(names=_listed(calendars[0].assessments)))
        raise refuse(NO_ASSESSMENT(name=said, hint=hint), "--assessment")
    return names[_joined(said)]


def enrolments_numbered(session: Session, slug: str, number: str) -> list[tuple[int, str]]:
    """The enrolments of a person in a programme, by the number that the office uses: id, and the cohort's name; those within
    the scope of whoever acts. Raises Refused where there is none."""
    programme = newest_edition(session, slug).programme_id
    rows = session.exec(
        select(Enrolment.id, Cohort.name)
        .join(Person, col(Person.id) == col(Enrolment.person_id))
        .join(Cohort, col(Cohort.id) == col(Enrolment.cohort_id))
        .where(numbered(number), Cohort.programme_id == programme)
        .order_by(col(Enrolment.id))
    ).all()
    if not rows:
        raise refuse(UNKNOWN_PERSON(number=number, programme=IN_PROGRAMME(slug=slug)), "--person")
    allowed = within(session, [enrolment or 0 for enrolment, _ in rows])
    return [(enrolment or 0, cohort) for enrolment, cohort in rows if enrolment in allowed]


def person_numbered(session: Session, number: str, option: str) -> int:
    """A person of any programme, by the number that the office uses. Raises Refused where there is none."""
    found = session.exec(select(Person.id).where(numbered(number))).one_or_none()
    if found is None:
        raise refuse(UNKNOWN_PERSON(number=number, programme=""), option)
    return found


def _joined(words: str) -> str:
    """Without blanks, which a name may have and whoever types it may leave out."""
    return "".join(words.split())


def _hint_of(said: str, known: Sequence[Filing | PeerReview | LessonStep], otherwise: Wording) -> Message:
    """The nearest id or name; failing that, all of them."""
    names = [name for one in known for name in (one.id, one.name)]
    return _hint(said, names, otherwise(names=_listed(known)))


def _listed(
    known: Iterable[Phase | Task | Assessment | Filing | PeerReview | LessonStudy | LessonStep],
) -> list[str]:
    return [f"{one.id} {one.name or ''}".strip() for one in known]


def _hint(said: str, known: Iterable[str], otherwise: Message) -> Message:
    near = difflib.get_close_matches(said, known, n=1, cutoff=0.5)
    return NEAREST(near=near[0]) if near else otherwise
