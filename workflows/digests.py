"""A small fingerprint of each fact, from which the fingerprint of everything that counted is made.

A score sheet seals the sum of the digests of its evidence and marks: a sum does not depend on the order in
which a database gives the rows, and one statement can make it. A digest has 48 bits, so that the sum of up to
32,768 of them (2 to the 15th) stays within 63 bits, the largest integer that both databases add exactly.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from json.encoder import encode_basestring as _quoted

_BYTES = 6


def evidence_digest(
    source: str,
    reference: str,
    activity: str,
    item: str,
    amount: int,
    characters: int | None,
    happened: int,
    received: int,
) -> int:
    """The digest of one learning record. `activity` is `task:kind`; amounts in hundredths, instants in seconds."""
    return evidence_digester(source, activity, item, received)(reference, amount, characters, happened)


def evidence_digester(
    source: str, activity: str, item: str, received: int
) -> Callable[[str, int, int | None, int], int]:
    """The same for millions of records that have so much in common: what they share is written once."""
    sha256, from_bytes = hashlib.sha256, int.from_bytes
    before = f'["evidence",{_quoted(source)},'
    between = f",{_quoted(activity)},{_quoted(item)},"

    def digest(reference: str, amount: int, characters: int | None, happened: int) -> int:
        length = "null" if characters is None else characters
        written = f"{before}{_quoted(reference)}{between}{amount},{length},{happened},{received}]"
        return from_bytes(sha256(written.encode()).digest()[:_BYTES])

    return digest


def mark_digest(
    activity: str, item: str, giver: str, score: int | None, grade: str | None, received: int
) -> int:
    """The digest of one mark. `activity` is `task:mark`; the score in hundredths, the receipt in seconds."""
    return _digest("mark", activity, item, giver, score, grade, received)


def _digest(*facts: str | int | None) -> int:
    # JSON quotes every text, so no two lists of facts are written alike.
    written = json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(written.encode()).digest()[:_BYTES])
