"""Who and where: the tree of organisations, and persons."""

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel


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
    number: str = Field(unique=True)
    name: str
    phone: str | None = None
    email: str | None = None
    refused_email: str | None = None  # the address that a mail server has refused for good
    way: str | None = None  # how this person prefers to be told: mail, chat
