"""What an administrator has done between two nights from Prefect's page: seals verified, reminders written up to now."""

from collections import Counter
from dataclasses import replace

from prefect import flow
from prefect.client.schemas.objects import State

from calendars.messages import Message, Problem, Wording
from calendars.spoken_times import shown
from calendars.term import TermCalendar
from flows import form_fields as fields
from flows.carrying_out import Desk, Done, carry_out, changes_in_words, problems_told
from flows.redacted import redacted
from models.database import reading, transaction
from workflows.changes import Changes
from workflows.known import calendar_named, cohorts_named, refuse_unknown
from workflows.looking import look_at_all
from workflows.night_batches import MOST
from workflows.parties import party
from workflows.status import sealed
from workflows.verifying import verify
from workflows.written_reminders import last_number, written_to

UNCHANGED = Wording(
    "核验了{links}次锁定、{sheets}张成绩单：全部没有被改动",
    "checked {links:seal|seals} with {sheets:score sheet|score sheets}: nothing that was sealed has been changed",
)
CHANGED = Wording(
    "核验了{links}次锁定、{sheets}张成绩单：{count}处与锁定时不符。{first}。yanxiu seal verify 列出全部",
    "checked {links:seal|seals} with {sheets:score sheet|score sheets}: {count:difference|differences} from what was "
    "sealed. {first}. yanxiu seal verify lists all",
)
WRITTEN = Wording(
    "到 {at} 为止应写的提醒，写出{count}条{whom}。{changed}",
    "of what is due up to {at}, {count:reminder|reminders} written{whom}. {changed}",
)
TO_WHOM = Wording("（{whom}）", " ({whom})")
SO_MANY = Wording("{whom}{count}条", "{whom} {count}")


@flow(name="verify", flow_run_name="verify {programme}")
def verify_seals(operator: fields.Operator, programme: fields.AnyProgramme = "") -> State[None]:
    """核验锁定的成绩没有被改动：重新计算哈希链，并重新评分。
    Verify that sealed scores are unchanged: every chain of hashes and every score is computed again."""

    def act(desk: Desk) -> Done:
        slug = programme.strip() or None
        desk.asks(fields.OPERATOR, operator, of_everything=True)
        with reading(desk.engine) as session:
            refuse_unknown(session, slug)
            problems = [*desk.settings.head_file.check(session, slug), *verify(session, slug)]
            links, sheets = sealed(session, slug)
        if not problems:
            return Done(UNCHANGED(links=links, sheets=sheets))
        first = "；".join(problems_told([_opaque(one) for one in problems], desk.locale))
        return Done(CHANGED(links=links, sheets=sheets, count=len(problems), first=first), failed=True)

    return carry_out(act, operator)


@flow(name="remind", flow_run_name="remind {programme}")
def write_reminders_now(programme: fields.Programme, operator: fields.Operator) -> State[None]:
    """做完一个项目到现在为止应做的一切，写出到期的提醒。现在只写出，还不发送。
    Do everything due for a programme up to now, and write the reminders that are. They are written, not sent yet."""

    def act(desk: Desk) -> Done:
        desk.asks(fields.OPERATOR, operator, of_everything=True)
        with reading(desk.engine) as session:
            calendar = calendar_named(session, programme.strip())
            cohorts = [one.id or 0 for one in cohorts_named(session, programme.strip(), [])]
        changes, whom = Changes(), Counter[str]()
        for start in range(0, len(cohorts), MOST):
            with transaction(desk.engine) as session:
                before, batch = last_number(session), cohorts[start : start + MOST]
                changes += look_at_all(session, batch, desk.at, desk.at)
                whom += written_to(session, batch, before)
        others = changes_in_words(replace(changes, reminders=Counter()), desk.locale)
        facts = {"at": shown(desk.at, calendar.zoneinfo), "whom": _whom(whom, calendar)}
        return Done(WRITTEN(count=whom.total(), changed=others, **facts), None)

    return carry_out(act, operator)


def _opaque(problem: Problem) -> Problem:
    """The cohort and the link stay, and the number of an enrolment; scores and references do not."""
    return Problem(problem.where, redacted(problem.message))


def _whom(counts: Counter[str], calendar: TermCalendar) -> Message | str:
    told = [SO_MANY(whom=party(calendar, name), count=count) for name, count in counts.most_common()]
    return TO_WHOM(whom=told) if told else ""
