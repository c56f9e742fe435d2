"""In which language a person is spoken to: said by YANXIU_LOCALE, else by the system's own language."""

from __future__ import annotations

from collections.abc import Mapping

from calendars.messages import Locale

# In the order in which a system reads them.
VARIABLES = ("YANXIU_LOCALE", "LC_ALL", "LC_MESSAGES", "LANG")


def locale_of(environment: Mapping[str, str]) -> Locale:
    """Chinese where the first variable that is set says `zh`, else English."""
    said = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    return "zh" if said.lower().startswith("zh") else "en"
