"""What is kept? SQLModel tables, engine and session, migrations. Importing the package registers every table."""

from models import (
    appeals,
    exceptions,
    feeds,
    filings,
    groups,
    letters,
    nights,
    operators,
    peers,
    people,
    recovery,
    terms,
    texts,
    verdicts,
    work,
)

__all__ = [
    "appeals",
    "exceptions",
    "feeds",
    "filings",
    "groups",
    "letters",
    "nights",
    "operators",
    "peers",
    "people",
    "recovery",
    "terms",
    "texts",
    "verdicts",
    "work",
]
