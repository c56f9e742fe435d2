"""What must hold of a cohort as a whole, or of the organisations that it belongs to: a filing that is accepted, peer
reviews that are given, a lesson study that is complete."""

from __future__ import annotations

from workflows.conditions import Asked, Missing
from workflows.filing_gates import filers, stands_of
from workflows.lesson_studies import study_now
from workflows.peer_gates import alone, owed_still


def filing_accepted(asked: Asked) -> dict[int, Missing]:
    """The filing that the gate names is accepted: that of the cohort's organisation at the tier that files it, or,
    where the cohort spans several, of every one of them."""
    filing = asked.terms[0].calendar.filing((asked.gate and asked.gate.filing) or "")
    places = filers(asked.session, [term.id for term in asked.terms], filing.tier, asked.at)
    stood = stands_of(asked.session, asked.terms[0].programme_id, filing, asked.at)
    missing = {}
    for term in asked.terms:
        lacking = {
            place: stood.get(place, ("due", filing.tier))
            for place in places.get(term.id, ())
            if stood.get(place, ("due", ""))[0] != "accepted"
        }
        if lacking or not places.get(term.id):
            stands_at = tuple(sorted({" ".join(stand) for stand in lacking.values()}))
            missing[term.id] = Missing(
                len(lacking), tuple(sorted(lacking)), filing=filing.id, stands=stands_at
            )
    return missing


def peers_reviewed(asked: Asked) -> dict[int, Missing]:
    """The group has reviewed every other that the peer review of the gate gave it, and was given some."""
    review, programme = (asked.gate and asked.gate.peers) or "", asked.terms[0].programme_id
    groups = [term.id for term in asked.terms]
    found = {
        cohort: Missing(len(names), peers=review, owes=tuple(names))
        for cohort, names in owed_still(asked.session, programme, review, groups, asked.at).items()
    }
    return found | {
        cohort: Missing(0, peers=review)
        for cohort in alone(asked.session, programme, review, groups, asked.at)
    }


def lesson_study_complete(asked: Asked) -> dict[int, Missing]:
    """Every step of every lesson study is done or waived, but of one whose phase does not take place."""
    missing = {}
    for term in asked.terms:
        going = [
            study for study in term.calendar.lesson_studies if term.phases[study.phase].state != "cancelled"
        ]
        steps = tuple(
            f"{study.id}.{one.step.id}" for study in going for one in study_now(term, study, asked.at).open
        )
        if steps:
            missing[term.id] = Missing(len(steps), steps=steps)
    return missing
