"""The room that words take in a picture, without drawing them: Chinese is as wide as it is high, other letters narrower."""

from __future__ import annotations

from exchange.workbooks import wide

POINT = 1 / 72  # inch
NARROW, BLANK = 0.57, 0.3  # of the font's size: how wide a letter or a figure, and a blank, is taken to be
NOT_FIRST = "，。、；：！？）》”’,.;:!?)"  # punctuation that begins no line


def wrapped(text: str, size: float, width: float, most: int) -> list[str]:
    """A text in lines that are not wider than so many inches; what is beyond the last becomes `…`. Chinese breaks
    anywhere but before punctuation, other words at blanks."""
    lines, rest = [], text.strip()
    while rest:
        taken = _first_line(rest, size, width)
        lines.append(rest[:taken].rstrip())
        rest = rest[taken:].lstrip()
    if len(lines) > most:
        last = lines[most - 1]
        while last and width_of(last + "…", size) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last + "…"]
    return lines


def _first_line(text: str, size: float, width: float) -> int:
    """How many characters of a text stand in its first line."""
    fits = max(
        1,
        next((at for at in range(1, len(text) + 1) if width_of(text[:at], size) > width), len(text) + 1) - 1,
    )
    if fits >= len(text):
        return len(text)
    for at in range(fits, 0, -1):
        within_a_word = wide(text[at - 1]) == wide(text[at]) == 1 and " " not in text[at - 1 : at + 1]
        if text[at] not in NOT_FIRST and not within_a_word:
            return at
    return fits


def width_of(text: str, size: float) -> float:
    """How wide a text is in letters of so many points: inches, rather too many than too few."""
    return sum(1 if wide(one) == 2 else BLANK if one == " " else NARROW for one in text) * size * POINT
