"""What is kept? SQLModel tables, engine and session, migrations. Importing the package registers every table."""

from models import exceptions, filings, nights, people, terms, verdicts, work

__all__ = ["exceptions", "filings", "nights", "people", "terms", "verdicts", "work"]
