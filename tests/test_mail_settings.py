"""What an office sets about its mail: told in its language where it is wrong, and never with what it holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from calendars.messages import Locale, Refused
from flows.settings import OfficeSettings
from office.place import settings

SECRET = "geheim"
RIGHT = f"smtp://me:{SECRET}@mail.example.org:2525"


@pytest.mark.parametrize(
    ("variables", "variable", "zh", "en"),
    [
        (
            {"MAIL_URL": f"http://me:{SECRET}@x"},
            "YANXIU_MAIL_URL",
            "应以 smtp://",
            "it must begin with smtp://",
        ),
        (
            {"MAIL_URL": f"smtp://me:{SECRET}@x?startls=no"},
            "YANXIU_MAIL_URL",
            "没有“startls”",
            "is it 'starttls'",
        ),
        ({"MAIL_URL": RIGHT}, "YANXIU_MAIL_FROM", "还要写明发件人", "say from whom"),
        ({"MAIL_FROM": "nobody"}, "YANXIU_MAIL_FROM", "“nobody”", "'nobody' is wrong"),
        (
            {"MAIL_FROM": "a@example.org", "MAIL_REPLY_TO": "nobody"},
            "YANXIU_MAIL_REPLY_TO",
            "一个邮件地址",
            "one mail",
        ),
        ({"MAIL_RATE": "-1"}, "YANXIU_MAIL_RATE", "“-1”", "'-1' is wrong"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], variable: str, zh: str, en: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"YANXIU_{name}", value)
    with pytest.raises(Refused) as refused:
        settings()
    (problem,) = refused.value.problems
    assert problem.where == variable
    told: dict[Locale, str] = {"zh": zh, "en": en}
    for locale, words in told.items():
        assert words in problem.text(locale)
        assert SECRET not in problem.text(locale)
    with pytest.raises(ValidationError) as raised:
        OfficeSettings()
    assert SECRET not in str(raised.value)


def test_a_right_setting_is_kept_and_shows_no_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("YANXIU_MAIL_URL", RIGHT)
    monkeypatch.setenv("YANXIU_MAIL_FROM", "龙城区项目办 <office@example.org>")
    monkeypatch.setenv("YANXIU_MAIL_RATE", "600")
    found = OfficeSettings(home=tmp_path)
    assert (found.mail_url, found.mail_rate) == (RIGHT, 600)
    assert SECRET not in repr(found)
    assert found.letter_texts == tmp_path / "letters"
    assert found.environment("mail_url", "mail_rate") == {"YANXIU_MAIL_URL": RIGHT, "YANXIU_MAIL_RATE": "600"}
