"""ID numbers and phones as a screen or a sheet of paper shows them: enough to tell who is meant, not enough to be misused.

A number of the office's own, such as a teacher's, is shown as it is. In full they stand in what is filled in and comes back, or
goes on to a register, and where somebody asks for it.
"""

from __future__ import annotations

import re

_BIRTHDAY = r"(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ID_NUMBER = rf"(?P<region>[1-9]\d\d)\d{{3}}{_BIRTHDAY}(?P<order>\d{{3}}[\dXx])"
_PHONE = r"(?P<country>(?:\+?86[ -]?)?)(?P<carrier>1[3-9]\d)[ -]?\d{4}[ -]?(?P<last>\d{4})"
_HIDDEN = re.compile(rf"(?<![0-9A-Za-z])(?:{_ID_NUMBER}|{_PHONE})(?![0-9A-Za-z])")

_in_full = [False]


def show_in_full(asked: bool) -> None:
    """Whether who asks in this process is shown everything, from now on."""
    _in_full[0] = asked


def masked(text: str) -> str:
    """The same text with every ID number and every mobile phone as `330***********1234` and `138****1234`."""
    return _HIDDEN.sub(_mask, text)


def as_asked(text: str) -> str:
    """The same for who asked: in full, or masked."""
    return text if _in_full[0] else masked(text)


def _mask(found: re.Match[str]) -> str:
    if found["region"]:
        return f"{found['region']}***********{found['order']}"
    return f"{found['country']}{found['carrier']}****{found['last']}"
