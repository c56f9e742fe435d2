"""How long a text is: characters as the office counts them, which is how Word counts its 字数.

Each Chinese character and each Chinese punctuation mark is one, so `——` and `……` are two. A run of anything else
without a blank in it is one: a Latin word, `3.14`, `2024-12-15`. Blanks, line ends and invisible signs are none.
"""

from __future__ import annotations

import re
import unicodedata

# Kana, Hangul, ideographs and whatever is as wide as they are; then the marks that Chinese shares with other scripts.
_WIDE = (
    r"\u1100-\u115f\u2e80-\u2fff\u3001-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe1f"
    r"\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\U00020000-\U0003fffd"
    r"\u00b7\u2010-\u2027\u2030-\u205e"
)
_COUNTED = re.compile(rf"[{_WIDE}]|[^\s{_WIDE}]+")


def characters_in(text: str) -> int:
    """The length of a text in characters (字数)."""
    return sum(1 for _ in _COUNTED.finditer(visible(text)))


def visible(text: str) -> str:
    """Without signs that nobody sees, such as a zero-width blank: with them a text would look longer than it is, or
    unlike another."""
    if text.isascii():
        return text
    gone = {ord(sign): None for sign in set(text) if unicodedata.category(sign) == "Cf"}
    return text.translate(gone) if gone else text
