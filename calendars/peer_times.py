"""When a peer review begins and is over, by a calendar."""

from __future__ import annotations

from datetime import datetime

from calendars.peers import PeerReview
from calendars.schedule import Moment, beginning, deadline
from calendars.term import TermCalendar


def stretch(calendar: TermCalendar, review: PeerReview) -> tuple[datetime, datetime] | None:
    """From when on, and until when: half-open. None while the calendar leaves either to be determined."""
    opens, ends = moments(calendar, review)
    return (opens, ends) if isinstance(opens, datetime) and isinstance(ends, datetime) else None


def moments(calendar: TermCalendar, review: PeerReview) -> tuple[Moment, Moment]:
    """Both instants, or why one has none."""
    return beginning(calendar, review.opens), deadline(calendar, {}, {}, review.ends)
