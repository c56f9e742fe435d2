"""What a case is about, and the files that come with it."""

from __future__ import annotations

from dataclasses import dataclass

from models.filings import Filing

OF_COHORT = "c"  # begins the subject of a cohort's case; its number follows


@dataclass(frozen=True)
class Attached:
    """A file that is kept already: its name, its size in bytes, its content's hash, by which it is found again."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Subject:
    """What a case is about: the organisation at which it begins, and a person or an entry of it, in which week. One about
    a cohort has whoever files it, and is the cohort's."""

    organisation_id: int
    enrolment_id: int | None = None
    title: str = ""
    period: str = ""
    cohort_id: int | None = None

    @classmethod
    def of(cls, case: Filing) -> Subject:
        """That of a case that there is."""
        if case.enrolment_id is None:
            return cls(case.organisation_id, None, case.subject, case.period)
        cohort = cohort_of(case)
        return cls(case.organisation_id, case.enrolment_id, period=case.period, cohort_id=cohort)

    @property
    def key(self) -> str:
        if self.cohort_id is not None:
            return f"{OF_COHORT}{self.cohort_id}"
        return f"e{self.enrolment_id}" if self.enrolment_id is not None else self.title


def cohort_of(case: Filing) -> int | None:
    """The cohort that a case is about, if it is about one."""
    about_one = case.enrolment_id is not None and case.subject.startswith(OF_COHORT)
    return int(case.subject.removeprefix(OF_COHORT)) if about_one else None
