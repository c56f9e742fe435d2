"""The language in which the command speaks, chosen before anything heavy is imported."""

from __future__ import annotations

import gettext
import os
import re
from typing import Any

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

_OF_USAGE_LINES = {
    "Usage: ": "用法：",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 [参数]…",
}
HELP = "显示本页并退出。"

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
    """Let typer's help pages be Chinese: it takes some of their words through gettext, whose other door would be a
    compiled catalogue, and has the others fixed in every command."""
    from typer.core import TyperCommand

    setattr(gettext, "dgettext", lambda _domain, words: _OF_HELP_PAGES.get(words, words))  # noqa: B010
    command = next(kind for kind in TyperCommand.__mro__ if "get_usage" in vars(kind))
    usage, help_option = command.get_usage, command.get_help_option  # type: ignore[attr-defined]

    def chinese_usage(self: Any, context: Any) -> str:
        line = str(usage(self, context))
        for english, chinese in _OF_USAGE_LINES.items():
            line = line.replace(english, chinese)
        return line

    def chinese_help_option(self: Any, context: Any) -> Any:
        option = help_option(self, context)
        if option is not None:
            option.help = HELP
        return option

    setattr(command, "get_usage", chinese_usage)  # noqa: B010
    setattr(command, "get_help_option", chinese_help_option)  # noqa: B010


def name_no_type_of_flags() -> None:
    """A flag takes no value: its line on a help page looks as if it did, where a type is named."""
    from typer.core import TyperOption

    of_any = TyperOption.display_type_rich
    of_value = lambda self, ctx: None if self.is_flag else of_any(self, ctx)  # noqa: E731
    setattr(TyperOption, "display_type_rich", of_value)  # noqa: B010


def usage_error(message: str) -> str:
    """Typer's sentence about a wrong usage, in the language of whoever types."""
    if locale() == "zh":
        for english, chinese in _OF_USAGE_ERRORS:
            message = re.sub(english, chinese, message)
    return message
