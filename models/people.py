"""Who and where: the tree of organisations, and persons, whose numbers and phones are encrypted."""

from datetime import datetime

from sqlalchemy import ColumnElement, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel, col

from models.encrypted import Encrypted, finder, found_by, keep_found
from models.types import Instant

NUMBER, PHONE = "person.number", "person.phone"  # what is encrypted


class Organisation(SQLModel, table=True):
    """A node of the tree province, city, county, school. A tier may be absent."""

    __tablename__ = "organisation"
    __table_args__ = (
        UniqueConstraint("parent_id", "tier", "name"),
        Index("one_root", "tier", "name", unique=True, sqlite_where=text("parent_id IS NULL"),
              postgresql_where=text("parent_id IS NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    parent_id: int | None = Field(default=None, foreign_key="organisation.id")
    tier: str
    name: str


class Person(SQLModel, table=True):
    """One person, known by the number that the office uses: an ID number or a teacher number, as text."""

    __tablename__ = "person"

    id: int | None = Field(default=None, primary_key=True)
    number: str = Field(sa_type=Encrypted(NUMBER))
    number_hash: str = Field(default=None, sa_column=finder("number", nullable=False, unique=True))
    name: str
    phone: str | None = Field(default=None, sa_type=Encrypted(PHONE))
    phone_hash: str | None = Field(default=None, sa_column=finder("phone", nullable=True, index=True))
    email: str | None = None
    refused_email: str | None = None  # the address that a mail server has refused for good
    way: str | None = None  # how this person prefers to be told: mail, chat


keep_found(Person.number, "number_hash")
keep_found(Person.phone, "phone_hash")


class Erasure(SQLModel, table=True):
    """Whose data were erased, at whose word and why. What was sealed stays as it is."""

    __tablename__ = "erasure"

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    reason: str
    name: str
    document: str | None = None
    effective_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)


class DataKey(SQLModel, table=True):
    """Which key the numbers and phones are under: one row."""

    __tablename__ = "data_key"

    name: str = Field(primary_key=True)


def numbered(number: str) -> ColumnElement[bool]:
    """Whether a person is the one of this number."""
    return col(Person.number_hash) == found_by(number)
