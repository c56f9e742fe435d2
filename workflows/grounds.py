"""On which of the calendar's grounds somebody is exempt, and whether the figure that it asks for is reached."""

from __future__ import annotations

from calendars.exemptions import Ground
from calendars.messages import Message, UnreadableError, Wording
from calendars.nearest import nearest
from calendars.quantities import shown
from calendars.term import TermCalendar

UNKNOWN = Wording(
    zh="没有免修条件“{found}”{nearest}。日历列出的有：{names}",
    en="there is no ground {found!r} to be exempt{nearest}; the calendar has: {names}",
)
WHICH = Wording(
    zh="请写明免修条件，日历列出的有：{names}", en="say on which ground; the calendar has: {names}"
)
NONE_LISTED = Wording(
    zh="日历没有列出免修条件 (exempt)，写明理由即可",
    en="the calendar lists no grounds (exempt); a reason is enough",
)
HOW_MANY = Wording(
    zh="“{ground}”要写明已完成多少学时，至少{least}",
    en="{ground} asks for the hours that were done, {least} at least",
)
TOO_FEW = Wording(
    zh="“{ground}”至少要{least}学时，写的是{found}",
    en="{ground} asks for {least} hours at least, not {found}",
)
NOT_ASKED = Wording(zh="“{ground}”不要求学时", en="{ground} asks for no hours")


def ground_of(calendar: TermCalendar, said: str, hours: int | None) -> Ground | None:
    """The ground that is meant; None where the calendar lists none and none is said. Raises WrongGroundError."""
    if not calendar.exempt:
        if said or hours is not None:
            raise WrongGroundError("ground" if said else "hours", NONE_LISTED())
        return None
    known = {ground.name: ground for ground in calendar.exempt}
    names = [*known]
    if not said:
        raise WrongGroundError("ground", WHICH(names=names))
    ground = known.get(said)
    if ground is None:
        raise WrongGroundError("ground", UNKNOWN(found=said, nearest=nearest(said, known), names=names))
    _check_hours(ground, hours)
    return ground


def _check_hours(ground: Ground, hours: int | None) -> None:
    if ground.hours is None:
        if hours is not None:
            raise WrongGroundError("hours", NOT_ASKED(ground=ground.name))
    elif hours is None:
        raise WrongGroundError("hours", HOW_MANY(ground=ground.name, least=shown(ground.hours)))
    elif hours < ground.hours:
        told = TOO_FEW(ground=ground.name, least=shown(ground.hours), found=shown(hours))
        raise WrongGroundError("hours", told)


class WrongGroundError(UnreadableError):
    """A ground that will not do: `key` says whether it is the ground itself or its hours."""

    def __init__(self, key: str, message: Message) -> None:
        super().__init__(message)
        self.key = key
