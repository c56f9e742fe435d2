"""A letter put into words: by the texts of this folder's `letter_texts`, or by an office's own in their place.

The texts are Jinja2 templates in a sandbox: an office writes them, and what they may see is the `LetterView` and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from calendars.messages import Locale, Wording
from exchange.letter_kinds import fields_of, views
from exchange.letter_telling import told_letter
from exchange.letter_views import LetterView
from workflows.letters import Letter

OURS = Path(__file__).parent / "letter_texts"
SUBJECT, TEXT, HTML, CHAT = "subject.txt", "letter.txt", "letter.html", "chat.md"
NAMES = (SUBJECT, TEXT, HTML, CHAT)
CHAT_BYTES = 4000  # WeCom takes 4096
# So many of each list, until a chat message is short enough: it has no workbook for the others.
SHORTER = (100, 50, 20, 10, 5, 2, 0)
CUT = Wording(zh="… 另有{count}行", en="… and {count:more line|more lines}")
# In a chat, words of people that would make a link, a mention or a heading become their full-width likes.
_FULL_WIDTH = str.maketrans("<>[]*`#|@_\\", "＜＞［］＊｀＃｜＠＿＼")


@dataclass(frozen=True)
class Words:
    """What a letter says, put into words: a mail has text and html, a chat message has chat."""

    subject: str
    text: str = ""
    html: str = ""
    chat: str = ""


# What a letter has, for the sandbox to let through at once: it looks long at every name.
_FIELDS = {view: frozenset(fields_of(view)) for view in views()}


class _Sandbox(ImmutableSandboxedEnvironment):
    def getattr(self, obj: Any, attribute: str) -> Any:
        if attribute in _FIELDS.get(type(obj), ()):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


def letter_environment(folder: Path | None, locale: Locale) -> ImmutableSandboxedEnvironment:
    """The templates of one language; a file of the same name in `folder/LOCALE` goes before ours."""
    folders = [folder / locale, OURS / locale] if folder is not None else [OURS / locale]
    return _Sandbox(
        loader=ChoiceLoader([FileSystemLoader(one) for one in folders]),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


class LetterTexts:
    """The texts of one language, read and compiled once."""

    def __init__(self, folder: Path | None, locale: Locale) -> None:
        self.locale: Locale = locale
        environment = letter_environment(folder, locale)
        self._templates = {name: environment.get_template(name) for name in NAMES}
        for template in self._templates.values():
            template.globals = dict(
                template.globals
            )  # one plain table, which is looked through for each letter

    def mail(self, letter: Letter, *, attached: str = "", answers_to: str = "") -> Words:
        """The words of a mail. Raises jinja2.TemplateError for a text that `check_texts` would have refused."""
        view = told_letter(letter, self.locale, attached=attached, answers_to=answers_to)
        return Words(
            subject=self._subject(view), text=self._render(TEXT, view), html=self._render(HTML, view)
        )

    def chat(self, letter: Letter) -> Words:
        """The words of a chat message: with fewer of each list, then with fewer lines, until it is short enough. Raises
        jinja2.TemplateError likewise."""
        for listed in SHORTER:
            view = harmless(told_letter(letter, self.locale, listed=listed))
            text = self._render(CHAT, view)
            if len(text.encode()) <= CHAT_BYTES:
                break
        return Words(subject=self._subject(view), chat=cut_lines(text, self.locale))

    def _subject(self, view: LetterView) -> str:
        """In one line."""
        return " ".join(self._render(SUBJECT, view).split())

    def _render(self, name: str, view: LetterView) -> str:
        return self._templates[name].render(letter=view)


def harmless(view: Any) -> Any:
    """A view, or a part of one, with everybody's words as plain text for a chat."""
    if isinstance(view, str):
        return view.translate(_FULL_WIDTH)
    if isinstance(view, tuple):
        return tuple(map(harmless, view))
    if is_dataclass(view) and not isinstance(view, type):
        return replace(view, **{part.name: harmless(getattr(view, part.name)) for part in fields(view)})
    return view


def cut_lines(text: str, locale: Locale, most: int = CHAT_BYTES) -> str:
    """A text of at most so many bytes: whole lines from the top, and how many are left out."""
    lines = text.splitlines()
    if len(text.encode()) <= most:
        return text
    room = most - len(CUT(count=len(lines)).text(locale).encode()) - 1
    kept = 0
    for line in lines:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept += 1
    return "\n".join([*lines[:kept], CUT(count=len(lines) - kept).text(locale)])
