"""Names of files that are made of people's and cohorts' own words, as any disk takes them."""

from __future__ import annotations

import unicodedata

MOST_BYTES = 150  # of a name's words: a disk takes 255, and an ending comes behind


def plain(words: str) -> str:
    """As part of a file's name: without separators, invisible signs and leading dots."""
    kept = "".join(
        "_" if sign in '/\\:*?"<>|;；' or unicodedata.category(sign).startswith("C") else sign
        for sign in words
    )
    return kept.strip() if kept.strip(" .") else "_" * bool(kept)


def short(words: str) -> str:
    """The same, and cut off where it is too long for a disk."""
    return plain(words).encode()[:MOST_BYTES].decode(errors="ignore").strip()
