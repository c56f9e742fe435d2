"""The flow that sends what nights have written: apart from them, so that a mail server that is down fails no night.

Counts of letters alone come to Prefect. Annotations are real types here because Prefect reads them.
"""

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from sqlalchemy import Engine

from calendars.clock import now
from calendars.messages import Refused
from exchange.sending import Sendings
from flows.carrying_out import FAULT, problems_told
from flows.events import channels_changed
from flows.faults import record, told_by_kind
from flows.letters_told import letters_page, outcome
from flows.loglines import line
from flows.post_office import office_sender
from flows.settings import OfficeSettings, office_settings
from models.database import open_database, reading
from models.migrating import require_current
from workflows.letter_counts import counted, unsent

KEY = "letters"


@flow(name="sending")
@told_by_kind()
def sending() -> State[None]:
    """Send the reminders that are due (发出提醒): by mail, and by the robots of chat groups. One message a person, a day and a
    channel; what nobody can take now waits."""
    settings = office_settings()
    engine = open_database(settings.database_url)
    try:
        require_current(engine)
        done = office_sender(settings, engine).send_due()
        if done.made or done.outcomes:
            _publish(engine, settings)
    except Refused as refused:
        return Failed(message=" · ".join(problems_told(refused.problems, settings.locale)))
    except Exception as error:  # noqa: BLE001 - its text might quote somebody's data, and Prefect would keep it
        record(error)
        return Failed(message=FAULT(error=type(error).__name__).text(settings.locale))
    finally:
        engine.dispose()
    return _ended(done, settings)


def _publish(engine: Engine, settings: OfficeSettings) -> None:
    """The page of the day's letters. Its key never changes, so Prefect keeps it as a version of the one before."""
    day = now().astimezone(settings.zoneinfo).date()
    with reading(engine) as session:
        page = letters_page(day, counted(session, day), unsent(session), settings.locale)
    create_markdown_artifact(markdown=page, key=KEY)


def _ended(done: Sendings, settings: OfficeSettings) -> State[None]:
    """Failed where a channel is down: the letters wait, and whoever looks sees it."""
    get_run_logger().info(line("letters sent", made=done.made, **done.outcomes, down=len(done.down)))
    for fault in done.faults:
        record(fault.trace)
    channels_changed(frozenset(done.down), done.down_before)
    message = outcome(done).text(settings.locale)
    return Failed(message=message) if done.down or done.faults else Completed(message=message)
