"""Files that people handed in, the texts in them, how alike these were found to be, and what was decided about it. Nothing here is ever
changed or deleted, but that of a person who is erased the names of files and the texts are emptied."""

from sqlalchemy import UniqueConstraint
from sqlmodel import BigInteger, Field, SQLModel


class TextBody(SQLModel, table=True):
    """A text as it was taken out of a file, kept once however many handed it in."""

    __tablename__ = "text_body"

    sha256: str = Field(primary_key=True)  # of the body in UTF-8
    body: str
    characters: int  # see calendars.characters


class HandedFile(SQLModel, table=True):
    """A file that came with a learning record, which it names by its key. The file itself is kept by its content in a
    folder beside the database."""

    __tablename__ = "handed_file"
    __table_args__ = (UniqueConstraint("enrolment_id", "source_id", "reference", "revision", "sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    enrolment_id: int = Field(foreign_key="enrolment.id")
    source_id: int = Field(foreign_key="source.id")
    reference: str
    revision: int
    name: str
    size: int = Field(sa_type=BigInteger)  # bytes
    sha256: str  # of the file
    text: str | None = Field(
        None, foreign_key="text_body.sha256"
    )  # none of a photo, or what no text can be taken from


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
    text_id: int = Field(foreign_key="handed_file.id", primary_key=True)
    other_id: int = Field(foreign_key="handed_file.id", primary_key=True)
