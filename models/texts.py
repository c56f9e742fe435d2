"""Texts that people handed in, how alike they were found to be, and what was decided about it. Nothing here is ever
changed or deleted."""

from sqlalchemy import UniqueConstraint
from sqlmodel import BigInteger, Field, SQLModel


class TextBody(SQLModel, table=True):
    """A text as it was taken out of a file, kept once however many handed it in."""

    __tablename__ = "text_body"

    sha256: str = Field(primary_key=True)  # of the body in UTF-8
    body: str
    characters: int  # see calendars.characters


class HandedText(SQLModel, table=True):
    """The file that came with one learning record, which it names by its key. The file itself is kept by its content in
    a folder beside the database."""

    __tablename__ = "handed_text"
    __table_args__ = (UniqueConstraint("enrolment_id", "source_id", "reference", "revision"),)

    id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolment.id")
    source_id: int = Field(foreign_key="source.id")
    reference: str
    revision: int
    name: str
    size: int = Field(sa_type=BigInteger)  # bytes
    sha256: str  # of the file
    text: str = Field(foreign_key="text_body.sha256")


class Likeness(SQLModel, table=True):
    """What comparing one set of texts gave. It follows from the texts alone, so it is worked out once for each set."""

    __tablename__ = "likeness"

    programme_id: int = Field(foreign_key="programme.id", primary_key=True)
    assessment: str = Field(primary_key=True)
    corpus: str = Field(primary_key=True)  # the hash of what was compared, and how
    texts: int
    found: str  # JSON: [[handed text, handed text, part of the first that is in the second, of the second in the first]]


class LikenessDecision(SQLModel, table=True):
    """Which likeness a decision about one person was about: the person's own text, and the one that it is alike with."""

    __tablename__ = "likeness_decision"

    exception_id: int = Field(foreign_key="exception.id", primary_key=True)
    text_id: int = Field(foreign_key="handed_text.id", primary_key=True)
    other_id: int = Field(foreign_key="handed_text.id", primary_key=True)
