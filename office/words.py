"""The language in which the command speaks, chosen before anything heavy is imported."""

from __future__ import annotations

import gettext
import os
import re

from calendars.messages import Locale, Message, Wording
from flows.locales import locale_of


def locale() -> Locale:
    return locale_of(os.environ)


def say(words: Wording | Message) -> str:
    """A sentence in the language of whoever types."""
    message = words() if isinstance(words, Wording) else words
    return message.text(locale())


def text(zh: str, en: str) -> str:
    """A text of a help page, which is fixed when the command starts."""
    return zh if locale() == "zh" else en


_OF_HELP_PAGES = {
    "Arguments": "参数",
    "Options": "选项",
    "Commands": "命令",
    "[default: {}]": "[默认：{}]",
    "[env var: {}]": "[环境变量：{}]",
    "[required]": "[必填]",
    "Aborted.": "已中止。",
}

_OF_USAGE_ERRORS = (
    (r"Missing option '(.+)'\.", r"缺少选项 \1。"),
    (r"Missing argument '(.+)'\.", r"缺少参数 \1。"),
    (r"Missing command\.", r"缺少命令。"),
    (r"No such command '(.+?)'\.?", r"没有 \1 这个命令。"),
    (r"No such option: (\S+)", r"没有 \1 这个选项。"),
    (r"Did you mean (.+)\?", r"是不是 \1？"),
    (r"\(Possible options: (.+)\)", r"是不是 \1？"),
    (r"Option '(.+)' requires an argument\.", r"选项 \1 后面要有值。"),
    (r"Got unexpected extra arguments? \((.+)\)", r"多出了参数：\1"),
    (r"Invalid value for '(.+?)': ", r"\1 的值不对："),
)


def speak_chinese() -> None:
    """Let typer's help pages be Chinese: it takes their words through gettext, whose other door would be a
    compiled catalogue."""
    setattr(gettext, "dgettext", lambda _domain, words: _OF_HELP_PAGES.get(words, words))  # noqa: B010


def usage_error(message: str) -> str:
    """Typer's sentence about a wrong usage, in the language of whoever types."""
    if locale() == "zh":
        for english, chinese in _OF_USAGE_ERRORS:
            message = re.sub(english, chinese, message)
    return message
